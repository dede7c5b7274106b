import { stringify } from '../../shared/json'
import type { Locks } from '../../browser/locks'
import { recordsOf } from './outboxStore'
import { toBatch, type Batch } from './batch'
import type { DeliveryParts } from './tools'

interface PredecessorParts extends Pick<DeliveryParts, 'scope' | 'openDatabase' | 'deleteDatabase'> {
  locks: Locks
  /** The databases of 0.1.0. */
  names: readonly string[]
  /** Stores batches under a life. */
  keep: (life: string, batches: readonly Batch[]) => Promise<void>
}

/** The life under which its batches are stored: every page of this version may adopt it. */
const LIFE = '0.1.0'
/** The locks of 0.1.0 begin with the first prefix, and those of this version, which are none of 0.1.0's, with the second. */
const PREDECESSOR_LOCKS = 'pennon:'
const OUR_LOCKS = 'pennon:2:'

/**
 * Takes over what pages of pennon 0.1.0 left on this origin, as if one more dead page had left it, and deletes their databases. While
 * such a page is open nothing is done, because its data would be gone. Rejects when storage fails.
 */
export async function takeOverPredecessor(parts: PredecessorParts): Promise<void> {
  const { names, scope, locks } = parts
  const ours = `${OUR_LOCKS}${scope}:${LIFE}`
  const isOurs = ([[, recordScope]]: readonly [key: unknown[], value: unknown]) => recordScope === scope
  const isOpen = async () =>
    (await locks.held()).some((name) => name.startsWith(PREDECESSOR_LOCKS) && !name.startsWith(OUR_LOCKS))
  const release = (await isOpen()) ? undefined : await locks.take(ours)
  if (!release) return

  try {
    const batches = new Map<string, Batch>()
    const gone: unknown[][] = []
    const databases = names.map((name) => ({ name, keyValue: parts.openDatabase(name) }))
    for (const { keyValue } of databases) {
      const records = (await keyValue?.transact('readonly', readAll)) ?? []
      for (const [key, value] of records.filter(isOurs)) {
        if (key[0] === 'gone') gone.push(...(value as unknown[][]))
        if (key[0] !== 'batch') continue
        const id = `${String(key[2])}.${String(key[3])}`
        for (const batch of toBatch({ ...(value as object), id })) batches.set(stringify(key), batch)
      }
    }
    // These batches were handed over as their pages went.
    for (const key of gone) batches.delete(stringify(key))
    await parts.keep(LIFE, [...batches.values()])
    for (const { name, keyValue } of databases) {
      const isEmpty = await keyValue?.transact('readwrite', async (store) => {
        const records = await readAll(store)
        const own = records.filter(isOurs)
        for (const [key] of own) store.delete(key as IDBValidKey)
        return records.every((record) => own.includes(record) || record[0][0] !== 'batch')
      })
      keyValue?.close()
      if (isEmpty) parts.deleteDatabase(name)
    }
  } finally {
    release()
  }
}

/** Reads every record of 0.1.0. Their keys are arrays. */
async function readAll(store: IDBObjectStore) {
  return (await recordsOf(store)).filter(([key]) => Array.isArray(key))
}
