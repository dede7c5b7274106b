import type { Batch } from './outboxStore'

/** Items of one kind and mode that fit into one beacon, and whose they were. */
export interface Chunk {
  readonly items: unknown[]
  /** The batches that they are from: how many of the first items of each. */
  readonly from: ReadonlyMap<Batch, number>
}

/** What a body adds to an item at most: impressions are grouped, and a group may have one member. */
const GROUP_BYTES = 10

/** Cuts batches of one kind and mode into chunks of at most so many bytes of UTF-8, in their order. */
export function* chunksOf(batches: readonly Batch[], maxBytes: number): Generator<Chunk> {
  const encoder = new TextEncoder()
  let items: unknown[] = []
  let from = new Map<Batch, number>()
  let bytes = 0
  for (const batch of batches) {
    for (const [n, item] of batch.items.entries()) {
      const size = encoder.encode(JSON.stringify(item)).length + GROUP_BYTES
      if (items.length && bytes + size > maxBytes) {
        yield { items, from }
        items = []
        from = new Map()
        bytes = 0
      }
      items.push(item)
      from.set(batch, n + 1)
      bytes += size
    }
  }
  if (items.length) yield { items, from }
}
