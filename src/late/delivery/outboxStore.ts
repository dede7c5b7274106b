import { requestResult } from '../../browser/requestResult'
import { stringify } from '../../shared/json'
import { createHideSlots, type HideSlotsParts } from './hideSlots'
import { createTransactions } from './transactions'
import type { KeyValue } from '../../browser/keyValue'
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
   * Writes without reading, committed at once: the page may be gone before the next task. What is under way and not complete
   * is given up.
   */
  writeAtOnce(change: OutboxChange): Promise<void>
  /** Makes readable what pages wrote at once before they went. Never rejects. */
  recover(): Promise<void>
  /** The pages that left something behind. */
  pages(): Promise<string[]>
  read(page: string, isKnown?: (id: BatchId) => boolean): Promise<Batch[]>
  /** Deletes everything of this scope, and gives up what is under way. */
  clear(): Promise<void>
  /** The page may be suspended: it takes nothing over that it could not give back. */
  stopWaiting(): void
  /** What this page wrote at once is anybody's from now on. */
  letGo(): void
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
/** In a hide slot, `[GONE, scope, page, number]`: keys of what is to be deleted from the outbox. */
const GONE = 'gone'
/** Of one record, which is 60 KB at most: a big one does not survive the page that is closed (4 of 20). */
const SEEN_IDS = 100
/** Page hide may come in between. */
const MOST_TRIES = 3

/** @param slots databases for page hide; without them it has to take the chance that another tab is in front */
export function createOutboxStore(
  keyValue: KeyValue,
  scope: string,
  slots?: Omit<HideSlotsParts, 'transactions' | 'outbox' | 'move'>,
): OutboxStore {
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

  const transactions = createTransactions()
  const transact: KeyValue['transact'] = (mode, work) => transactions.transact(keyValue, mode, work)
  const hideSlots =
    slots &&
    createHideSlots({
      ...slots,
      transactions,
      outbox: keyValue,
      move(outbox, key, value) {
        try {
          if ((key as IDBValidKey[])[0] !== GONE) outbox.put(value, key)
          else for (const gone of value as IDBValidKey[]) outbox.delete(gone)
        } catch {
          // Anybody may have written there.
        }
      },
    })
  const clear = (store: IDBObjectStore) => {
    for (const records of [BATCH, SEEN, GONE]) store.delete(all(records, scope))
  }

  return {
    async write(seen, decide) {
      // What is delivered since must not come back.
      for (let tries = 0; hideSlots?.isUsed(); tries++) {
        if (tries === MOST_TRIES) throw new Error('what was written at page hide cannot be moved')
        await hideSlots.take()
      }
      await transact('readwrite', async (store) => {
        const hour = seen.hour()
        store.delete(IDBKeyRange.bound([SEEN, scope], [SEEN, scope, hour], false, true))
        const keys = await requestResult(store.getAllKeys(all(SEEN, scope, hour)))
        const fresh = keys.filter((key) => !seen.records.has(stringify(key)))
        const found = await Promise.all(fresh.map((key) => requestResult<unknown>(store.get(key))))
        for (const ids of found) if (Array.isArray(ids)) seen.learn(ids as string[], hour)
        for (const key of fresh) seen.records.add(stringify(key))
        apply(store, decide())
      })
      // Not before: what others have seen, and the definitions, are waited for.
      void hideSlots?.take()
    },
    writeAtOnce(change) {
      const gone = [...change.remove].map(batchKey)
      const left = hideSlots?.write((store) => {
        apply(store, change)
        if (gone.length) store.put(gone, [GONE, scope, ...change.seen.id])
      })
      const isSure = left?.isSure
      // If nobody is in front: so that it is known at once, not only when somebody looks into the slot.
      const here = transactions.commit(keyValue, (store) => apply(store, isSure ? { ...change, put: [] } : change))
      const [sure, other] = isSure ? [left?.done, here] : [here, left?.done]
      other?.catch(() => undefined)
      return sure
    },
    async recover() {
      await hideSlots?.take()
      await hideSlots?.recover()
    },
    pages: () =>
      transact('readonly', async (store) => {
        const keys = (await requestResult(store.getAllKeys(all(BATCH, scope)))) as string[][]
        return [...new Set(keys.map(([, , page]) => page as string))]
      }),
    read: (page, isKnown = () => false) =>
      transact('readonly', async (store) => {
        const keys = (await requestResult(store.getAllKeys(all(BATCH, scope, page)))) as unknown[][]
        const ids = keys.map((key) => key.slice(2) as unknown as BatchId).filter((id) => !isKnown(id))
        const values = await Promise.all(
          ids.map((id) => requestResult(store.get(batchKey(id)) as IDBRequest<Partial<Batch> | undefined>)),
        )
        // What is stored is untrusted: another version, or anything, may have written it.
        return values.flatMap(({ kind, mode, at, items, bytes } = {}, n) =>
          kind && mode && at && Array.isArray(items)
            ? { id: ids[n] as BatchId, kind, mode, at, items, bytes: bytes || 0 }
            : [],
        )
      }),
    async clear() {
      // At once: what is being written would not be deleted, or what comes after it as well.
      const cleared = transactions.commit(keyValue, clear)
      const [, slotsCleared] = await Promise.allSettled([cleared, hideSlots?.each(clear)])
      // And what was moved from a slot in between.
      await transactions.commit(keyValue, clear)
      if (slotsCleared.status === 'rejected') throw slotsCleared.reason
    },
    stopWaiting: () => hideSlots?.stopWaiting(),
    letGo: () => hideSlots?.letGo(),
  }
}
