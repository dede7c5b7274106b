/** Cuts a text that is longer than so many UTF-16 units. It then ends with an ellipsis, and not in half a character. */
export function cut(text: string, most: number): string {
  return text.length > most ? text.slice(0, most - 1).replace(/\p{Cs}$/u, '') + '…' : text
}
