import { mergeCounts } from './counter'
import { mergeUniqueKeys } from './uniqueKeys'
import type { CountItem, ImpressionItem, UniqueKeyItem } from './types'

/** How each kind of data travels: what the service wants as the body of a post, and as `entries` of a beacon. */
export const formats = {
  impressions: {
    body: (items: readonly ImpressionItem[]): unknown => bulkBody(items),
    beaconExtra: (mode: string) => ({ sim: mode }),
  },
  counts: { body: (items: readonly CountItem[]): unknown => ({ pf: mergeCounts(items) }), merge: mergeCounts },
  uniqueKeys: {
    body: (items: readonly UniqueKeyItem[]): unknown => ({ keys: mergeUniqueKeys(items) }),
    merge: mergeUniqueKeys,
  },
  events: { body: (items: readonly unknown[]): unknown => items },
}

/** Takes off the label, where labels must not leave the page. */
export function withoutLabel({ r: _label, ...item }: ImpressionItem): ImpressionItem {
  return item
}

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
