/**
 * What a set matcher sees of a value: the distinct texts of an array's elements; undefined where it never matches.
 *
 * @throws TypeError for an element that has no text
 */
export function toSet(value: unknown): Set<string> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const set = new Set<string>()
  for (const item of value) set.add((item as string) + '')
  return set
}
