import type { KeyValue } from '../../browser/keyValue'

/** Transactions of this page that can be given up, for one that must not wait. */
export interface Transactions {
  transact<T>(
    keyValue: KeyValue,
    mode: IDBTransactionMode,
    work: (store: IDBObjectStore) => T | PromiseLike<T>,
  ): Promise<T>
  /**
   * Gives up those that are not complete, and writes at once: the page may be gone before the next task. A transaction that
   * has to wait for another, even for one that only reads, dies with the page, though it was committed: 0 of 16 survived in
   * Chromium 156, and 16 of 16 with the other one aborted.
   */
  commit(keyValue: KeyValue, work: (store: IDBObjectStore) => void): Promise<void>
}

export function createTransactions(): Transactions {
  // What was asked for and is not complete, with its transaction once it has one.
  const active = new Map<object, IDBTransaction | undefined>()

  return {
    transact(keyValue, mode, work) {
      const task = {}
      active.set(task, undefined)
      const done = keyValue.transact(mode, (store) => {
        if (!active.has(task)) throw new Error('overtaken')
        active.set(task, store.transaction)
        return work(store)
      })
      return done.finally(() => active.delete(task))
    },
    commit(keyValue, work) {
      for (const transaction of active.values()) {
        try {
          transaction?.abort()
        } catch {
          // It is over, or as good as that.
        }
      }
      active.clear()
      return keyValue.transact('readwrite', (store) => {
        work(store)
        // Without it the transaction waits for a task that a page which goes away does not get.
        store.transaction.commit?.()
      })
    },
  }
}
