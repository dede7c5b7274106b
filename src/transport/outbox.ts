import { createQueue, type Entry, type Limits } from './queue'
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

  /** Claims what waits of a kind, oldest first and of one mode: nobody else sends it until it is settled. */
  claim(kind: string, maxBytes: number): Batch[]
  /** What was claimed is delivered, or given up: deleted, on disk too. */
  remove(claimed: readonly Batch[]): void
  /** What was claimed could not be delivered: it waits again. */
  release(claimed: readonly Batch[]): void
  /** What was claimed is too big for one post: it waits again, in these parts. */
  split(claimed: readonly Batch[], parts: readonly unknown[][]): void

  /** The pages that left something on disk, this one included. Rejects when storage fails. */
  pages(): Promise<string[]>
  /** Takes over what dead pages left. Rejects when storage fails. */
  adopt(pages: readonly string[]): Promise<void>
  /** Leaves what was taken over, and still waits, to others. */
  disown(): void

  /**
   * At page hide. `offer` is given what waits, in the order in which it should go, and says how many of the first items of
   * each the browser took. `gone` are claimed ones that the browser sees through. All else is stored at once. Synchronous.
   */
  hide(offer: (waiting: Batch[]) => ReadonlyMap<Batch, number>, gone: readonly Batch[]): void

  /** Forgets everything, on disk too. */
  clear(): void
  /** The page came back from the bfcache, as a new page: what it has on disk is anybody's. */
  resume(pageId: string): void
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
  limits: Limits & { flushBytes: number }
  /** So much waits that it should go at once. */
  onFull: () => void
  onDropped: (kind: string, count: number) => void
  /** Storage failed: delivery goes on from memory. */
  onFault: (fault: unknown) => void
}

/**
 * Of one record. At page hide the time runs out for big ones: one of 2.4 MB survived 4 times of 20. And one fits into a
 * post that outlives the page.
 */
