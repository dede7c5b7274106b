import type { Batch } from './outboxStore'

/** Items of one kind and mode that fit into one beacon, and whose they were. */
export interface Chunk {
  readonly items: unknown[]
  /** The batches that they are from: how many of the first items of each. */
  readonly from: ReadonlyMap<Batch, number>
}

/** Cuts batches of one kind and mode into chunks of at most so many bytes of UTF-8, in their order. */
export function* chunksOf(batches: readonly Batch[], maxBytes: number): Generator<Chunk> {
  const encoder = new TextEncoder()
  let items: unknown[] = []
  let from = new Map<Batch, number>()
  let bytes = 0
  for (const batch of batches) {
    for (const [n, item] of batch.items.entries()) {
      // Alone, each item is at least as long as in a body, where its flag is named once for all.
      const size = encoder.encode(JSON.stringify(item)).length + 1
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
