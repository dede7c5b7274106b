import { requestResult } from '../browser/requestResult'
import type { KeyValue } from '../browser/keyValue'
import type { Seen } from './seen'

/** Items of one kind, recorded by one page under one mode, that are stored and removed together. */
export interface Batch {
  /** Page and number: its place on disk. */
  readonly id: BatchId
  readonly kind: string
  readonly mode: string
  /** When its first item was recorded, epoch ms. */
  readonly at: number
  readonly items: readonly unknown[]
  /** Estimate of the size of its items on the wire. */
  readonly bytes: number
}

export type BatchId = readonly [page: string, number: number]

/** The outbox on disk. All of it rejects when storage fails. */
export interface OutboxStore {
  /** Reads what other pages have seen in this hour, and writes what `decide` says then, in one transaction. */
  write(seen: Seen, decide: () => OutboxChange): Promise<void>
  /**
   * Writes without reading, committed at once: the page may be gone before the next task. A `write` that is not complete is
   * given up: it would die with the page, and what waits behind it too.
   */
  writeAtOnce(change: OutboxChange): Promise<void>
  /** The pages that left something behind. */
  pages(): Promise<string[]>
  read(page: string): Promise<Batch[]>
  /** Deletes everything of this scope. */
  clear(): Promise<void>
}

export interface OutboxChange {
  remove: Iterable<BatchId>
  put: readonly Batch[]
  /** First seen by a page in an hour. */
  seen: { id: BatchId; hour: number; ids: readonly string[] }
}

/** Records are `[BATCH, scope, page, number]` and `[SEEN, scope, hour, page, number, part]`. */
const BATCH = 'batch'
const SEEN = 'seen'
/** Of one record, which is 60 KB at most: a big one does not survive the page that is closed (4 of 20). */
const SEEN_IDS = 100

export function createOutboxStore(keyValue: KeyValue, scope: string): OutboxStore {
  const batchKey = (id: BatchId) => [BATCH, scope, ...id]
  // An array sorts after every number and text, so that `[…, []]` ends a range.
  const all = (...start: (string | number)[]) => IDBKeyRange.bound(start, [...start, []])

  const apply = (store: IDBObjectStore, { remove, put, seen: { id, hour, ids } }: OutboxChange) => {
    for (const old of remove) store.delete(batchKey(old))
    for (const { id: itsId, kind, mode, at, items, bytes } of put) {
      store.put({ kind, mode, at, items, bytes }, batchKey(itsId))
    }
    for (let n = 0; n < ids.length; n += SEEN_IDS) {
      store.put(ids.slice(n, n + SEEN_IDS), [SEEN, scope, hour, ...id, n])
    }
  }

  // What was asked for and is not complete, with its transaction once it has one.
  const active = new Map<object, IDBTransaction | undefined>()
  const transact: KeyValue['transact'] = (mode, work) => {
    const task = {}
    active.set(task, undefined)
    const done = keyValue.transact(mode, (store) => {
      if (!active.has(task)) throw new Error('overtaken')
      active.set(task, store.transaction)
      return work(store)
    })
    return done.finally(() => active.delete(task))
  }
  // A transaction that has to wait for another, even for one that only reads, dies with the page, though it was committed:
  // 0 of 16 survived in Chromium 156, and 16 of 16 with the other one aborted.
  const overtake = () => {
    for (const transaction of active.values()) {
      try {
        transaction?.abort()
      } catch {
        // It is over, or as good as that.
      }
    }
    active.clear()
  }

  return {
    write: (seen, decide) =>
      transact('readwrite', async (store) => {
        const hour = seen.hour()
        store.delete(IDBKeyRange.bound([SEEN, scope], [SEEN, scope, hour], false, true))
        const keys = await requestResult(store.getAllKeys(all(SEEN, scope, hour)))
        const fresh = keys.filter((key) => !seen.records.has(JSON.stringify(key)))
        const found = await Promise.all(fresh.map((key) => requestResult<unknown>(store.get(key))))
        for (const ids of found) if (Array.isArray(ids)) seen.learn(ids as string[], hour)
        for (const key of fresh) seen.records.add(JSON.stringify(key))
        apply(store, decide())
      }),
    writeAtOnce(change) {
      overtake()
      return keyValue.transact('readwrite', (store) => {
        apply(store, change)
        // Without it the transaction waits for a task that a page which goes away does not get.
        store.transaction.commit?.()
      })
    },
    pages: () =>
      transact('readonly', async (store) => {
        const keys = (await requestResult(store.getAllKeys(all(BATCH, scope)))) as string[][]
        return [...new Set(keys.map(([, , page]) => page as string))]
      }),
    read: (page) =>
      transact('readonly', async (store) => {
        const range = all(BATCH, scope, page)
        const [keys, values] = await Promise.all([
          requestResult(store.getAllKeys(range)),
          requestResult(store.getAll(range) as IDBRequest<(Partial<Batch> | undefined)[]>),
        ])
        // What is stored is untrusted: another version, or anything, may have written it.
        return values.flatMap(({ kind, mode, at, items, bytes } = {}, n) =>
          kind && mode && at && Array.isArray(items)
            ? { id: (keys[n] as unknown[]).slice(2) as unknown as BatchId, kind, mode, at, items, bytes: bytes || 0 }
            : [],
        )
      }),
    clear: () =>
      transact('readwrite', (store) => {
        for (const records of [BATCH, SEEN]) store.delete(all(records, scope))
      }),
  }
}
