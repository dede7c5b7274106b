/** Untrusted data as a list; anything that is no list counts as an empty one. */
export function arrayOf<Item = unknown>(value: unknown): Item[] {
  return Array.isArray(value) ? (value as Item[]) : []
}
