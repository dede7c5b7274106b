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

/** Records are `[BATCH, scope, page, number]` and `[SEEN, scope, hour, page, number]`. */
const BATCH = 'batch'
const SEEN = 'seen'

export function createOutboxStore({ transact }: KeyValue, scope: string): OutboxStore {
  const batchKey = (id: BatchId) => [BATCH, scope, ...id]
  // An array sorts after every number and text, so that `[…, []]` ends a range.
  const all = (...start: (string | number)[]) => IDBKeyRange.bound(start, [...start, []])

  const apply = (store: IDBObjectStore, { remove, put, seen: { id, hour, ids } }: OutboxChange) => {
    for (const old of remove) store.delete(batchKey(old))
    for (const { id: itsId, kind, mode, at, items, bytes } of put) {
      store.put({ kind, mode, at, items, bytes }, batchKey(itsId))
    }
    if (ids.length) store.put(ids, [SEEN, scope, hour, ...id])
  }

  // A `write` that is not complete.
  let active: IDBTransaction | undefined

  return {
    write: (seen, decide) =>
      transact('readwrite', async (store) => {
        active = store.transaction
        const hour = seen.hour()
        store.delete(IDBKeyRange.bound([SEEN, scope], [SEEN, scope, hour], false, true))
        const keys = await requestResult(store.getAllKeys(all(SEEN, scope, hour)))
        const fresh = keys.filter((key) => !seen.records.has(String(key)))
        const found = await Promise.all(fresh.map((key) => requestResult<unknown>(store.get(key))))
        for (const ids of found) if (Array.isArray(ids)) seen.learn(ids as string[])
        for (const key of fresh) seen.records.add(String(key))
        apply(store, decide())
      }),
    writeAtOnce(change) {
      try {
        active?.abort()
      } catch {
        // It is over, or as good as that.
      }
      return transact('readwrite', (store) => {
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
