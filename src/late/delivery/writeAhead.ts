import { change, type Entry } from './batch'
import type { Clock } from '../../browser/clock'
import type { Hide } from './hide'
import type { Change, OutboxStore } from './outboxStore'
import type { Tools } from './tools'

/** Writes to disk what the outbox holds soon after it was recorded, so that it outlives the page. */
export interface WriteAhead {
  /** Reads what other pages know, so that this one does not send what they sent. Never rejects. */
  read(): Promise<void>
  /** Writes all changes, in as many transactions as it takes. Resolves when they are on disk, or cannot be; never rejects. */
  write(): Promise<void>
  /**
   * Writes as `write` does, but resolves after the first of these transactions, and after what the page put there as it was
   * hidden.
   */
  writeSome(): Promise<void>
  /** Writes in the next task, but at most twice a second. */
  writeSoon(): void
  /** Writes some seconds later: counts change with every decision. */
  writeLater(): void
  /** Whether the store has not failed lately. */
  isWell(): boolean
  /** @returns the store, while it may be written to: the user consented, this page holds its lock, and no pause runs after a fault */
  usableStore(): OutboxStore | undefined
}

interface WriteAheadParts extends Tools {
  hide: Pick<Hide, 'removeNotes' | 'whenPut'>
}

/** The most that one transaction writes, bytes, so that no task gets long. */
const SLICE_BYTES = 192 * 1024
/**
 * Least time between two writes while a page goes on recording. Its first burst is written in the next task and not when the page is
 * idle, because WebKit has no idle callback.
 */
const SOON_MS = 500
/** The time that counts wait before they are written. */
const LATER_MS = 5_000
/** Pause after a fault of the database. */
const AFTER_FAULT_MS = 30_000

export function createWriteAhead(parts: WriteAheadParts): WriteAhead {
  const { outbox, dedupe, endpoints, store, life, clock, consent, channels, hub, stops } = parts
  let writing: Promise<void> | undefined
  let slice: Promise<void> | undefined
  let cancelPause: (() => void) | undefined
  const timer = createTimer(clock, () => void write())

  const isWell = () => !cancelPause
  const usableStore = () => (consent.isGranted && life.state === 'held' && isWell() ? store : undefined)
  const hasChanges = () =>
    outbox.gone.size > 0 || outbox.unstored.size > 0 || endpoints.unsaved().length > 0 || outbox.unsaved().length > 0
  /** Whether disk and memory say the same. */
  const isClean = () => !hasChanges() && ![...outbox.entries.values()].some(({ disk }) => disk === 'writing')

  /** @returns the batches of one transaction, without what other pages had recorded before */
  const chooseSlice = (): Entry[] => {
    let bytes = 0
    for (const entry of outbox.unsaved()) {
      dedupe.sift([entry])
      if ((bytes += entry.bytes) > SLICE_BYTES) break
    }
    // Counts are gathered after the sifting, so that the items which it took out are counted in the same transaction.
    outbox.gather(true)
    bytes = 0
    return outbox.unsaved().filter((entry) => {
      // Counts are put all together: of those that were joined, the last one deletes what the others replace.
      if (channels.get(entry.kind)?.merge) return true
      return entry.isUnique && (bytes += entry.bytes) <= Math.max(2 * SLICE_BYTES, entry.bytes)
    })
  }

  const writeSlice = async (to: OutboxStore) => {
    const begunIn = life.number
    const lastPut = parts.hide.whenPut()
    let put: Entry[] = []
    let made: Required<Change> | undefined
    try {
      await to.transact(() => {
        // The life ended while this transaction waited: what the outbox holds now belongs to the next one.
        if (begunIn !== life.number || !consent.isGranted) return undefined
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
      if (begunIn === life.number && isClean()) parts.hide.removeNotes()
    } catch (fault) {
      for (const entry of put) change(entry, 'unsaved')
      // The put of a hidden page breaks off the write that is under way. That is no fault, and the write is done again.
      if (parts.hide.whenPut() === lastPut) fail(fault, begunIn)
    }
  }
  const fail = (fault: unknown, begunIn: number) => {
    // As a page goes, the browser may end its transactions. That is no fault.
    if (begunIn !== life.number) return
    const endPause = () => {
      cancelPause = undefined
      hub.emit('usable', undefined)
    }
    cancelPause ??= clock.after(AFTER_FAULT_MS, endPause, true)
    parts.onStorageFault(fault)
  }
  const complete = ({ remove, seen, endpoints: changed }: Required<Change>, put: readonly Entry[]) => {
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
    const storeToWrite = () => (usableStore() && hasChanges() ? store : undefined)
    if (!storeToWrite()) return writing ?? Promise.resolve()
    return (writing ??= (async () => {
      // Between two transactions the page can do something else.
      for (let to = storeToWrite(); to; to = storeToWrite()) await (slice = writeSlice(to))
      writing = undefined
    })())
  }

  stops.push(
    hub.on('usable', () => void write()),
    () => {
      timer.cancel()
      cancelPause?.()
    },
  )

  return {
    read: async () => {
      const begunIn = life.number
      await store?.learn().catch((fault: unknown) => fail(fault, begunIn))
      dedupe.see()
    },
    write,
    async writeSome() {
      void write()
      // Whoever waits for a batch that a hidden page is putting would otherwise ask again at once, and so keep the page busy for ever.
      await Promise.all([slice, parts.hide.whenPut()])
    },
    writeSoon: () => timer.runApart(SOON_MS),
    writeLater: () => timer.runAfter(LATER_MS),
    isWell,
    usableStore,
  }
}

/** Runs something once, at the earliest of the times that it is told. */
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
    /** Runs in the next task, but not so soon after the last run. */
    runApart: (ms: number) => runAt(Math.max(clock.elapsed(), last + ms)),
    /** Runs after so long. */
    runAfter: (ms: number) => runAt(clock.elapsed() + ms),
  }
}
