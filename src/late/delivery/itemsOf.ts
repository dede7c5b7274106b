import type { Batch } from './outboxStore'
import type { Channel } from './types'

/** What of some batches may leave the page. */
export function itemsOf({ strip }: Channel, batches: readonly Batch[]): unknown[] {
  const items = batches.flatMap((batch) => batch.items)
  return strip ? items.map(strip) : items
}
