import { createStore, type UseStore } from 'idb-keyval'
import { abort } from './abort'
import { clock } from './clock'
import { setDeadline } from './setDeadline'
import { theNavigator } from './theNavigator'

/** One database of records by key. It may lie, hang or die, so whoever uses it can go on without it. */
export interface KeyValue {
  /**
   * Runs `work` in one transaction. Resolves with its result when the transaction is complete: a single `put` may have
   * succeeded and the commit still fail. Rejects when storage cannot be used, or the transaction aborted.
   */
  transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => T | PromiseLike<T>): Promise<T>
  /** Whether a transaction would begin without waiting for the database to be opened. */
  isOpen(): boolean
  /**
   * Closes the database after the transactions that have begun, or aborts these, which then reject with `INTERRUPTED`. The next
   * transaction opens it anew.
   */
  suspend(isAborting?: boolean): void
  /** Closes the database for good, after the transactions that have begun. Later ones are rejected. */
  close(): void
}

interface KeyValueParts {
  database: string
  /** Hears once that storage cannot be used, or not any more. */
  onFault: (why: string) => void
}

const STORE = 'entries'
/** The lock that all pages of the origin ask for when they open a database. */
const OPENING = 'pennon-opening'
/** An open that fires no event at all has been seen to hang for ever (jakearchibald/idb-keyval#120). */
const OPEN_TIMEOUT_MS = 2_000
/**
 * Time from one opening of a database that does not answer to the next: the browser may have lost the first request, and answer another one
 * (WebKit bug 226547). It is long, because each attempt keeps somebody waiting for 2 s, and shorter than delivery's pause after a fault.
 */
const NEXT_OPEN_MS = 27_000
/** Deadline of a transaction. One that has not ended by then is given up, so that it does not hold up delivery. */
const TRANSACTION_TIMEOUT_MS = 10_000
/** Most openings in a row. A connection that keeps getting lost is a broken disk, not bad luck (Expensify/react-native-onyx#780). */
const MAX_OPENINGS = 4
/** A transaction that was aborted because its page went rejects with this. It says nothing about the disk. */
export const INTERRUPTED = new Error('the page went')

/** @returns undefined where there is no IndexedDB at all, as on a server */
export function createKeyValue({ database, onFault }: KeyValueParts): KeyValue | undefined {
  if (!hasIndexedDb()) return undefined
  let store: UseStore | undefined
  let db: IDBDatabase | undefined
  let openings = 0
  let nextOpenAt = 0
  let isHung = false
  let isFaulty = false
  let isClosed = false
  let running = 0
  const begun = new Set<IDBTransaction>()

  const letGo = () => {
    db?.close()
    // idb-keyval keeps using a connection that it did not see closed. Only a new store opens another one.
    db = store = undefined
  }

  const open = (): UseStore => {
    // After the last opening that is allowed, its store is kept: the answer may come late.
    if (store && (db || openings === MAX_OPENINGS || clock.elapsed() < nextOpenAt)) return store
    if (++openings > MAX_OPENINGS) throw new Error('the connection was lost too often')
    nextOpenAt = clock.elapsed() + NEXT_OPEN_MS
    isHung = false
    store = createStore(database, STORE)
    return store
  }

  const adopt = (opened: IDBDatabase) => {
    if (db === opened) return
    db = opened
    const lose = () => {
      if (db === opened) letGo()
    }
    // The browser says by `versionchange` that another tab wants to delete or upgrade the database, and waits until this
    // connection is closed.
    opened.addEventListener('versionchange', lose)
    opened.addEventListener('close', lose)
  }

  const run: KeyValue['transact'] = async (mode, work) => {
    let used: UseStore | undefined
    let entered: IDBTransaction | undefined
    let isGivenUp = false
    try {
      const before = store
      const storeUsed = (used = open())
      const working = storeUsed(mode, async (objectStore) => {
        const { transaction } = objectStore
        if (storeUsed === store) adopt(transaction.db)
        // The database was given up while it was being opened. It closes when this transaction is complete.
        else transaction.db.close()
        // The database opened too late: nobody waits for this transaction any more, and its work may have been done otherwise.
        if (isGivenUp) {
          abort(transaction)
          throw HUNG
        }
        begun.add((entered = transaction))
        const done = new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve()
          transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
        })
        // An async function, so that both promises are awaited even if `work` throws at once.
        const works = async () => work(objectStore)
        const [result] = await Promise.all([works(), done])
        return result
      })
      if (storeUsed !== before) lockWhile(working.catch(nothing)).catch(nothing)
      // Nobody waits again for an opening that was given up.
      const result = await withDeadline(working, db ? TRANSACTION_TIMEOUT_MS : isHung ? 0 : OPEN_TIMEOUT_MS)
      // A connection that is lost now and then, and works again each time, is no broken disk.
      openings = 0
      return result
    } catch (fault) {
      isGivenUp = true
      // A fault inside the transaction concerns this transaction alone; one before it concerns the connection.
      if (entered) {
        abort(entered)
        throw begun.has(entered) ? fault : INTERRUPTED
      }
      isHung = fault === HUNG
      if (!isHung && used) {
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
      // The connection was not lost, so the next opening counts as the first.
      openings = 0
    },
    close() {
      isClosed = true
      if (!running) letGo()
    },
  }
}

/**
 * Asks for the lock `OPENING`, and holds it until the first transaction is complete. Chromium takes a page into the bfcache while that
 * creates a database, and lets every later page wait for it; but it throws a page out that holds a lock which another one asks for.
 */
async function lockWhile(opening: Promise<unknown>) {
  const asking = new AbortController()
  const request = async (options: LockOptions, hold: () => unknown = nothing) =>
    theNavigator()?.locks?.request(OPENING, options, hold)
  // To have asked for the lock is enough. With `ifAvailable`, Firefox would never put a page into the bfcache that asked in
  // vain. The browser has heard both requests when it grants the first one: Chromium forgets an `abort` that comes sooner.
  const hold = () => {
    asking.abort()
    return opening
  }
  await Promise.all([request({ mode: 'shared' }, hold), request({ signal: asking.signal })])
}

function nothing() {}

function hasIndexedDb(): boolean {
  try {
    return typeof indexedDB !== 'undefined'
  } catch {
    // There is IndexedDB, but this page may not use it. That is a fault, which is told when the database is first tried.
    return true
  }
}

/** A transaction rejects with this when no event came in time. One may still come later. */
const HUNG = new Error('IndexedDB does not answer')

function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    promise.then(resolve, reject).finally(setDeadline(clock, ms, () => reject(HUNG)))
  })
}
