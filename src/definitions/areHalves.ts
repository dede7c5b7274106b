/**
 * Whether an answer of the service has the form that was asked for. It has two halves, of which one may be missing.
 * Anything else must not pass for an answer: it would confirm definitions that may be old, or say that a key is in no
 * segment.
 *
 * @returns whether there is a half, and each that is there is what it should be
 */
export function areHalves<Half>(halves: readonly unknown[], isHalf: (half: Half) => boolean): boolean {
  const there = halves.filter(Boolean) as Half[]
  return there.length > 0 && there.every(isHalf)
}
