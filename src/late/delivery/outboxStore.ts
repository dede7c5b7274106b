import { abort } from '../../browser/abort'
import { beginningWith } from '../../browser/beginningWith'
import { requestResult } from '../../browser/requestResult'
import { newId } from '../../shared/newId'
import type { KeyValue } from '../../browser/keyValue'
import { isText, toBatch, type Batch, type StoredId } from './batch'
import type { Dedupe } from './dedupe'
import type { Endpoints, StoredEndpoint } from './endpoints'

/** The outbox on disk. Each promise rejects when storage fails. */
export interface OutboxStore {
  /** Reads what other pages recorded this hour, and how the endpoints answered them. */
  learn(): Promise<void>
  /**
   * Does all this in one transaction: learns what other pages know, as `learn` does, reads the batches of a life, if one is given, and
   * makes the change that `decide` returns for them.
   */
  transact(decide: (found: Batch[]) => Change | undefined, life?: string): Promise<void>
  /** Puts batches and commits before it returns, because the page may be gone in a moment. Aborts the transaction that is under way. */
  putAtOnce(put: readonly StoredBatch[]): Promise<void>
  /** Finds the lives that have batches on disk. Deletes the batches of any environment that were not recorded at a recent time. */
  lives(isRecent: (time: number) => boolean): Promise<string[]>
}

/** A batch, and the life under which it lies. */
export type StoredBatch = Batch & StoredId

export interface Change {
  readonly remove?: Iterable<StoredId>
  readonly put: readonly StoredBatch[]
  /** Hashes of impressions that were recorded for the first time in this hour. */
  readonly seen?: readonly string[]
  readonly endpoints?: readonly StoredEndpoint[]
}

/** The keys of records are `[BATCH, scope, life, id, at]`, `[SEEN, scope, hour, id]` and `[ENDPOINT, scope, url]`. */
const BATCH = 'batch'
const SEEN = 'seen'
const ENDPOINT = 'endpoint'

export function createOutboxStore(
  keyValue: KeyValue,
  scope: string,
  { dedupe, endpoints }: { dedupe: Dedupe; endpoints: Endpoints },
): OutboxStore {
  let unfinished: IDBTransaction | undefined
  /** Ids of the SEEN records of `knownHour` that have been read, or written by this page. */
  const known = new Set<string>()
  let knownHour = 0

  const apply = (store: IDBObjectStore, { remove = [], put, seen = [], endpoints: changed = [] }: Change) => {
    for (const { home, id } of remove) store.delete(beginningWith(BATCH, scope, home, id))
    for (const batch of put) putBatch(store, batch)
    if (seen.length) {
      const hour = dedupe.hour()
      const id = newId(hour)
      known.add(id)
      store.put(seen.join(' '), [SEEN, scope, hour, id])
    }
    for (const { url, ...endpoint } of changed) store.put(endpoint, [ENDPOINT, scope, url])
  }
  const putBatch = (store: IDBObjectStore, { home, id, kind, mode, at, items, bytes, doubt }: StoredBatch) =>
    store.put({ kind, mode, items, bytes, doubt }, [BATCH, scope, home, id, at])

  const learnSeen = async (store: IDBObjectStore) => {
    const hour = dedupe.hour()
    if (hour !== knownHour) known.clear()
    knownHour = hour
    const keys = (await requestResult(store.getAllKeys(beginningWith(SEEN, scope, hour)))) as [
      string,
      string,
      number,
      string,
    ][]
    const fresh = keys.filter(([, , , id]) => !known.has(id))
    const found = await Promise.all(fresh.map((key) => requestResult<unknown>(store.get(key))))
    for (const text of found) if (isText(text)) dedupe.learn(text.split(' '), hour)
    for (const [, , , id] of fresh) known.add(id)
  }
  const learnEndpoints = async (store: IDBObjectStore) => {
    const found = await recordsOf(store, beginningWith(ENDPOINT, scope))
    endpoints.learn(found.map(([[, , url], value]) => ({ ...(value as object), url })))
  }

  const learn = async (store: IDBObjectStore) => void (await Promise.all([learnSeen(store), learnEndpoints(store)]))

  return {
    learn: () => keyValue.transact('readonly', learn),
    transact: (decide, life) =>
      keyValue.transact('readwrite', async (store) => {
        unfinished = store.transaction
        const [found] = await Promise.all([
          life === undefined ? [] : recordsOf(store, beginningWith(BATCH, scope, life)),
          learn(store),
        ])
        const change = decide(found.flatMap(([[, , , id, at], value]) => toBatch({ ...(value as object), id, at })))
        if (change) apply(store, change)
      }),
    putAtOnce(put) {
      // A transaction that waits for another one dies with the page, even if the other one is its own (Chromium 156: 0 of 16).
      abort(unfinished)
      return keyValue.transact('readwrite', (store) => {
        for (const batch of put) putBatch(store, batch)
        // The transaction would end in a later task without `commit`, and a closing page does not get one.
        store.transaction.commit?.()
      })
    },
    lives: (isRecent) =>
      keyValue.transact('readwrite', async (store) => {
        const keys = (await requestResult(store.getAllKeys(beginningWith()))) as unknown[][]
        const lives = new Set<string>()
        for (const key of keys) {
          const [kind, recordScope, lifeOrHour, , at] = key
          const isOldBatch = kind === BATCH && !isRecent(at as number)
          const isOldHour =
            kind === SEEN && !((lifeOrHour as number) >= dedupe.hour() && isRecent(lifeOrHour as number))
          if (isOldBatch || isOldHour) store.delete(key as IDBValidKey)
          else if (kind === BATCH && recordScope === scope) lives.add(lifeOrHour as string)
        }
        return [...lives]
      }),
  }
}

/** Deletes everything of an environment. */
export function forgetOutbox(keyValue: KeyValue, scope: string): Promise<void> {
  return keyValue.transact('readwrite', (store) => {
    for (const kind of [BATCH, SEEN, ENDPOINT]) store.delete(beginningWith(kind, scope))
  })
}

/** @param range of keys that are arrays; all of them unless given */
export async function recordsOf(
  store: IDBObjectStore,
  range?: IDBKeyRange,
): Promise<[key: unknown[], value: unknown][]> {
  const [keys, values] = await Promise.all([
    requestResult(store.getAllKeys(range)),
    requestResult<unknown[]>(store.getAll(range)),
  ])
  return keys.map((key, n) => [key as unknown[], values[n]])
}
