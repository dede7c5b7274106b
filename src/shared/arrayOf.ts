/** A list of untrusted data; whatever else is there counts as an empty one. */
export function arrayOf<Item = unknown>(value: unknown): Item[] {
  return Array.isArray(value) ? (value as Item[]) : []
}
