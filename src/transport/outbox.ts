import type { Clock } from '../browser/clock'
import type { Batch, BatchId, OutboxChange, OutboxStore, Seen } from './outboxStore'
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
  /** What was claimed waits again, in these parts. */
  remain(claimed: readonly Batch[], parts: readonly unknown[][]): void

  /** The pages that left something on disk, this one included. Rejects when storage fails. */
  pages(): Promise<string[]>
  /** Takes over what dead pages left. Rejects when storage fails. */
  adopt(pages: readonly string[]): Promise<void>
  /** Leaves what was taken over, and is still there, to others. */
  disown(): void

  /** At page hide: what waits, in the order in which it should go: unwritten first, then oldest first. */
  prepareHide(): Batch[]
  /** At page hide: what the browser took, and of what only a part. All else is stored at once. Synchronous. */
  settleHide(taken: readonly Batch[], partly: ReadonlyMap<Batch, unknown[]>): void

  /** Forgets everything, on disk too. */
  clear(): void
  /** The page lies in the bfcache: others may send what it has on disk. */
  freeze(): void
  /** It came back, as a new page. */
  resume(pageId: string): void
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
  /** `writing`: in a transaction that is not complete. */
  state: 'fresh' | 'writing' | 'stored'
  isClaimed: boolean
}

