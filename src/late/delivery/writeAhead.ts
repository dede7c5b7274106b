import type { Clock } from '../../browser/clock'
import type { Batch, BatchId, OutboxChange, OutboxStore } from './outboxStore'
import type { Entry, Queue } from './queue'
import type { Seen } from './seen'
import type { Channel } from './types'

/** Brings to disk what is in the queue, and nothing else. */
export interface WriteAhead {
  /** There is something to write, and it can be. */
  hasWork(): boolean
  /** Storage failed a moment ago. */
  isPaused(): boolean
  /** Resolves when all is on disk, or cannot be; never rejects. */
  write(): Promise<void>
  /** The same; resolves after the next transaction. */
  writeSome(): Promise<void>
  writeWithin(ms: number): void
  /** What is under way was given up on purpose, and nothing is written by itself until the next call. */
  giveUp(): void
  /** All of it in this task: the page may be gone before the next one. */
  writeAtOnce(): void
  /** Resolves when that is complete. */
  leaving(): Promise<void> | undefined
}

interface WriteAheadParts {
  queue: Queue
  seen: Seen
  store: OutboxStore | undefined
  clock: Clock
  nextId: () => BatchId
  canStore: () => boolean
  channelOf: (kind: string) => Channel | undefined
  gather: () => void
  deduplicate: (entry: Entry) => void
  /** Storage failed: delivery goes on from memory. */
  onFault: (fault: unknown) => void
}

/** Of one transaction while the page is alive, so that no task gets long. */
const SLICE_BYTES = 192 * 1024
/** A database that failed is left alone for a while. */
const AFTER_FAULT_MS = 30_000

export function createWriteAhead(parts: WriteAheadParts): WriteAhead {
  const { queue, seen, store, clock, nextId, canStore, channelOf, gather, deduplicate, onFault } = parts
  const { obsolete } = queue
  let writing: Promise<void> | undefined
  let slice: Promise<void> | undefined
  let leaving: Promise<void> | undefined
  let cancelWrite: (() => void) | undefined
  let writeBy = Infinity
  let pausedUntil = 0
  let isRead = false
  let isOvertaken = false

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

  const isPaused = () => clock.now() < pausedUntil
  const hasWork = () =>
    store !== undefined && canStore() && !isPaused() && (!isRead || obsolete.size > 0 || queue.unsaved().length > 0)

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
      while (hasWork()) await (slice = writeSlice(store))
      writing = undefined
    })())
  }
  const writeWithin = (ms: number) => {
    if (writeBy <= ms || !store || !canStore()) return
    unschedule()
    writeBy = ms
    cancelWrite = clock.whenIdle(ms, () => void write())
  }

  const giveUp = () => {
    isOvertaken = true
    unschedule()
  }

  return {
    hasWork,
    isPaused,
    write,
    async writeSome() {
      void write()
      await slice
    },
    writeWithin,
    giveUp,
    writeAtOnce() {
      unschedule()
      if (!store || !canStore()) return
      const put = queue.unsaved()
      const made = change(put)
      if (!put.length && !obsolete.size && !made.seen.ids.length) return
      isOvertaken = true
      leaving = store.writeAtOnce(made).catch((fault: unknown) => {
        for (const id of made.remove) obsolete.add(id)
        for (const entry of put) entry.isSaved = false
        onFault(fault)
      })
      // At once: a page that comes back must not take for its own what others may have by then.
      complete(made, put)
    },
    leaving: () => leaving,
  }
}