const BATCH_BYTES = 48 * 1024
/** Of one transaction while the page is alive, so that no task gets long. */
const SLICE_BYTES = 4 * BATCH_BYTES
const WRITE_WITHIN_MS = 500
/** Counts change with every decision, and need not be written with every one. */
const WRITE_COUNTS_WITHIN_MS = 5_000
/** A database that failed is left alone for a while. */
const AFTER_FAULT_MS = 30_000
const HOUR_MS = 3_600_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, store, clock, mode, consent, limits, onFull, onDropped, onFault } = parts
  const queue = createQueue(limits, () => clock.now())
  const channelOf = (kind: string) => channels.find((channel) => channel.kind === kind)
  const open = new Map<string, Entry>()
  const dirtyKinds = new Set<string>()
  let { pageId } = parts
  let numbers = 0
  // To be deleted with the next transaction, and with the one that is not complete.
  let obsolete: BatchId[] = []
  let isOvertaken = false
  let removing: BatchId[] = []
  let sinceFull = 0
  let dropped = 0
  let writing: Promise<void> | undefined
  let isWanted = false
  let cancelWrite: (() => void) | undefined
  let writeBy = Infinity
  let pausedUntil = 0
  let isStopped = false

  // Identities of the current hour, of all pages, as far as this page has read them.
  let seen = new Set<string>()
  let seenKeys = new Set<string>()
  let seenHour = -1
  let readHour = -1
  const enterHour = () => {
    const hour = clock.now() - (clock.now() % HOUR_MS)
    if (hour === seenHour) return
    seenHour = hour
    seen = new Set()
    seenKeys = new Set()
  }

  const canStore = () => store !== undefined && consent() === 'granted'

  const start = (kind: string, itsMode = mode) => {
    const entry = queue.start([pageId, numbers++], kind, itsMode)
    open.set(kind, entry)
    return entry
  }

  /** The batch that is still being filled. */
  const filling = (kind: string, size: number) => {
    const entry = open.get(kind)
    const isOpen = entry && !entry.isClaimed && entry.bytes + size <= BATCH_BYTES && queue.entries.has(entry)
    return isOpen ? entry : start(kind)
  }

  const forget = (entry: Batch) => {
    queue.leave(entry as Entry)
    if ((entry as Entry).isOnDisk) obsolete.push(entry.id)
    // A transaction may have it in hand.
    entry.items = []
  }

  /** A batch that is only in memory must not be stored under the name of a page that is not alive. */
  const reidentify = (entry: Entry) => {
    if (entry.isOnDisk) obsolete.push(entry.id)
    entry.id = [pageId, numbers++]
  }

  const keepLimits = () => {
    for (const [entry, lost] of queue.surplus()) {
      dropped += lost
      onDropped(entry.kind, lost)
      const { length } = entry.items
      if (lost < length) queue.replace(entry, entry.items.slice(lost), entry.bytes * (1 - lost / length))
      else forget(entry)
    }
  }

  /** What gathered in the rooms that count, joined to what waits of it already: it does not grow with time. */
  const gather = () => {
    for (const kind of dirtyKinds) {
      const channel = channelOf(kind)
      const drained = channel?.drain?.() ?? []
      if (!drained.length) continue
      let entry = filling(kind, 0)
      if (entry.state === 'writing') entry = start(kind)
      const joined = channel?.merge?.([...entry.items, ...drained]) ?? drained
      queue.replace(entry, joined, JSON.stringify(joined).length)
      entry.state = 'fresh'
    }
    dirtyKinds.clear()
  }

  /** Takes out what was recorded already this hour; the room counts it. Once for each batch, before it is stored. */
  const deduplicate = (entry: Entry) => {
    const channel = channelOf(entry.kind)
    if (!channel?.identity || entry.first) return
    const first: [string, number][] = (entry.first = [])
    const { length } = entry.items
    const rest = entry.items.filter((item) => {
      const known = channel.identity?.(item)
      if (!known || known.time < seenHour) return true
      const isFirst = !seen.has(known.id)
      if (isFirst) first.push([known.id, known.time])
      else channel.repeated?.(item)
      seen.add(known.id)
      return isFirst
    })
    if (rest.length < length) queue.replace(entry, rest, (entry.bytes * rest.length) / length)
  }

  const stripped = ({ id, kind, mode, at, items, bytes }: Entry): Batch => {
    const channel = channelOf(kind)
    return { id, kind, mode, at, items: channel?.strip ? items.map((item) => channel.strip?.(item)) : items, bytes }
  }
  const change = (remove: BatchId[], put: Entry[], seenIn: Entry[], hour: number): OutboxChange => {
    const entries = seenIn.flatMap(({ first = [] }) => first.filter(([, time]) => time >= hour))
    return { remove, put: put.map(stripped), seen: { page: pageId, number: numbers++, hour, entries } }
  }

  /** One transaction. @returns whether there may be more */
  const writeSlice = async (): Promise<boolean> => {
    gather()
    if (!store || !canStore() || isStopped || clock.now() < pausedUntil) return false
    enterHour()
    const hour = seenHour
    let size = 0
    const slice: Entry[] = []
    const take = (entry: Entry) => {
      entry.state = 'writing'
      entry.isOnDisk = true
      slice.push(entry)
      // One that accumulates stays open: the next write replaces it.
      if (!channelOf(entry.kind)?.merge && open.get(entry.kind) === entry) open.delete(entry.kind)
    }
    for (const entry of queue.entries) {
      if (entry.state === 'fresh' && !entry.isClaimed && (size += entry.bytes) <= SLICE_BYTES) take(entry)
    }
    if (!slice.length && !obsolete.length && readHour === hour) return false
    removing = obsolete
    obsolete = []
    isOvertaken = false
    try {
      await store.write(seenKeys, hour, (others) => {
        if (hour === seenHour) for (const [id] of others) seen.add(id)
        // Page hide may have been faster.
        const isMine = ({ state, items }: Entry) => state === 'writing' && items.length > 0
        slice.filter(isMine).forEach(deduplicate)
        // What turned out to be a repetition is counted in the transaction that finds it.
        if (dirtyKinds.size) {
          gather()
          for (const entry of queue.entries) {
            if (entry.state === 'fresh' && !entry.isClaimed && channelOf(entry.kind)?.merge) take(entry)
          }
        }
        removing.push(...obsolete.splice(0))
        const put = slice.filter(isMine)
        return change(removing, put, put, hour)
      })
      readHour = hour
      for (const entry of slice) {
        if (entry.state === 'writing') entry.state = 'stored'
        if (!entry.items.length) queue.leave(entry)
      }
      return true
    } catch (fault) {
      // Page hide took all of it, and the transaction with it.
      if (isOvertaken) return true
      pausedUntil = clock.now() + AFTER_FAULT_MS
      obsolete.push(...removing)
      for (const entry of slice) if (entry.state === 'writing') entry.state = 'fresh'
      onFault(fault)
      return false
    } finally {
      removing = []
    }
  }

  const unschedule = () => {
    cancelWrite?.()
    writeBy = Infinity
  }

  const write = (): Promise<void> => {
    unschedule()
    isWanted = true
    return (writing ??= (async () => {
      while (isWanted) {
        isWanted = false
        // Between two transactions the page gets its turn.
        while (await writeSlice());
      }
      writing = undefined
    })())
  }

  const writeWithin = (ms: number) => {
    const by = clock.now() + ms
    if (!canStore() || isStopped || by >= writeBy) return
    unschedule()
    writeBy = by
    cancelWrite = clock.whenIdle(ms, () => void write())
  }

  return {
    add(kind, item, size) {
      if (consent() === 'declined' || isStopped) return
      queue.push(filling(kind, size), item, size)
      keepLimits()
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

    claim(kind, maxBytes) {
      const claimed: Entry[] = []
      let size = 0
      for (const entry of queue.entries) {
        if (entry.kind !== kind || entry.isClaimed || entry.state === 'writing' || !entry.items.length) continue
        if (claimed[0] && (claimed[0].mode !== entry.mode || size + entry.bytes > maxBytes)) break
        size += entry.bytes
        claimed.push(entry)
        entry.isClaimed = true
      }
      return claimed
    },
    remove(claimed) {
      claimed.forEach(forget)
      // At once: what was delivered must not be found by the next page.
      void write()
    },
    release(claimed) {
      for (const entry of claimed as Entry[]) entry.isClaimed = false
      keepLimits()
    },
    split(claimed, parts) {
      const { kind, mode: itsMode, bytes } = claimed[0] as Batch
      claimed.forEach(forget)
      for (const items of parts) queue.replace(start(kind, itsMode), items, bytes / parts.length)
      open.delete(kind)
      void write()
    },

    pages: () => (store && canStore() ? store.pages() : Promise.resolve([])),
    async adopt(pages) {
      const found = await (store as OutboxStore).read(pages)
      if (!canStore()) return
      queue.unshift(found)
      keepLimits()
    },
    disown() {
      for (const entry of queue.entries) {
        if (entry.id[0] !== pageId && entry.state === 'stored' && !entry.isClaimed) queue.leave(entry)
      }
    },

    hide(offer, gone) {
      unschedule()
      open.clear()
      enterHour()
      const fresh = [...queue.entries].filter(({ state, isClaimed }) => state !== 'stored' && !isClaimed)
      fresh.forEach(deduplicate)
      gather()
      const waiting = [...queue.entries].filter(({ isClaimed, items }) => !isClaimed && items.length)
      const rank = ({ state, kind }: Entry) =>
        Number(state === 'stored') * channels.length + channels.findIndex((channel) => channel.kind === kind)
      const taken = offer(waiting.sort((a, b) => rank(a) - rank(b))) as ReadonlyMap<Entry, number>
      gone.forEach(forget)
      for (const [entry, count] of taken) {
        const { length } = entry.items
        if (count === length) forget(entry)
        else queue.replace(entry, entry.items.slice(count), entry.bytes * (1 - count / length))
        entry.state = 'fresh'
      }
      open.clear()
      if (!store || !canStore()) return
      const unsaved = [...queue.entries].filter(({ state, items }) => state !== 'stored' && items.length)
      // A transaction that is not complete may die with the page.
      const remove = [...obsolete, ...removing]
      if (!unsaved.length && !remove.length && !fresh.length) return
      obsolete = []
      for (const entry of unsaved) {
        entry.state = 'stored'
        entry.isOnDisk = true
      }
      isOvertaken = true
      store.writeAtOnce(change(remove, unsaved, fresh, seenHour)).catch((fault: unknown) => {
        // The page is still there, with all of it in memory.
        obsolete.push(...remove)
        for (const entry of unsaved) {
          if (!entry.items.length) continue
          entry.state = 'fresh'
          if (entry.id[0] !== pageId) reidentify(entry)
          queue.enter(entry)
        }
        onFault(fault)
      })
    },

    clear() {
      for (const channel of channels) channel.drain?.()
      dirtyKinds.clear()
      queue.entries.forEach(forget)
      obsolete = []
      unschedule()
      store?.clear().catch(onFault)
    },
    resume(id) {
      pageId = id
      open.clear()
      for (const entry of queue.entries) {
        if (entry.state === 'stored') queue.leave(entry)
        else reidentify(entry)
      }
      void write()
    },
    stop() {
      isStopped = true
      unschedule()
    },
    dropped: () => dropped,
  }
}
