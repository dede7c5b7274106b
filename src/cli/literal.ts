// Characters that are invisible, or turn the reading direction, must not hide what a name says; a lone surrogate is no character at all.
const UNSAFE = /['\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

/** A text as a literal in the source code of TypeScript. Whatever the text is, it stays within its quotes. */
export function literal(text: string): string {
  return `'${text.replace(UNSAFE, (found) => (found === "'" || found === '\\' ? `\\${found}` : escape(found)))}'`
}

function escape(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`
  }).join('')
}
