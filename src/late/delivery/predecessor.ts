import { stringify } from '../../shared/json'
import { requestResult } from '../../browser/requestResult'
import type { KeyValue } from '../../browser/keyValue'
import type { Locks } from '../../browser/locks'
import type { Batch } from './outbox'

interface PredecessorParts {
  /** Its databases. */
  names: readonly string[]
  scope: string
  locks: Locks
  open: (database: string) => KeyValue | undefined
  deleteDatabase: (name: string) => void
  /** Puts batches under the life of this name. */
  store: (life: string, batches: readonly Batch[]) => Promise<void>
}

const LIFE = '0.1.0'
/** Locks of ours begin with the second one, those of 0.1.0 with the first. */
const ITS_LOCKS = 'pennon:'
const OUR_LOCKS = 'pennon:2:'

/**
 * Takes over what pages of pennon 0.1.0 left on this origin, as what one more dead page left, and deletes its databases. Not
 * while one of them is open: it would find its data gone. Rejects when storage fails.
 */
export async function takeOverPredecessor(parts: PredecessorParts): Promise<void> {
  const { names, scope, locks, open, deleteDatabase } = parts
  const ours = `${OUR_LOCKS}${scope}:${LIFE}`
  const isOpen = async () =>
    (await locks.held()).some((name) => name.startsWith(ITS_LOCKS) && !name.startsWith(OUR_LOCKS))
  const release = (await isOpen()) ? undefined : await locks.take(ours)
  if (!release) return

  try {
    const batches = new Map<string, Batch>()
    const gone: unknown[][] = []
    const databases = names.map((name) => ({ name, keyValue: open(name) }))
    for (const { keyValue } of databases) {
      const records = (await keyValue?.transact('readonly', readAll)) ?? []
      for (const [key, value] of records.filter(([[, itsScope]]) => itsScope === scope)) {
        if (key[0] === 'gone') gone.push(...(value as unknown[][]))
        const { kind, mode, at, items, bytes } = (value ?? {}) as Partial<Batch>
        if (key[0] !== 'batch' || !kind || !mode || !at || !Array.isArray(items)) continue
        const id = `${String(key[2])}.${String(key[3])}`
        batches.set(stringify(key), { id, kind, mode, at, items, bytes: bytes || 0 })
      }
    }
    // What a page of 0.1.0 handed over as it went.
    for (const key of gone) batches.delete(stringify(key))
    await parts.store(LIFE, [...batches.values()])
    for (const { name, keyValue } of databases) {
      const isEmpty = await keyValue?.transact('readwrite', async (store) => {
        const records = await readAll(store)
        const own = records.filter(([[, itsScope]]) => itsScope === scope)
        for (const [key] of own) store.delete(key as IDBValidKey)
        return records.every((record) => own.includes(record) || record[0][0] !== 'batch')
      })
      keyValue?.close()
      if (isEmpty) deleteDatabase(name)
    }
  } finally {
    release()
  }
}

async function readAll(store: IDBObjectStore): Promise<[key: unknown[], value: unknown][]> {
  const [keys, values] = await Promise.all([
    requestResult(store.getAllKeys()),
    requestResult<unknown[]>(store.getAll()),
  ])
  return keys.flatMap((key, n) => (Array.isArray(key) ? [[key as unknown[], values[n]]] : []))
}
