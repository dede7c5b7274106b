/** Whether one letter is wrong, missing, doubled or swapped, or the case differs: what a typing mistake looks like. */
export function isClose(known: string, given: string): boolean {
  const a = known.toLowerCase()
  const b = given.toLowerCase()
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end <= 2
}
