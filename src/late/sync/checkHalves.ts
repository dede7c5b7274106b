/**
 * An answer is of two halves, of which one may be missing. What is none of them must not pass for an answer: what is known would
 * pass for confirmed, or a key for one that is in no segment.
 *
 * @throws when no half is there, or one is not what it should be
 */
export function checkHalves<Half>(halves: readonly unknown[], isHalf: (half: Half) => boolean): void {
  const there = halves.filter(Boolean) as Half[]
  if (!there[0] || !there.every(isHalf)) throw new Error()
}
