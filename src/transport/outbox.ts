import { createSeen } from './seen'
import type { Clock } from '../browser/clock'
import type { Batch, BatchId, OutboxChange, OutboxStore } from './outboxStore'
import type { Channel, Consent } from './types'

/** What waits for delivery: in memory, and written ahead to disk, so that it outlives the page. */
export interface Outbox {
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** A kind that accumulates has something new. */
  dirty(kind: string): void
  /** Writes what is not on disk yet. Resolves when it is there, or cannot be; never rejects. */
  write(): Promise<void>

  /**
   * Takes what waits of a kind, oldest first and of one mode; nobody else is given it until it is settled. `isSaved`: only
   * what is on disk, or only what is not.
   */
  claim(kind: string, maxBytes: number, isSaved?: boolean): Batch[]
  /** What was claimed is delivered, or given up. */
  remove(claimed: readonly Batch[]): void
  /** What was claimed waits again. */
  release(claimed: readonly Batch[]): void
  /** What was claimed is too big to go together: it waits again, a single batch in halves. @returns false for one item */
  split(claimed: readonly Batch[]): boolean

  /** Takes over what other pages left behind, of those that `hold` can lock. @returns whether there was anything */
  adopt(hold: (pageId: string) => Promise<boolean>): Promise<boolean>
  /** At page hide: the browser delivers `gone`, everything else is stored at once. Synchronous. */
  hide(gone: readonly Batch[], kept: readonly Batch[]): void
  /** The page came back from the bfcache, as a new page: what it has on disk is anybody's. */
  resume(pageId: string): Promise<void>
  /** Forgets everything, on disk too. */
  clear(): void
  /** No more writing. */
  stop(): void
  /** Items lost to the limits. */
  dropped(): number
}

export interface OutboxParts {
  channels: readonly Channel[]
  /** Undefined where nothing may be stored. */
  store: OutboxStore | undefined
  clock: Clock
  pageId: string
  mode: string
  consent: () => Consent
  limits: { maxBytes: number; maxItems: number; maxAgeMs: number; flushBytes: number }
  /** So much waits that it should go at once. */
  onFull: () => void
  onDropped: (kind: string, count: number) => void
  /** Storage failed: delivery goes on from memory. */
  onFault: (fault: unknown) => void
}