/** Of one record. At page hide the time runs out for bigger ones: one of 2.4 MB survived 4 times of 20. */
const BATCH_BYTES = 60_000
/** Of one transaction while the page is alive, so that no task gets long. */
const SLICE_BYTES = 120_000
const WRITE_WITHIN_MS = 500
/** Counts change with every decision, and need not be written with every one. */
const WRITE_COUNTS_WITHIN_MS = 5_000
/** A database that failed is left alone for a while. */
const AFTER_FAULT_MS = 30_000
const HOUR_MS = 3_600_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { store, clock, mode, consent, limits, onFull, onDropped, onFault } = parts
  const channels = new Map(parts.channels.map((channel) => [channel.kind, channel]))
  const rank = new Map([...channels.keys()].map((kind, n) => [kind, n]))
  let { pageId } = parts
  let numbers = 0
  let entries: Entry[] = []
  const open = new Map<string, Entry>()
  const dirtyKinds = new Set<string>()
  // To be deleted with the next transaction.
  let obsolete: BatchId[] = []
  let bytes = 0
  let items = 0
  let unwritten = 0
  let dropped = 0
  let writing: Promise<void> | undefined
  let cancelWrite: (() => void) | undefined
  let writeBy = Infinity
  let pausedUntil = 0
  let isFull = false
  // What `prepareHide` found to be new, until `settleHide` stores it.
  let hidden: [string, number][] = []

  // Identities of the current hour, of all pages, as far as this page has read them.
  let seen = new Set<string>()
  let seenKeys = new Set<string>()
  let seenHour = -1
  const enterHour = () => {
    const hour = clock.now() - (clock.now() % HOUR_MS)
    if (hour === seenHour) return
    seenHour = hour
    seen = new Set()
    seenKeys = new Set()
  }

  const canStore = () => store !== undefined && consent() === 'granted'

  const start = (kind: string, itsMode = mode, at = clock.now()): Entry => {
    const entry: Entry = {
      id: [pageId, numbers++],
      kind,
      mode: itsMode,
      at,
      items: [],
      bytes: 0,
      state: 'fresh',
      isClaimed: false,
    }
    entries.push(entry)
    open.set(kind, entry)
    return entry
  }

  const put = (kind: string, item: unknown, size: number) => {
    let entry = open.get(kind)
    if (!entry || entry.bytes + size > BATCH_BYTES) entry = start(kind)
    entry.items.push(item)
    entry.bytes += size
    bytes += size
    unwritten += size
    items++
  }

  /** Sets the items of an entry anew, or takes it out with none. */
  const replace = (entry: Entry, rest: unknown[]) => {
    const share = entry.items.length ? entry.bytes * (1 - rest.length / entry.items.length) : 0
    bytes -= share
    if (entry.state === 'fresh') unwritten -= share
    items -= entry.items.length - rest.length
    entry.items = rest
    entry.bytes -= share
  }

  const forget = (gone: ReadonlySet<Batch>) => {
    for (const entry of gone as ReadonlySet<Entry>) {
      replace(entry, [])
      if (entry.state !== 'fresh') obsolete.push(entry.id)
      if (open.get(entry.kind) === entry) open.delete(entry.kind)
    }
    entries = entries.filter((entry) => !gone.has(entry))
  }

  /** The oldest goes first. What is on its way is left alone: its place will be free soon. */
  const keepLimits = () => {
    const tooOld = clock.now() - limits.maxAgeMs
    for (const entry of [...entries]) {
      const isTooOld = entry.at < tooOld
      if (!isTooOld && items <= limits.maxItems && bytes <= limits.maxBytes) return
      if (entry.isClaimed) continue
      const { length } = entry.items
      const surplus = Math.max(items - limits.maxItems, Math.ceil(((bytes - limits.maxBytes) * length) / entry.bytes))
      // A stored one is not written again for a part of it.
      const lost = isTooOld || entry.state !== 'fresh' ? length : Math.min(surplus, length)
      dropped += lost
      onDropped(entry.kind, lost)
      if (lost < length) replace(entry, entry.items.slice(lost))
      else forget(new Set([entry]))
    }
  }

  /** What gathered in the rooms that count, joined to what of it waits already: it does not grow with time. */
  const gather = () => {
    for (const kind of dirtyKinds) {
      const { drain, merge } = channels.get(kind) as Channel
      const drained = drain?.() ?? []
      if (!drained.length) continue
      const known = entries.filter(
        (entry) => entry.kind === kind && entry.id[0] === pageId && !entry.isClaimed && entry.state !== 'writing',
      )
      const joined = merge?.([...known.flatMap((entry) => entry.items), ...drained]) ?? drained
      forget(new Set(known))
      for (const item of joined) put(kind, item, JSON.stringify(item).length)
      open.delete(kind)
    }
    dirtyKinds.clear()
  }

  /** Takes out what another page recorded this hour; the room counts it. Returns what this page is the first to see. */
  const deduplicate = (batches: readonly Entry[]): [string, number][] => {
    const first: [string, number][] = []
    for (const entry of batches) {
      const { identity, repeated } = channels.get(entry.kind) ?? {}
      if (!identity) continue
      const rest = entry.items.filter((item) => {
        const known = identity(item)
        if (!known || known.time < seenHour) return true
        if (!seen.has(known.id)) return first.push([known.id, known.time])
        repeated?.(item)
        return false
      })
      if (rest.length < entry.items.length) replace(entry, rest)
    }
    return first
  }

  const stripped = ({ id, kind, mode, at, items, bytes }: Entry): Batch => {
    const strip = channels.get(kind)?.strip
    return { id, kind, mode, at, items: strip ? items.map(strip) : items, bytes }
  }
  const asSeen = (entries: Seen) => ({ seen: { page: pageId, number: numbers++, hour: seenHour, entries } })

  /** One transaction. @returns whether there may be more */
  const writeSlice = async (): Promise<boolean> => {
    gather()
    if (!store || !canStore() || clock.now() < pausedUntil) return false
    let size = 0
    const slice = entries.filter(
      (entry) => entry.state === 'fresh' && !entry.isClaimed && (size += entry.bytes) <= SLICE_BYTES + BATCH_BYTES,
    )
    const remove = obsolete
    if (!slice.length && !remove.length) return false
    obsolete = []
    enterHour()
    for (const entry of slice) {
      entry.state = 'writing'
      unwritten -= entry.bytes
      if (open.get(entry.kind) === entry) open.delete(entry.kind)
    }
    let first: [string, number][] = []
    try {
      await store.write(seenKeys, seenHour, (others) => {
        for (const [id] of others) seen.add(id)
        // Page hide may have been faster.
        const mine = slice.filter((entry) => entry.state === 'writing')
        first = deduplicate(mine)
        // What turned out to be a repetition is counted in the same transaction that finds it.
        gather()
        for (const entry of entries) {
          if (entry.state !== 'fresh' || entry.isClaimed || !channels.get(entry.kind)?.drain) continue
          unwritten -= entry.bytes
          entry.state = 'writing'
          slice.push(entry)
          mine.push(entry)
        }
        remove.push(...obsolete.splice(0))
        return { remove, put: mine.filter((entry) => entry.items.length).map(stripped), ...asSeen(first) }
      })
      for (const [id] of first) seen.add(id)
      for (const entry of slice) if (entry.state === 'writing') entry.state = 'stored'
      forget(new Set(slice.filter((entry) => !entry.items.length)))
      return true
    } catch (fault) {
      pausedUntil = clock.now() + AFTER_FAULT_MS
      obsolete.push(...remove)
      for (const entry of slice) {
        if (entry.state !== 'writing') continue
        entry.state = 'fresh'
        unwritten += entry.bytes
      }
      onFault(fault)
      return false
    }
  }

  const write = (): Promise<void> => {
    cancelWrite?.()
    writeBy = Infinity
    isFull = false
    return (writing ??= (async () => {
      try {
        // Between two transactions the page gets its turn.
        while (await writeSlice()) if (!entries.some(({ state }) => state === 'fresh')) break
      } finally {
        writing = undefined
      }
    })())
  }

  const writeWithin = (ms: number) => {
    const by = clock.now() + ms
    if (!canStore() || by >= writeBy) return
    writeBy = by
    cancelWrite?.()
    cancelWrite = clock.whenIdle(ms, () => void write())
  }

  const byRank = (a: Entry, b: Entry) =>
    Number(a.state === 'stored') - Number(b.state === 'stored') || (rank.get(a.kind) ?? 0) - (rank.get(b.kind) ?? 0)

  return {
    add(kind, item, size) {
      if (consent() === 'declined') return
      put(kind, item, size)
      if (items > limits.maxItems || bytes > limits.maxBytes) keepLimits()
      if (unwritten < limits.flushBytes) writeWithin(WRITE_WITHIN_MS)
      else if (!isFull) {
        isFull = true
        onFull()
      }
    },
    dirty(kind) {
      dirtyKinds.add(kind)
      writeWithin(WRITE_COUNTS_WITHIN_MS)
    },
    write,

    claim(kind, maxBytes) {
      if (!canStore()) gather()
      const claimed: Entry[] = []
      let size = 0
      for (const entry of entries) {
        if (entry.kind !== kind || entry.isClaimed || entry.state === 'writing') continue
        if (claimed[0] && (claimed[0].mode !== entry.mode || size + entry.bytes > maxBytes)) break
        size += entry.bytes
        claimed.push(entry)
        entry.isClaimed = true
        if (open.get(kind) === entry) open.delete(kind)
      }
      return claimed
    },
    remove(claimed) {
      forget(new Set(claimed))
      // At once: what was delivered must not be found by the next page.
      void write()
    },
    release(claimed) {
      for (const entry of claimed as Entry[]) entry.isClaimed = false
      keepLimits()
    },
    remain(claimed, parts) {
      const [{ kind, mode: itsMode, at }] = claimed as [Batch, ...Batch[]]
      const size = sum(claimed, (batch) => batch.bytes) / sum(claimed, (batch) => batch.items.length)
      forget(new Set(claimed))
      for (const part of parts) {
        for (const [n, item] of part.entries()) {
          if (n % Math.max(Math.floor(BATCH_BYTES / size), 1) === 0) start(kind, itsMode, at)
          put(kind, item, size)
        }
      }
      open.delete(kind)
      void write()
    },

    pages: () => (store && canStore() ? store.pages() : Promise.resolve([])),
    async adopt(pages) {
      const known = new Set(entries.map(({ id }) => String(id)))
      const found = (await (store as OutboxStore).read(pages)).filter(({ id }) => !known.has(String(id)))
      if (!canStore()) return
      for (const batch of found) {
        bytes += batch.bytes
        items += batch.items.length
      }
      entries.unshift(...found.map((batch): Entry => ({ ...batch, state: 'stored', isClaimed: false })))
      keepLimits()
    },
    disown() {
      for (const entry of entries) {
        if (entry.id[0] === pageId) continue
        bytes -= entry.bytes
        items -= entry.items.length
      }
      entries = entries.filter(({ id }) => id[0] === pageId)
    },

    prepareHide() {
      cancelWrite?.()
      writeBy = Infinity
      enterHour()
      const fresh = entries.filter(({ state, isClaimed }) => state !== 'stored' && !isClaimed)
      hidden = deduplicate(fresh)
      for (const [id] of hidden) seen.add(id)
      gather()
      return entries.filter(({ isClaimed, items }) => !isClaimed && items.length).sort(byRank)
    },
    settleHide(taken, partly) {
      for (const [batch, rest] of partly) replace(batch as Entry, rest)
      forget(new Set(taken))
      if (!store || !canStore()) return
      const unsaved = entries.filter((entry) => entry.state !== 'stored' || partly.has(entry))
      const first = hidden
      hidden = []
      if (!unsaved.length && !obsolete.length && !first.length) return
      const change: OutboxChange = { remove: obsolete, put: unsaved.map(stripped), ...asSeen(first) }
      obsolete = []
      for (const entry of unsaved) {
        if (entry.state === 'fresh') unwritten -= entry.bytes
        entry.state = 'stored'
      }
      open.clear()
      store.writeAtOnce(change).catch((fault: unknown) => {
        // The page may still be there, with all of it in memory.
        for (const entry of unsaved) {
          entry.state = 'fresh'
          unwritten += entry.bytes
        }
        obsolete.push(...change.remove)
        onFault(fault)
      })
    },

    clear() {
      for (const { drain } of channels.values()) drain?.()
      dirtyKinds.clear()
      forget(new Set(entries))
      obsolete = []
      cancelWrite?.()
      writeBy = Infinity
      store?.clear().catch(onFault)
    },
    freeze() {
      cancelWrite?.()
      writeBy = Infinity
      // With nothing stored, memory is all there is.
      if (!canStore()) return
      const kept = entries.filter(({ state }) => state !== 'stored')
      entries = kept
      bytes = sum(kept, (entry) => entry.bytes)
      items = sum(kept, (entry) => entry.items.length)
    },
    resume(id) {
      pageId = id
      open.clear()
      seenHour = -1
      if (entries.length) writeWithin(WRITE_WITHIN_MS)
    },
    dropped: () => dropped,
  }
}

function sum<Item>(list: readonly Item[], of: (item: Item) => number): number {
  return list.reduce((total, item) => total + of(item), 0)
}
