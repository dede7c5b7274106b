import type { KeyValue } from '../browser/keyValue'

/** Items of one kind, recorded by one page under one mode, that are stored and removed together. */
export interface Batch {
  /** Page and number: its place on disk. */
  readonly id: BatchId
  readonly kind: string
  readonly mode: string
  /** When its first item was recorded, epoch ms. */
  readonly at: number
  items: unknown[]
  /** Estimate of the size of its items on the wire. */
  bytes: number
}

export type BatchId = readonly [page: string, number: number]

/** Identities that were recorded in one hour, each with the time when. */
export type Seen = readonly (readonly [id: string, time: number])[]

/** The outbox on disk. All of it rejects when storage fails. */
export interface OutboxStore {
  /**
   * One transaction that writes. `decide` is given the identities of this hour that were not known yet, and says, when all
   * has been read, what is to be deleted and stored. Identities of hours before are forgotten.
   */
  write(knownSeen: Set<string>, hour: number, decide: (seen: Seen) => OutboxChange): Promise<void>
  /**
   * As `write`, without reading and committed at once: the page may be gone before the next task. A `write` that is not
   * complete is given up: it would die with the page, and what waits behind it too.
   */
  writeAtOnce(change: OutboxChange): Promise<void>
  /** The pages that left something behind. */
  pages(): Promise<string[]>
  read(pages: readonly string[]): Promise<Batch[]>
  /** Deletes everything of this scope. */
  clear(): Promise<void>
}

export interface OutboxChange {
  remove: readonly BatchId[]
  put: readonly Batch[]
  /** Seen by `page` in `hour`. */
  seen?: { page: string; number: number; hour: number; entries: Seen }
}

/**
 * Records are `[BATCH, scope, page, number]` and `[SEEN, scope, hour, page, number]`: an array sorts after every number and
 * text, so that `[…, []]` ends a range.
 */
const BATCH = 'batch'
const SEEN = 'seen'

export function createOutboxStore(keyValue: KeyValue, scope: string): OutboxStore {
  const batchKey = ([page, number]: BatchId) => [BATCH, scope, page, number]
  const all = (...start: (string | number)[]) => IDBKeyRange.bound(start, [...start, []])

  const apply = (store: IDBObjectStore, { remove, put, seen }: OutboxChange) => {
    for (const id of remove) store.delete(batchKey(id))
    for (const { id, ...batch } of put) store.put(batch, batchKey(id))
    if (seen?.entries.length) store.put(seen.entries, [SEEN, scope, seen.hour, seen.page, seen.number])
  }

  const readSeen = async (store: IDBObjectStore, known: Set<string>, hour: number): Promise<Seen> => {
    const keys = (await done(store.getAllKeys(all(SEEN, scope, hour)))) as (string | number)[][]
    const fresh = keys.filter((key) => !known.has(String(key)))
    const entries = (await Promise.all(fresh.map((key) => done(store.get(key))))) as Seen[]
    for (const key of fresh) known.add(String(key))
    return entries.flat()
  }

  /** A `write` that is not complete. */
  let active: IDBTransaction | undefined

  return {
    write: (known, hour, decide) =>
      keyValue
        .transact('readwrite', async (store) => {
          active = store.transaction
          store.delete(IDBKeyRange.bound([SEEN, scope], [SEEN, scope, hour], false, true))
          apply(store, decide(await readSeen(store, known, hour)))
        })
        .finally(() => (active = undefined)),
    writeAtOnce(change) {
      try {
        active?.abort()
      } catch {
        // It is being committed, and as good as complete.
      }
      return keyValue.transact('readwrite', (store) => {
        apply(store, change)
        // Without it the transaction waits for a task that a page which goes away does not get.
        store.transaction.commit?.()
      })
    },
    pages: () =>
      keyValue.transact('readonly', async (store) => {
        const keys = (await done(store.getAllKeys(all(BATCH, scope)))) as string[][]
        return [...new Set(keys.map(([, , page]) => page as string))]
      }),
    read: (pages) =>
      keyValue.transact('readonly', async (store) => {
        const batches = await Promise.all(
          pages.map(async (page) => {
            const range = all(BATCH, scope, page)
            const [keys, values] = await Promise.all([done(store.getAllKeys(range)), done(store.getAll(range))])
            return values.flatMap((value, n) => toBatch((keys[n] as [string, string, string, number])[3], page, value))
          }),
        )
        return batches.flat().sort((a, b) => a.at - b.at)
      }),
    clear: () =>
      keyValue.transact('readwrite', (store) => {
        store.delete(all(BATCH, scope))
        store.delete(all(SEEN, scope))
      }),
  }
}

/** What is stored is untrusted: another version, or anything, may have written it. */
function toBatch(number: number, page: string, value: unknown): Batch[] {
  const { kind, mode, at, items, bytes } = (value ?? {}) as Partial<Batch>
  return typeof kind === 'string' && typeof mode === 'string' && Number.isFinite(at) && Array.isArray(items)
    ? [{ id: [page, number], kind, mode, at: at as number, items, bytes: Number(bytes) || 0 }]
    : []
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('failed'))
  })
}
