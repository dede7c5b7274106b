/**
 * What a number or date matcher sees of a value: as the language converts it, so that null, '' and [] are 0 and an ISO
 * date is no number; undefined where it never matches.
 *
 * @throws TypeError for a bigint, a symbol or an object without prototype
 */
export function toNumber(value: unknown): number | undefined {
  const number = +(value as number)
  return number === number ? number : undefined
}