interface Entry extends Batch {
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

/**
 * Of one batch, which is one record: at page hide the time runs out for big ones (one of 2.4 MB survived 4 times of 20),
 * and two should fit into a beacon.
 */
const BATCH_BYTES = 15 * 1024
/** A limit costs the oldest batch, so that it must not be too much of all. */
const MIN_BATCHES = 8
/** Of one transaction while the page is alive, so that no task gets long. */
const SLICE_BYTES = 192 * 1024
const WRITE_WITHIN_MS = 500
/** Counts change with every decision, and need not be written with every one. */
const WRITE_COUNTS_WITHIN_MS = 5_000
/** A database that failed is left alone for a while. */
const AFTER_FAULT_MS = 30_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, store, clock, mode, consent, limits, onFull, onDropped, onFault } = parts
  const seen = createSeen(clock)
  // Oldest first.
  let entries = new Set<Entry>()
  let bytes = 0
  let count = 0
  const open = new Map<string, Entry>()
  const dirtyKinds = new Set<string>()
  // Deleted with the next transaction. One stays until its deletion is complete.
  const obsolete = new Set<BatchId>()
  let { pageId } = parts
  let number = 0
  let sinceFull = 0
  let dropped = 0
  let writing: Promise<void> | undefined
  let leaving: Promise<void> | undefined
  let cancelWrite: (() => void) | undefined
  let writeBy = Infinity
  let pausedUntil = 0
  let isRead = false
  let isOvertaken = false
  let isStopped = false

  // Pages whose locks this one holds, and page hide was faster than the reading.
  const unread = new Set<string>()

  const nextId = (): BatchId => [pageId, number++]
  const canStore = () => consent() === 'granted' && !isStopped
  const channelOf = (kind: string) => channels.find((channel) => channel.kind === kind)

  const resize = (entry: Entry, items: readonly unknown[], size: number) => {
    count += items.length - entry.items.length
    bytes += size - entry.bytes
    entry.items = items
    entry.bytes = size
  }
  const leave = (entry: Entry) => {
    if (entries.delete(entry)) resize(entry, [], 0)
  }
  const forget = (entry: Entry) => {
    leave(entry)
    if (entry.isWritten) obsolete.add(entry.id)
  }
  const enter = (batch: Omit<Batch, 'items'>): Entry => {
    const flags = { isClaimed: false, isSaved: false, isWritten: false, isUnique: false }
    const entry = { ...batch, items: [], bytes: 0, ...flags }
    entries.add(entry)
    return entry
  }
  const start = (kind: string, itsMode = mode, at = clock.now()) =>
    enter({ id: nextId(), kind, mode: itsMode, at, bytes: 0 })

  const push = (kind: string, item: unknown, size: number) => {
    let entry = open.get(kind)
    const isFull = (it: Entry) => it.bytes + size > BATCH_BYTES || it.items.length * MIN_BATCHES >= limits.maxItems
    if (!entry || entry.isClaimed || entry.isWritten || isFull(entry) || !entries.has(entry)) {
      open.set(kind, (entry = start(kind)))
    }
    ;(entry.items as unknown[]).push(item)
    entry.bytes += size
    bytes += size
    count++
  }

  const keepLimits = () => {
    const tooOld = clock.now() - limits.maxAgeMs
    for (const entry of entries) {
      if (bytes <= limits.maxBytes && count <= limits.maxItems && entry.at >= tooOld) break
      // What is on its way is left alone: its place will be free soon.
      if (entry.isClaimed) continue
      dropped += entry.items.length
      onDropped(entry.kind, entry.items.length)
      forget(entry)
      writeWithin(WRITE_WITHIN_MS)
    }
  }

  /** What gathered in the rooms that count, joined to what waits of it already: it does not grow with time. */
  const gather = () => {
    for (const kind of dirtyKinds) {
      const { drain, merge } = channelOf(kind) ?? {}
      const waiting = [...entries].filter((it) => it.kind === kind && it.id[0] === pageId && !it.isClaimed)
      const items = [...waiting.flatMap((it) => it.items), ...(drain?.() ?? [])]
      waiting.forEach(forget)
      for (const item of merge?.(items) ?? items) push(kind, item, JSON.stringify(item).length)
    }
    dirtyKinds.clear()
  }

  /** Takes out what was recorded already this hour, by any page; the room counts it. */
  const deduplicate = (entry: Entry) => {
    const { identity, repeated } = channelOf(entry.kind) ?? {}
    if (!identity || entry.isUnique || entry.isSaved) return
    entry.isUnique = true
    const rest = entry.items.filter((item) => {
      const known = identity(item)
      const isFirst = !known || seen.isFirst(known.id, known.time)
      if (!isFirst) repeated?.(item)
      return isFirst
    })
    resize(entry, rest, (entry.bytes * rest.length) / (entry.items.length || 1))
    if (!rest.length) forget(entry)
  }

  const change = (put: readonly Entry[]): OutboxChange => {
    for (const entry of put) entry.isWritten = true
    const stripped = ({ kind, items, ...rest }: Entry): Batch => {
      const { strip } = channelOf(kind) ?? {}
      return { ...rest, kind, items: strip ? items.map(strip) : items }
    }
    return {
      remove: [...obsolete],
      put: put.map(stripped),
      seen: { id: nextId(), hour: seen.hour(), ids: seen.unsaved() },
    }
  }
  const complete = ({ remove, seen: { ids } }: OutboxChange, put: readonly Entry[]) => {
    for (const id of remove) obsolete.delete(id)
    seen.saved(ids)
    for (const entry of put) entry.isSaved = true
  }
  const isUnsaved = (entry: Entry) => !entry.isSaved

  /** One transaction. */
  const writeSlice = async (itsStore: OutboxStore) => {
    let made: OutboxChange | undefined
    let put: Entry[] = []
    isOvertaken = false
    try {
      await itsStore.write(seen, () => {
        for (const entry of [...entries].filter(isUnsaved)) deduplicate(entry)
        // What turned out to be a repetition is counted in the transaction that finds it.
        gather()
        let size = 0
        put = [...entries].filter((it) => isUnsaved(it) && (size += it.bytes) <= Math.max(SLICE_BYTES, it.bytes))
        return (made = change(put))
      })
      isRead = true
      if (made) complete(made, put)
    } catch (fault) {
      // Page hide took all of it, and the transaction with it.
      if (isOvertaken) return
      pausedUntil = clock.now() + AFTER_FAULT_MS
      onFault(fault)
    }
  }

  const hasWork = () =>
    canStore() && clock.now() >= pausedUntil && (!isRead || obsolete.size > 0 || [...entries].some(isUnsaved))

  const unschedule = () => {
    cancelWrite?.()
    writeBy = Infinity
  }
  const write = (): Promise<void> => {
    unschedule()
    gather()
    if (!store || !hasWork()) return writing ?? Promise.resolve()
    return (writing ??= (async () => {
      // Between two transactions the page gets its turn.
      while (hasWork()) await writeSlice(store)
      writing = undefined
    })())
  }
  const writeWithin = (ms: number) => {
    if (writeBy <= ms || !store || !canStore()) return
    unschedule()
    writeBy = ms
    cancelWrite = clock.whenIdle(ms, () => void write())
  }

  return {
    add(kind, item, size) {
      if (consent() === 'declined' || isStopped) return
      push(kind, item, size)
      if (bytes > limits.maxBytes || count > limits.maxItems) keepLimits()
      sinceFull += size
      if (sinceFull < limits.flushBytes) return writeWithin(WRITE_WITHIN_MS)
      sinceFull = 0
      onFull()
    },
    dirty(kind) {
      dirtyKinds.add(kind)
      writeWithin(WRITE_COUNTS_WITHIN_MS)
    },
    write,

    claim(kind, maxBytes, isSaved) {
      gather()
      keepLimits()
      const claimed: Entry[] = []
      let size = 0
      for (const entry of entries) {
        if (entry.kind !== kind || entry.isClaimed || (isSaved ?? entry.isSaved) !== entry.isSaved) continue
        deduplicate(entry)
        if (!entry.items.length || (claimed[0] && claimed[0].mode !== entry.mode)) continue
        if ((size += entry.bytes) > maxBytes && claimed[0]) break
        entry.isClaimed = true
        claimed.push(entry)
      }
      return claimed
    },
    remove(claimed) {
      ;(claimed as Entry[]).forEach(forget)
      // At once: what was delivered must not be found by the next page.
      void write()
    },
    release(claimed) {
      for (const entry of claimed as Entry[]) entry.isClaimed = false
      keepLimits()
    },
    split(claimed) {
      const [entry] = claimed as Entry[]
      for (const each of claimed as Entry[]) each.isClaimed = false
      if (!entry || claimed.length > 1 || !entries.has(entry)) return claimed.length > 1
      const { kind, mode: itsMode, at, items, bytes: size } = entry
      if (items.length < 2) return false
      const half = items.length >> 1
      for (const part of [items.slice(0, half), items.slice(half)]) {
        const made = start(kind, itsMode, at)
        made.isUnique = true
        resize(made, part, size / 2)
      }
      forget(entry)
      return true
    },

    async adopt(hold) {
      // Not while nothing can be deleted: it would be sent again and again.
      if (!store || !canStore() || clock.now() < pausedUntil) return false
      const found: Entry[] = []
      for (const page of await store.pages()) {
        if (!unread.has(page) && !(await hold(page))) continue
        unread.add(page)
        const batches = await store.read(page)
        unread.delete(page)
        for (const batch of batches) {
          const entry = enter(batch)
          resize(entry, batch.items, batch.bytes)
          entry.isSaved = entry.isWritten = true
          found.push(entry)
        }
      }
      // They are older than what this page has.
      entries = new Set([...found.sort((a, b) => a.at - b.at), ...entries])
      if (consent() !== 'granted') found.forEach(leave)
      return found.length > 0
    },

    hide(gone, kept) {
      unschedule()
      for (const entry of kept as Entry[]) entry.isClaimed = false
      ;(gone as Entry[]).forEach(forget)
      open.clear()
      if (!store || !canStore()) return
      const put = [...entries].filter(isUnsaved)
      const made = change(put)
      if (!put.length && !obsolete.size && !made.seen.ids.length) return
      // At once: a page that comes back must not take for its own what others may have by then.
      for (const entry of put) entry.isSaved = true
      isOvertaken = true
      leaving = store.writeAtOnce(made).then(
        () => complete(made, put),
        (fault: unknown) => {
          for (const entry of put) entry.isSaved = false
          onFault(fault)
        },
      )
    },
    async resume(id) {
      pageId = id
      open.clear()
      unread.clear()
      await leaving
      for (const entry of entries) {
        if (entry.id[0] === pageId) continue
        if (entry.isSaved) leave(entry)
        // Others may have the old name's record by now.
        entry.id = nextId()
        entry.isWritten = false
      }
      void write()
    },

    clear() {
      for (const { drain } of channels) drain?.()
      dirtyKinds.clear()
      entries.forEach(leave)
      obsolete.clear()
      seen.clear()
      unschedule()
      store?.clear().catch(onFault)
    },
    stop() {
      isStopped = true
      unschedule()
    },
    dropped: () => dropped,
  }
}
