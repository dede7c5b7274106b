import { stringify } from '../../shared/json'
import { newId } from '../../shared/newId'
import type { Clock } from '../../browser/clock'
import type { Channel } from './types'

/** Items of one kind, recorded by one page under one mode, that are stored, sent and removed together. */
export interface Batch {
  /** Unique in the world, and the same in memory, on disk and in a note. */
  readonly id: string
  readonly kind: string
  readonly mode: string
  /** When its first item was recorded, epoch ms. */
  readonly at: number
  readonly items: readonly unknown[]
  /** Estimate of the size of its items on the wire. */
  readonly bytes: number
  /** When the post was sent whose answer nobody saw, epoch ms. */
  readonly doubt?: number
  /** It counted as delivered for a moment: its items may be called seen somewhere, and are no repetitions. */
  readonly isRestored?: boolean
}

/** Where a batch lies on disk: under the life that wrote it. */
export interface StoredId {
  readonly home: string
  readonly id: string
}

export interface BatchState {
  state: 'waiting' | 'sending'
  disk: 'no' | 'writing' | 'yes'
}

/** A batch in memory. */
export interface Entry extends Batch, BatchState {
  home: string
  items: readonly unknown[]
  bytes: number
  /** Repetitions were taken out. */
  isUnique: boolean
  /** What its items are remembered by for the rest of the hour; on disk together with them. */
  hashes: string[]
  doubt?: number
  /** Since when it is on its way by a request that outlives the page, in monotonic time. */
  sentAt?: number | undefined
  /** Stored batches whose items are in this one: they are deleted in the transaction that puts it. */
  replaces: StoredId[]
  isRestored?: boolean
  /** The server called it invalid once. */
  isSuspect: boolean
  /** When it was recorded, in monotonic time: the wall clock may jump. */
  since: number
  /** Of another page, and never tried by this one: no limit of size costs it before. */
  isUntried: boolean
  /** The dead life whose note has it, where no database can be used. */
  notedBy?: string | undefined
}

export type Transition = 'claim' | 'release' | 'write' | 'saved' | 'unsaved'

/** All that can happen to a batch before it leaves the outbox. What is not listed here cannot happen. */
const TRANSITIONS: Record<Transition, [from: Partial<BatchState>, to: Partial<BatchState>]> = {
  claim: [{ state: 'waiting' }, { state: 'sending' }],
  release: [{ state: 'sending' }, { state: 'waiting' }],
  write: [{ disk: 'no' }, { disk: 'writing' }],
  saved: [{ disk: 'writing' }, { disk: 'yes' }],
  unsaved: [{ disk: 'writing' }, { disk: 'no' }],
}

/** Changes the state of a batch. @returns false when this cannot happen to it now; it stays as it is */
export function change(batch: BatchState, transition: Transition): boolean {
  const [from, to] = TRANSITIONS[transition]
  if (from.state ? batch.state !== from.state : batch.disk !== from.disk) return false
  Object.assign(batch, to)
  return true
}

/** What waits for delivery in memory, oldest first, within the limits. */
export interface Outbox {
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** A kind that accumulates has something new. */
  dirty(kind: string): void
  /**
   * Takes what gathered in the rooms that accumulate. `mayMerge`: joins it to what waits of its kind, on disk too; not while the
   * page goes, where a deletion may survive and what was written for it may not (WebKit).
   */
  gather(mayMerge: boolean): void
  /** By batch id, oldest first. */
  readonly entries: ReadonlyMap<string, Entry>
  /** A batch as it would be here. */
  entryOf(batch: Batch): Entry
  has(entry: Entry): boolean
  unsaved(): Entry[]
  /** Takes waiting batches of one kind and mode, oldest first. */
  claim(kind: string, mostBytes: number, mayClaim?: (entry: Entry) => boolean): Entry[]
  release(claimed: readonly Entry[]): void
  /** They are delivered, or given up. What is on disk of them is deleted later. */
  remove(entries: readonly Entry[]): void
  /** Too big to go together: they wait again, a single one in halves. @returns false for a single item */
  split(claimed: readonly Entry[]): boolean
  /** Takes in batches of a dead page. They go before all others. `isNoted`: they lie in its note, and not on disk. */
  adopt(batches: readonly Batch[], life: string, isNoted?: boolean): void
  /** Takes back what was removed: it did not arrive. */
  restore(entries: readonly Entry[]): void
  /** Gives a batch fewer items; without any it is removed. */
  resize(entry: Entry, items: readonly unknown[]): void
  /** To be deleted from disk, by batch id. One stays here until its deletion is complete. */
  readonly gone: Map<string, StoredId>
  /** Hashes of what was removed without ever being on disk, where other pages would find them. Those of an hour that is over are forgotten. */
  readonly unstored: Set<string>
  /** Ids of batches that an earlier life of this page posted, and that arrived: who finds them deletes them. */
  readonly arrived: Set<string>
  /** Takes all batches but these out of memory, and leaves them where else they are. */
  leave(kept?: readonly Entry[]): Entry[]
  /** Drops the oldest beyond the limits. */
  keepLimits(): void
}

