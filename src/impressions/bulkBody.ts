import type { ImpressionItem } from './types'

interface BulkGroup {
  f: string
  i: Omit<ImpressionItem, 'f'>[]
}

/** The body of `testImpressions/bulk`: grouped by flag in the order of first appearance. */
export function bulkBody(items: readonly ImpressionItem[]): BulkGroup[] {
  // A Map: a flag may be named `constructor`.
  const groups = new Map<string, BulkGroup>()
  for (const { f, ...impression } of items) {
    let group = groups.get(f)
    if (!group) groups.set(f, (group = { f, i: [] }))
    group.i.push(impression)
  }
  return [...groups.values()]
}
