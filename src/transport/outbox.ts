import { createQueue, type Entry } from './queue'
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
  onDropped: (kind: string, items: readonly unknown[]) => void
  /** Storage failed: delivery goes on from memory. */
  onFault: (fault: unknown) => void
}

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
  const dirtyKinds = new Set<string>()
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

  const queue = createQueue({
    limits,
    mode,
    now: clock.now,
    nextId,
    onDropped({ kind, items }) {
      dropped += items.length
      onDropped(kind, items)
      writeWithin(WRITE_WITHIN_MS)
    },
  })
  const { obsolete, forget } = queue

  /** What gathered in the rooms that count, joined to what waits of it already: it does not grow with time. */
  const gather = () => {
    for (const kind of dirtyKinds) {
      const { drain, merge } = channelOf(kind) ?? {}
      const waiting = [...queue.entries()].filter((it) => it.kind === kind && it.id[0] === pageId && !it.isClaimed)
      const items = [...waiting.flatMap((it) => it.items), ...(drain?.() ?? [])]
      waiting.forEach(forget)
      for (const item of merge?.(items) ?? items) queue.push(kind, item, JSON.stringify(item).length)
    }
    dirtyKinds.clear()
  }

  /** Takes out what was recorded already this hour, by any page; the room counts it. */
  const deduplicate = (entry: Entry) => {
    const { identity, repeated } = channelOf(entry.kind) ?? {}
    if (entry.isUnique) return
    entry.isUnique = true
    if (!identity) return
    const rest = entry.items.filter((item) => {
      const known = identity(item)
      const isFirst = !known || seen.isFirst(known.id, known.time)
      if (!isFirst) repeated?.(item)
      return isFirst
    })
    queue.resize(entry, rest, (entry.bytes * rest.length) / (entry.items.length || 1))
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

  /** One transaction. */
  const writeSlice = async (itsStore: OutboxStore) => {
    let made: OutboxChange | undefined
    let put: Entry[] = []
    isOvertaken = false
    try {
      await itsStore.write(seen, () => {
        let size = 0
        for (const entry of queue.unsaved()) {
          deduplicate(entry)
          if ((size += entry.bytes) > SLICE_BYTES) break
        }
        // What turned out to be a repetition is counted in the transaction that finds it.
        gather()
        size = 0
        put = queue.unsaved().filter(({ kind, isUnique, bytes }) => {
          const isReady = isUnique || channelOf(kind)?.merge
          return isReady && (size += bytes) <= Math.max(2 * SLICE_BYTES, bytes)
        })
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
    canStore() && clock.now() >= pausedUntil && (!isRead || obsolete.size > 0 || queue.unsaved().length > 0)

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
      queue.push(kind, item, size)
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
      queue.keepLimits()
      const claimed: Entry[] = []
      let size = 0
      for (const entry of queue.entries()) {
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
      queue.keepLimits()
    },
    split(claimed) {
      const [entry] = claimed as Entry[]
      for (const each of claimed as Entry[]) each.isClaimed = false
      if (!entry || claimed.length > 1 || !queue.entries().has(entry)) return claimed.length > 1
      const { kind, mode: itsMode, at, items, bytes: size } = entry
      if (items.length < 2) return false
      const half = items.length >> 1
      for (const part of [items.slice(0, half), items.slice(half)]) {
        queue.enter({ kind, mode: itsMode, at, items: part, bytes: size / 2 }, nextId(), true)
      }
      forget(entry)
      return true
    },

    async adopt(hold) {
      // Not while nothing can be deleted: it would be sent again and again.
      if (!store || !canStore() || clock.now() < pausedUntil) return false
      let isFound = false
      for (const page of await store.pages()) {
        if (!unread.has(page) && !(await hold(page))) continue
        unread.add(page)
        const batches = await store.read(page)
        unread.delete(page)
        if (!canStore()) return false
        queue.unshift(batches)
        isFound ||= batches.length > 0
      }
      return isFound
    },

    hide(gone, kept) {
      unschedule()
      for (const entry of kept as Entry[]) entry.isClaimed = false
      ;(gone as Entry[]).forEach(forget)
      queue.seal()
      if (!store || !canStore()) return
      const put = queue.unsaved()
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
      queue.seal()
      unread.clear()
      await leaving
      for (const entry of queue.entries()) {
        if (entry.id[0] === pageId) continue
        if (entry.isSaved) queue.leave(entry)
        // Others may have the old name's record by now.
        entry.id = nextId()
        entry.isWritten = false
      }
      void write()
    },

    clear() {
      for (const { drain } of channels) drain?.()
      dirtyKinds.clear()
      queue.entries().forEach(queue.leave)
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