export interface OutboxParts {
  channels: ReadonlyMap<string, Channel>
  clock: Clock
  mode: string
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number }
  onDropped: (kind: string, items: readonly unknown[]) => void
}

/** Of one batch, by estimate: at up to 3 bytes per letter it still fits into one beacon, and three of plain text do. */
const BATCH_BYTES = 10 * 1024
/** A limit costs the oldest batch, so that it must not be too much of all. */
const MIN_BATCHES = 8

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, clock, mode, limits, onDropped } = parts
  const entries = new Map<string, Entry>()
  const open = new Map<string, Entry>()
  const dirtyKinds = new Set<string>()
  const gone = new Map<string, StoredId>()
  const arrived = new Set<string>()
  const unstored = new Set<string>()
  const size = { bytes: 0, items: 0 }
  const session = newId(clock.now())
  let batches = 0

  const count = ({ bytes, items, isUntried }: Entry, sign: number) => {
    if (isUntried) return
    size.bytes += sign * bytes
    size.items += sign * items.length
  }
  const entryOf = (batch: Batch): Entry => ({
    hashes: [],
    ...batch,
    home: '',
    disk: 'no',
    state: 'waiting',
    isUnique: batch.isRestored === true,
    replaces: [],
    isSuspect: false,
    since: clock.elapsed() - Math.max(0, clock.now() - batch.at),
    isUntried: false,
  })
  const nextId = () => `${session}-${batches++}`
  const put = (entry: Entry) => {
    entries.set(entry.id, entry)
    count(entry, 1)
  }
  const putFirst = (first: readonly Entry[]) => {
    const rest = [...entries.values()]
    entries.clear()
    first.forEach(put)
    for (const entry of rest) entries.set(entry.id, entry)
  }
  const takeOut = (entry: Entry): boolean => {
    if (!entries.delete(entry.id)) return false
    count(entry, -1)
    if (open.get(entry.kind) === entry) open.delete(entry.kind)
    return true
  }
  const remove = (entry: Entry) => {
    if (!takeOut(entry)) return
    // A write that failed may have arrived all the same.
    if (entry.home) gone.set(entry.id, { home: entry.home, id: entry.id })
    if (entry.disk !== 'yes') for (const hash of entry.hashes) unstored.add(hash)
    for (const stored of entry.replaces) gone.set(stored.id, stored)
  }
  /** What a batch leaves behind on disk once another one has its items. */
  const remains = ({ id, home, replaces }: Entry) => (home ? [{ home, id }, ...replaces] : replaces)
  const push = (kind: string, item: unknown, bytes: number) => {
    let entry = open.get(kind)
    const isFull = entry && (entry.bytes + bytes > BATCH_BYTES || entry.items.length * MIN_BATCHES >= limits.maxItems)
    if (!entry || isFull || entry.state !== 'waiting' || entry.disk !== 'no' || entry.isUnique) {
      entry = entryOf({ id: nextId(), kind, mode, at: clock.now(), items: [], bytes: 0 })
      open.set(kind, entry)
      put(entry)
    }
    ;(entry.items as unknown[]).push(item)
    entry.bytes += bytes
    size.bytes += bytes
    size.items++
    return entry
  }
  const keepLimits = () => {
    const { maxBytes, maxItems, maxAgeMs } = limits
    const isOver = () => size.bytes > maxBytes || size.items > maxItems
    const elapsed = clock.elapsed()
    for (const entry of entries.values()) {
      // Batches that are being sent are about to leave. Do not stop at the first young one: adopted ones are not in order of age.
      const isOld = elapsed - entry.since > maxAgeMs
      if (entry.state === 'sending' || !(isOld || (isOver() && !entry.isUntried))) continue
      onDropped(entry.kind, entry.items)
      remove(entry)
    }
  }

  const outbox: Outbox = {
    add(kind, item, bytes) {
      push(kind, item, bytes)
      if (size.bytes > limits.maxBytes || size.items > limits.maxItems) keepLimits()
    },
    dirty: (kind) => void dirtyKinds.add(kind),
    gather(mayMerge) {
      for (const kind of dirtyKinds) {
        const { drain, merge } = channels.get(kind) ?? {}
        let items = drain?.() ?? []
        const waiting = [...entries.values()].filter(
          (entry) => entry.kind === kind && entry.state === 'waiting' && entry.doubt === undefined && !entry.isUntried,
        )
        const joined = merge ? waiting.filter(({ disk }) => disk === 'no' || (mayMerge && disk === 'yes')) : []
        if (merge && joined.length) items = merge([...joined.flatMap((entry) => entry.items), ...items])
        joined.forEach(takeOut)
        // What an integration gathered may not be ready to go; it must not hold up what is.
        open.delete(kind)
        const replaces = joined.flatMap(remains)
        let last: Entry | undefined
        const bytes = items.length && stringify(items).length / items.length
        for (const item of items) last = push(kind, item, bytes)
        // The last one deletes what they replace: batches are put in their order.
        if (last) last.replaces.push(...replaces)
        else for (const stored of replaces) gone.set(stored.id, stored)
      }
      dirtyKinds.clear()
    },
    entries,
    entryOf,
    has: (entry) => entries.get(entry.id) === entry,
    unsaved: () => [...entries.values()].filter(({ disk }) => disk === 'no'),
    claim(kind, mostBytes, mayClaim = () => true) {
      const claimed: Entry[] = []
      let bytes = 0
      for (const entry of entries.values()) {
        if (entry.kind !== kind || entry.state !== 'waiting' || entry.doubt !== undefined) continue
        if (claimed[0] && claimed[0].mode !== entry.mode) continue
        if (!mayClaim(entry) || !outbox.has(entry)) continue
        if ((bytes += entry.bytes) > mostBytes && claimed[0]) break
        change(entry, 'claim')
        claimed.push(entry)
      }
      return claimed
    },
    release(claimed) {
      for (const entry of claimed) {
        change(entry, 'release')
        entry.sentAt = undefined
      }
      for (const entry of entries.values()) {
        if (!entry.isUntried) continue
        entry.isUntried = false
        count(entry, 1)
      }
      keepLimits()
    },
    remove: (removed) => removed.forEach(remove),
    split(claimed) {
      for (const entry of claimed) change(entry, 'release')
      const [first] = claimed
      if (!first || claimed.length > 1 || !outbox.has(first)) return claimed.length > 1
      const { items, bytes } = first
      if (items.length < 2) return false
      const half = items.length >> 1
      // Each is remembered by the hashes of both, and the other one may be delivered first.
      const halfOf = (its: readonly unknown[]) =>
        entryOf({ ...first, id: nextId(), items: its, bytes: bytes / 2, isRestored: true })
      const halves = [halfOf(items.slice(0, half)), halfOf(items.slice(half))] as const
      halves[1].replaces = remains(first)
      takeOut(first)
      putFirst(halves)
      return true
    },
    adopt(batches, life, isNoted = false) {
      const fresh = batches.filter(({ id }) => !entries.has(id))
      putFirst(
        fresh.map((batch) => {
          const { strip } = channels.get(batch.kind) ?? {}
          const items = strip ? batch.items.map(strip) : batch.items
          const place = isNoted ? { notedBy: life } : { home: life, disk: 'yes' as const, hashes: [] }
          return { ...entryOf(batch), ...place, items, isUnique: true, isUntried: true }
        }),
      )
    },
    restore(removed) {
      for (const entry of removed) {
        if (entries.has(entry.id)) continue
        gone.delete(entry.id)
        const fresh = { state: 'waiting', disk: 'no', home: '', notedBy: undefined, sentAt: undefined } as const
        put(Object.assign(entry, fresh, { isRestored: true, isUnique: true }))
      }
    },
    resize(entry, items) {
      const isHere = outbox.has(entry)
      if (isHere) count(entry, -1)
      entry.bytes *= items.length / (entry.items.length || 1)
      entry.items = items
      if (isHere) count(entry, 1)
      if (!items.length) remove(entry)
    },
    gone,
    unstored,
    arrived,
    leave(kept = []) {
      open.clear()
      const isKept = new Set(kept)
      return [...entries.values()].filter((entry) => !isKept.has(entry) && takeOut(entry))
    },
    keepLimits,
  }
  return outbox
}
