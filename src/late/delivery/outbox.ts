import { stringify } from '../../shared/json'
import { createQueue, type Entry } from './queue'
import { createSeen } from './seen'
import { createWriteAhead } from './writeAhead'
import type { Clock } from '../../browser/clock'
import type { Batch, BatchId, OutboxStore } from './outboxStore'
import type { Channel } from './types'
import type { Consent } from '../../shared/types'

/** What waits for delivery: in memory, and written ahead to disk, so that it outlives the page. */
export interface Outbox {
  /** Queues one item. Synchronous; never throws. `bytes`: estimate of its size on the wire. */
  add(kind: string, item: unknown, bytes: number): void
  /** A kind that accumulates has something new. */
  dirty(kind: string): void
  /** Writes what is not on disk yet. Resolves when it is there, or cannot be; never rejects. */
  write(): Promise<void>
  /** The same; resolves after the next transaction. */
  writeSome(): Promise<void>
  /** What waits of a kind is on its way to disk, and cannot be claimed before. */
  isBehind(kind: string): boolean

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

  /** Looks for what other pages wrote as they went away. Never rejects. */
  recover(): Promise<void>
  /** Takes over what other pages left behind, of those that `hold` can lock. @returns whether there was anything */
  adopt(hold: (pageId: string) => Promise<boolean>): Promise<boolean>
  /** At page hide: the browser delivers `gone`, everything else is stored at once. Synchronous. */
  hide(gone: readonly Batch[], kept: readonly Batch[]): void
  /** The page lies in the bfcache: what it has on disk is anybody's. */
  freeze(): void
  /** It came back, as a new page. */
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
  /** They will not be sent: the limits cost them, or another page had recorded the same, and they are counted. */
  onGone: (kind: string, items: readonly unknown[], outcome: 'dropped' | 'deduplicated') => void
  /** Storage failed: delivery goes on from memory. */
  onFault: (fault: unknown) => void
}

const WRITE_WITHIN_MS = 500
/** Counts change with every decision, and need not be written with every one. */
const WRITE_COUNTS_WITHIN_MS = 5_000

export function createOutbox(parts: OutboxParts): Outbox {
  const { channels, store, clock, mode, consent, limits, onFull, onGone, onFault } = parts
  const seen = createSeen(clock)
  const dirtyKinds = new Set<string>()
  let { pageId } = parts
  let number = 0
  let sinceFull = 0
  let dropped = 0
  let isStopped = false

  // Dead pages whose locks this one holds. More of theirs may come from a hide slot.
  const adopted = new Set<string>()

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
      onGone(kind, items, 'dropped')
      writer.writeWithin(WRITE_WITHIN_MS)
    },
  })
  const { forget } = queue

  /** What gathered in the rooms that count, joined to what waits of it already: it does not grow with time. */
  const gather = () => {
    for (const kind of dirtyKinds) {
      const { drain, merge } = channelOf(kind) ?? {}
      let items = drain?.() ?? []
      if (merge) {
        const waiting = [...queue.entries()].filter((it) => it.kind === kind && it.id[0] === pageId && !it.isClaimed)
        items = merge([...waiting.flatMap((it) => it.items), ...items])
        waiting.forEach(forget)
        // What is not ready does not hold up what is.
      } else queue.seal()
      for (const item of items) queue.push(kind, item, stringify(item).length)
    }
    dirtyKinds.clear()
  }

  /** Takes out what was recorded already this hour, by any page; the room counts it. */
  const deduplicate = (entry: Entry) => {
    const { identity, repeated } = channelOf(entry.kind) ?? {}
    if (entry.isUnique) return
    entry.isUnique = true
    if (!identity) return
    const gone: unknown[] = []
    const rest = entry.items.filter((item) => {
      const known = identity(item)
      const isFirst = !known || seen.isFirst(known.id, known.time)
      if (!isFirst) {
        repeated?.(item)
        gone.push(item)
      }
      return isFirst
    })
    if (gone.length) onGone(entry.kind, gone, 'deduplicated')
    queue.resize(entry, rest, (entry.bytes * rest.length) / (entry.items.length || 1))
    if (!rest.length) forget(entry)
  }

  const writer = createWriteAhead({
    queue,
    seen,
    store,
    clock,
    nextId,
    canStore,
    channelOf,
    gather,
    deduplicate,
    onFault,
  })

  /** Not while nothing can be deleted: it would be sent again and again. */
  const mayAdopt = () => canStore() && !writer.isPaused()
  const isBehind = (kind: string) =>
    !channelOf(kind)?.merge && writer.hasWork() && queue.unsaved().some((entry) => entry.kind === kind)

  return {
    add(kind, item, size) {
      if (consent() === 'declined' || isStopped) return
      queue.push(kind, item, size)
      sinceFull += size
      if (sinceFull < limits.flushBytes) return writer.writeWithin(WRITE_WITHIN_MS)
      sinceFull = 0
      onFull()
    },
    dirty(kind) {
      dirtyKinds.add(kind)
      writer.writeWithin(WRITE_COUNTS_WITHIN_MS)
    },
    write: writer.write,
    writeSome: writer.writeSome,
    isBehind,

    claim(kind, maxBytes, isSaved) {
      gather()
      queue.keepLimits()
      const claimed: Entry[] = []
      let size = 0
      // What others recorded is known once it is written, and what is not on disk must not be gone with a crash.
      const wanted = isSaved ?? (isBehind(kind) || undefined)
      for (const entry of queue.entries()) {
        if (entry.kind !== kind || entry.isClaimed || (wanted ?? entry.isSaved) !== entry.isSaved) continue
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
      void writer.write()
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

    async recover() {
      if (mayAdopt()) await store?.recover()
    },
    async adopt(hold) {
      if (!store || !mayAdopt()) return false
      let isFound = false
      for (const page of await store.pages()) {
        if (!adopted.has(page) && !(await hold(page))) continue
        adopted.add(page)
        const known = new Set([...[...queue.entries()].map(({ id }) => id), ...queue.obsolete].map(String))
        const batches = await store.read(page, (id) => known.has(String(id)))
        if (!mayAdopt()) return false
        queue.unshift(batches)
        isFound ||= batches.length > 0
      }
      return isFound
    },

    hide(gone, kept) {
      for (const entry of kept as Entry[]) entry.isClaimed = false
      ;(gone as Entry[]).forEach(forget)
      queue.seal()
      writer.writeAtOnce()
      store?.stopWaiting()
    },
    freeze: () => store?.letGo(),
    async resume(id) {
      pageId = id
      queue.seal()
      adopted.clear()
      await writer.leaving()
      for (const entry of queue.entries()) {
        if (entry.id[0] === pageId) continue
        if (entry.isSaved) queue.leave(entry)
        // Others may have the old name's record by now.
        entry.id = nextId()
        entry.isWritten = false
      }
      void writer.write()
    },

    clear() {
      for (const { drain } of channels) drain?.()
      dirtyKinds.clear()
      queue.entries().forEach(queue.leave)
      queue.obsolete.clear()
      seen.clear()
      writer.giveUp()
      store?.clear().catch((fault: unknown) => isStopped || onFault(fault))
    },
    stop() {
      isStopped = true
      writer.giveUp()
      store?.letGo()
    },
    dropped: () => dropped,
  }
}
