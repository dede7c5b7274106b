import { createStore, type UseStore } from 'idb-keyval'
import { abort } from './abort'
import { clock } from './clock'
import { theNavigator } from './theNavigator'

/** One database of records by key. It may lie, hang or die: whoever uses it goes on without. */
export interface KeyValue {
  /**
   * Runs `work` in one transaction. Resolves with its result when the transaction is complete: a single `put` may have
   * succeeded and the commit still fail. Rejects when storage cannot be used, or the transaction aborted.
   */
  transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => T | PromiseLike<T>): Promise<T>
  /** A transaction would begin without waiting for the database to be opened. */
  isOpen(): boolean
  /**
   * Lets go of the database after the transactions that have begun, or aborts these, which then reject with `INTERRUPTED`. The next
   * one opens it anew.
   */
  suspend(isAborting?: boolean): void
  /** Lets go of the database for good, after the transactions that have begun. Later ones are rejected. */
  close(): void
}

interface KeyValueParts {
  database: string
  /** Storage cannot be used, or not any more. Once. */
  onFault: (why: string) => void
}

const STORE = 'entries'
/** The lock of all pages of the origin that open a database. */
const OPENING = 'pennon-opening'
/** An open that fires no event at all has been seen to hang for ever (jakearchibald/idb-keyval#120). */
const OPEN_TIMEOUT_MS = 2_000
/**
 * The browser may have lost such an open, and answer another one (WebKit bug 226547). Not at once, so that nobody waits 2 s each time;
 * sooner than delivery comes back after a fault.
 */
const NEXT_OPEN_MS = 25_000
/** A transaction that has not ended by then is given up, so that it does not hold up delivery. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** A connection that keeps getting lost is a broken disk, not bad luck (Expensify/react-native-onyx#780). */
const MAX_OPENINGS = 4
/** A transaction that was aborted as its page went says nothing about the disk. */
export const INTERRUPTED = new Error('the page went')

/** @returns undefined where there is no IndexedDB at all, as on a server */
export function createKeyValue({ database, onFault }: KeyValueParts): KeyValue | undefined {
  if (!hasIndexedDb()) return undefined
  let store: UseStore | undefined
  let db: IDBDatabase | undefined
  let openings = 0
  let openBy = 0
  let isFaulty = false
  let isClosed = false
  let running = 0
  const begun = new Set<IDBTransaction>()

  const letGo = () => {
    db?.close()
    // idb-keyval keeps a handle that it did not see closed: only a new store opens anew.
    db = store = undefined
  }

  const open = (): UseStore => {
    // The last one that may be opened is kept: its answer may come late.
    if (store && (db || openings === MAX_OPENINGS || clock.elapsed() < openBy + NEXT_OPEN_MS)) return store
    if (++openings > MAX_OPENINGS) throw new Error('the connection was lost too often')
    openBy = clock.elapsed() + OPEN_TIMEOUT_MS
    store = createStore(database, STORE)
    return store
  }

  const adopt = (opened: IDBDatabase) => {
    if (db === opened) return
    db = opened
    const lose = () => {
      if (db === opened) letGo()
    }
    // Another tab wants to delete or upgrade it: in its way we would block that tab.
    opened.addEventListener('versionchange', lose)
    opened.addEventListener('close', lose)
  }

  const run: KeyValue['transact'] = async (mode, work) => {
    let used: UseStore | undefined
    let entered: IDBTransaction | undefined
    let isGivenUp = false
    try {
      const before = store
      const itsStore = (used = open())
      const working = itsStore(mode, async (objectStore) => {
        const { transaction } = objectStore
        if (itsStore === store) adopt(transaction.db)
        // Let go of while it was being opened: it closes when this transaction is complete.
        else transaction.db.close()
        // The open was late: nobody waits for this any more, and it may have been done otherwise.
        if (isGivenUp) {
          abort(transaction)
          throw HUNG
        }
        begun.add((entered = transaction))
        const done = new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve()
          transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
        })
        // Async, so that what it throws at once does not leave `done` alone.
        const works = async () => work(objectStore)
        const [result] = await Promise.all([works(), done])
        return result
      })
      if (itsStore !== before) void lockWhile(working.catch(nothing))
      const result = await withDeadline(working, db ? TRANSACTION_TIMEOUT_MS : openBy - clock.elapsed())
      // A connection that is lost now and then, and heals each time, is no broken disk.
      openings = 0
      return result
    } catch (fault) {
      isGivenUp = true
      // Inside the transaction it is this transaction's own trouble; before it, the connection's.
      if (entered) {
        abort(entered)
        throw begun.has(entered) ? fault : INTERRUPTED
      }
      if (fault !== HUNG && used) {
        if (used === store) letGo()
        if (openings < MAX_OPENINGS) return run(mode, work)
      }
      if (!isFaulty) onFault(String(fault))
      isFaulty = true
      throw fault
    } finally {
      begun.delete(entered as IDBTransaction)
    }
  }

  return {
    async transact(mode, work) {
      if (isClosed) throw new Error('closed')
      running++
      try {
        return await run(mode, work)
      } finally {
        if (!--running && isClosed) letGo()
      }
    },
    isOpen: () => db !== undefined,
    suspend(isAborting) {
      if (isAborting) for (const transaction of begun) if (begun.delete(transaction)) abort(transaction)
      letGo()
      // The connection was not lost: the next opening is a first one.
      openings = 0
    },
    close() {
      isClosed = true
      if (!running) letGo()
    },
  }
}

/**
 * Chromium takes a page into the bfcache while it makes a database, and keeps every later page waiting for that one. It throws out
 * a page that holds a lock which another one asks for: so whoever opens a database asks, and holds it for the first transaction.
 */
async function lockWhile(opening: Promise<unknown>) {
  const request = async (options: LockOptions, until?: Promise<unknown>) =>
    theNavigator()?.locks?.request(OPENING, options, () => until)
  await Promise.all([request({ ifAvailable: true }), request({ mode: 'shared' }, opening)]).catch(nothing)
}

function nothing() {}

function hasIndexedDb(): boolean {
  try {
    return typeof indexedDB !== 'undefined'
  } catch {
    // There is one, and it may not be used: that is a fault, and said once it is tried.
    return true
  }
}

/** Says that no event came in time. A later one may still come. */
const HUNG = new Error('IndexedDB does not answer')

function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(HUNG), Math.max(ms, 0))
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
