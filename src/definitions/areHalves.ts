/**
 * An answer is of two halves, of which one may be missing. What is none of them must not pass for an answer: what is known would
 * pass for confirmed, or a key for one that is in no segment.
 *
 * @returns whether a half is there, and each that is there is what it should be
 */
export function areHalves<Half>(halves: readonly unknown[], isHalf: (half: Half) => boolean): boolean {
  const there = halves.filter(Boolean) as Half[]
  return there.length > 0 && there.every(isHalf)
}
