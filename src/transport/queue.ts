import type { Batch, BatchId } from './outboxStore'

/** A batch in memory. */
export interface Entry extends Batch {
  id: BatchId
  /** `writing`: in a transaction that is not complete. */
  state: 'fresh' | 'writing' | 'stored'
  /** Somebody is sending it. */
  isClaimed: boolean
  /** It was in a transaction once: it may be there, whatever became of that. */
  isOnDisk: boolean
  /** Identities that it was the first to have; undefined until it was looked at. */
  first?: [string, number][]
}

/** The batches in memory, oldest first, within the limits. */
export interface Queue {
  readonly entries: ReadonlySet<Entry>
  /** Starts a batch. */
  start(id: BatchId, kind: string, mode: string): Entry
  push(entry: Entry, item: unknown, bytes: number): void
  /** Gives a batch other items, unless it was taken out. */
  replace(entry: Entry, items: unknown[], bytes: number): void
  /** Puts batches from disk before all others, unless they are there. */
  unshift(batches: readonly Batch[]): void
  enter(entry: Entry): void
  /** @returns false when it was not in it */
  leave(entry: Entry): boolean
  /** What has to go because of a limit, oldest first: of one that was never written only as many items as needed. */
  surplus(): [Entry, number][]
}

export interface Limits {
  maxBytes: number
  maxItems: number
  maxAgeMs: number
}

export function createQueue(limits: Limits, now: () => number): Queue {
  let entries = new Set<Entry>()
  let bytes = 0
  let items = 0
  const account = (entry: Entry, sign: number) => {
    bytes += sign * entry.bytes
    items += sign * entry.items.length
  }
  const enter = (entry: Entry) => {
    if (entries.has(entry)) return
    entries.add(entry)
    account(entry, 1)
  }

  return {
    get entries() {
      return entries
    },
    start(id, kind, mode) {
      const entry: Entry = {
        id,
        kind,
        mode,
        at: now(),
        items: [],
        bytes: 0,
        state: 'fresh',
        isClaimed: false,
        isOnDisk: false,
      }
      enter(entry)
      return entry
    },
    push(entry, item, size) {
      entry.items.push(item)
      entry.bytes += size
      items++
      bytes += size
    },
    replace(entry, rest, size) {
      if (!entries.has(entry)) return
      account(entry, -1)
      entry.items = rest
      entry.bytes = size
      account(entry, 1)
    },
    unshift(batches) {
      const known = new Set(Array.from(entries, ({ id }) => String(id)))
      const younger = entries
      entries = new Set()
      for (const batch of batches) {
        if (!known.has(String(batch.id))) enter({ ...batch, state: 'stored', isClaimed: false, isOnDisk: true })
      }
      for (const entry of younger) entries.add(entry)
    },
    enter,
    leave(entry) {
      if (entries.has(entry)) account(entry, -1)
      return entries.delete(entry)
    },
    surplus() {
      const found: [Entry, number][] = []
      const tooOld = now() - limits.maxAgeMs
      let tooMany = items - limits.maxItems
      let tooBig = bytes - limits.maxBytes
      for (const entry of entries) {
        const isTooOld = entry.at < tooOld
        if (!isTooOld && tooMany <= 0 && tooBig <= 0) break
        // What is on its way is left alone: its place will be free soon.
        if (entry.isClaimed) continue
        const { length } = entry.items
        const part = Math.max(tooMany, Math.ceil((tooBig * length) / (entry.bytes || 1)))
        // A stored one is not written again for a part of it.
        const lost = isTooOld || entry.isOnDisk ? length : Math.min(part, length)
        found.push([entry, lost])
        tooMany -= lost
        tooBig -= (entry.bytes * lost) / (length || 1)
      }
      return found
    },
  }
}
