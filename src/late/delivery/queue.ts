import type { Batch, BatchId } from './outboxStore'

/** A batch in memory. */
export interface Entry extends Batch {
  id: BatchId
  items: readonly unknown[]
  bytes: number
  isClaimed: boolean
  /** On disk for sure, and perhaps. */
  isSaved: boolean
  isWritten: boolean
  /** Repetitions were taken out. */
  isUnique: boolean
}

/** The batches in memory, oldest first, within the limits. */
export interface Queue {
  entries(): ReadonlySet<Entry>
  unsaved(): Entry[]
  /** To be deleted from disk. One stays here until its deletion is complete. */
  readonly obsolete: Set<BatchId>
  /** Adds to the batch of this kind that is still being filled. */
  push(kind: string, item: unknown, bytes: number): void
  /** Nothing is added any more to the batches that there are. */
  seal(): void
  /** Adds a batch that is complete. `isUnique`: there are no repetitions in it. */
  enter(batch: Omit<Batch, 'id'>, id: BatchId, isUnique: boolean): Entry
  /** Puts batches from disk before all others. */
  unshift(batches: readonly Batch[]): void
  /** Gives a batch other items, unless it was taken out. */
  resize(entry: Entry, items: readonly unknown[], bytes: number): void
  /** Takes a batch out, and leaves it on disk. */
  leave(entry: Entry): void
  /** Takes a batch out, and from disk too. */
  forget(entry: Entry): void
  /** Forgets the oldest beyond the limits. */
  keepLimits(): void
}

interface QueueParts {
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number }
  mode: string
  now: () => number
  nextId: () => BatchId
  onDropped: (entry: Entry) => void
}

/**
 * Of one batch, which is one record: at page hide the time runs out for big ones (one of 2.4 MB survived 4 times of 20),
 * and two should fit into a beacon.
 */
const BATCH_BYTES = 15 * 1024
/** A limit costs the oldest batch, so that it must not be too much of all. */
const MIN_BATCHES = 8

export function createQueue({ limits, mode, now, nextId, onDropped }: QueueParts): Queue {
  let entries = new Set<Entry>()
  let bytes = 0
  let count = 0
  const open = new Map<string, Entry>()
  const obsolete = new Set<BatchId>()

  const account = (entry: Entry, sign: number) => {
    count += sign * entry.items.length
    bytes += sign * entry.bytes
  }
  const resize = (entry: Entry, items: readonly unknown[], size: number) => {
    if (!entries.has(entry)) return
    account(entry, -1)
    entry.items = items
    entry.bytes = size
    account(entry, 1)
  }
  const enter = (batch: Omit<Batch, 'id'>, id: BatchId, isUnique: boolean): Entry => {
    const entry = { ...batch, id, isClaimed: false, isSaved: false, isWritten: false, isUnique }
    entries.add(entry)
    account(entry, 1)
    return entry
  }
  const leave = (entry: Entry) => {
    resize(entry, [], 0)
    entries.delete(entry)
  }
  const forget = (entry: Entry) => {
    leave(entry)
    if (entry.isWritten) obsolete.add(entry.id)
  }
  const keepLimits = () => {
    const tooOld = now() - limits.maxAgeMs
    for (const entry of entries) {
      // What is on its way is left alone: its place will be free soon. Behind a young one may be an old one of another page.
      if (entry.isClaimed || (bytes <= limits.maxBytes && count <= limits.maxItems && entry.at >= tooOld)) continue
      onDropped(entry)
      forget(entry)
    }
  }

  return {
    entries: () => entries,
    unsaved: () => [...entries].filter(({ isSaved }) => !isSaved),
    obsolete,
    push(kind, item, size) {
      let entry = open.get(kind)
      const isFull = (it: Entry) => it.bytes + size > BATCH_BYTES || it.items.length * MIN_BATCHES >= limits.maxItems
      if (!entry || entry.isClaimed || entry.isWritten || isFull(entry) || !entries.has(entry)) {
        entry = enter({ kind, mode, at: now(), items: [], bytes: 0 }, nextId(), false)
        open.set(kind, entry)
      }
      ;(entry.items as unknown[]).push(item)
      entry.bytes += size
      bytes += size
      count++
      if (bytes > limits.maxBytes || count > limits.maxItems) keepLimits()
    },
    seal: () => open.clear(),
    enter,
    unshift(batches) {
      const younger = entries
      entries = new Set()
      for (const batch of batches) {
        const entry = enter(batch, batch.id, true)
        entry.isSaved = entry.isWritten = true
      }
      for (const entry of younger) entries.add(entry)
    },
    resize,
    leave,
    forget,
    keepLimits,
  }
}
