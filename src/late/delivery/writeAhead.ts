import { change, type Entry } from './outbox'
import type { Clock } from '../../browser/clock'
import type { Change, OutboxStore } from './outboxStore'
import type { Tools } from './tools'

/** Brings to disk what the outbox has, so that it outlives the page. */
export interface WriteAhead {
  /** Reads what other pages know: at once, as a page that is left soon must not send what they sent. Never rejects. */
  read(): Promise<void>
  /** Writes all that there is to write. Resolves when it is on disk, or cannot be; never rejects. */
  write(): Promise<void>
  /** The same; resolves after the next transaction. */
  writeSome(): Promise<void>
  /** Writes soon after something was recorded: at once after a pause, else at most twice a second. */
  writeSoon(): void
  /** The same for counts, which change with every decision. */
  writeLater(): void
  /** Whether nothing is known of a fault of the store. */
  isWell(): boolean
  /** Whether the store can be written to now. */
  isPossible(): boolean
  /** Whether disk and memory say the same. */
  isClean(): boolean
  stop(): void
}

interface WriteAheadParts extends Tools {
  /** Other pages' outcomes are known, and disk and memory may say the same. */
  onWritten: () => void
  /** The store may be used again some time after a fault. */
  onPauseOver: () => void
}

/** Of one transaction, so that no task gets long. */
const SLICE_BYTES = 192 * 1024
/** A burst of decisions is stored at once, WebKit has no idle callback to wait for; what goes on and on, not each time. */
const SOON_MS = 500
const LATER_MS = 5_000
/** A database that failed is left alone for a while. */
const AFTER_FAULT_MS = 30_000

export function createWriteAhead(parts: WriteAheadParts): WriteAhead {
  const { outbox, dedupe, endpoints, store, life, clock, consent, channels, onWritten } = parts
  let writing: Promise<void> | undefined
  let slice: Promise<void> | undefined
  let cancelPause: (() => void) | undefined
  const timer = createTimer(clock, () => void write())

  const isWell = () => !cancelPause
  const isPossible = () => store !== undefined && consent.isGranted && life.state === 'held' && isWell()
  const hasChanges = () =>
    outbox.gone.size > 0 || outbox.unstored.size > 0 || endpoints.unsaved().length > 0 || outbox.unsaved().length > 0
  const isClean = () => !hasChanges() && ![...outbox.entries.values()].some(({ disk }) => disk === 'writing')

  /** The batches of one transaction, without what another page recorded already. */
  const chooseSlice = (): Entry[] => {
    let bytes = 0
    for (const entry of outbox.unsaved()) {
      dedupe.sift([entry])
      if ((bytes += entry.bytes) > SLICE_BYTES) break
    }
    // What turned out to be a repetition is counted in the transaction that finds it.
    outbox.gather(true)
    bytes = 0
    return outbox.unsaved().filter((entry) => {
      // Counts that were joined replace each other, and are put together.
      if (channels.get(entry.kind)?.merge) return true
      return entry.isUnique && (bytes += entry.bytes) <= Math.max(2 * SLICE_BYTES, entry.bytes)
    })
  }

  const writeSlice = async (to: OutboxStore) => {
    const its = life.number
    let put: Entry[] = []
    let made: Change | undefined
    try {
      await to.write(() => {
        // The page let go of its life while this transaction waited.
        if (its !== life.number || !consent.isGranted) return undefined
        put = chooseSlice()
        for (const entry of put) {
          change(entry, 'write')
          entry.home = life.id
        }
        made = {
          remove: [...outbox.gone.values(), ...put.flatMap(({ replaces }) => replaces)],
          put,
          seen: [...outbox.unstored, ...put.flatMap((entry) => entry.hashes)],
          endpoints: endpoints.unsaved(),
        }
        return made
      })
      if (made) complete(made, put)
      if (its === life.number) onWritten()
    } catch (fault) {
      for (const entry of put) change(entry, 'unsaved')
      fail(fault, its)
    }
  }
  const fail = (fault: unknown, its: number) => {
    // The page went, and took the transaction with it.
    if (its !== life.number) return
    const endPause = () => {
      cancelPause = undefined
      parts.onPauseOver()
    }
    cancelPause ??= clock.after(AFTER_FAULT_MS, endPause, true)
    parts.onStorageFault(fault)
  }
  const complete = ({ remove = [], seen = [], endpoints: changed = [] }: Change, put: readonly Entry[]) => {
    for (const { id } of remove) outbox.gone.delete(id)
    for (const hash of seen) outbox.unstored.delete(hash)
    endpoints.saved(changed)
    for (const entry of put) {
      change(entry, 'saved')
      entry.replaces = []
      entry.hashes = []
    }
  }

  const write = (): Promise<void> => {
    timer.cancel()
    outbox.gather(true)
    const hasWork = () => isPossible() && hasChanges()
    if (!store || !hasWork()) return writing ?? Promise.resolve()
    return (writing ??= (async () => {
      // Between two transactions the page gets its turn.
      while (hasWork()) await (slice = writeSlice(store))
      writing = undefined
    })())
  }

  return {
    read: async () => {
      const its = life.number
      await store?.learn().catch((fault: unknown) => fail(fault, its))
      dedupe.see()
    },
    write,
    async writeSome() {
      void write()
      await slice
    },
    writeSoon: () => timer.runApart(SOON_MS),
    writeLater: () => timer.runAfter(LATER_MS),
    isWell,
    isPossible,
    isClean,
    stop() {
      timer.cancel()
      cancelPause?.()
    },
  }
}

/** Runs something at the earliest of the times that it was told. */
function createTimer(clock: Clock, run: () => void) {
  let cancelRun: (() => void) | undefined
  let due = Infinity
  let last = -Infinity
  const cancel = () => {
    cancelRun?.()
    due = Infinity
  }
  const runAt = (at: number) => {
    if (at >= due) return
    cancel()
    due = at
    const runNow = () => {
      last = clock.elapsed()
      cancel()
      run()
    }
    cancelRun = clock.after(at - clock.elapsed(), runNow, true)
  }
  return {
    cancel,
    /** At once, but not so soon after the last time. */
    runApart: (ms: number) => runAt(Math.max(clock.elapsed(), last + ms)),
    runAfter: (ms: number) => runAt(clock.elapsed() + ms),
  }
}
