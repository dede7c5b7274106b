import { requestResult } from './requestResult'
import { theNavigator } from './theNavigator'
import type { KeyValue } from './keyValue'

/**
 * Who may send what a page left on disk: whoever holds that page's lock. A page holds its own while it lives, and takes
 * those of dead pages with what they left; when it dies, all of it is free again.
 */
export interface PageLock {
  /** @returns false when a page has it already, this one included. Rejects where nothing can be locked. */
  hold(pageId: string): Promise<boolean>
  /** Lets go of all. */
  letGo(): void
}

/** So often a page without Web Locks says that it is alive, and after so long without a word it is not. */
const LEASE_MS = 10_000
const LEASE_STALE_MS = 60_000

/** By Web Locks, which the browser lets go when a page dies; where it has none, by leases in the database. */
export function createPageLock(scope: string, keyValue: KeyValue, now: () => number): PageLock {
  const locks = theNavigator()?.locks
  return locks ? withLocks(locks, scope) : withLeases(keyValue, scope, now)
}

function withLocks(locks: LockManager, scope: string): PageLock {
  let releases: (() => void)[] = []
  return {
    hold: (pageId) =>
      new Promise((resolve, reject) => {
        locks
          .request(`pennon:${scope}:page:${pageId}`, { ifAvailable: true }, (lock) => {
            resolve(lock !== null)
            return lock && new Promise<void>((release) => releases.push(release))
          })
          .catch(reject)
      }),
    letGo() {
      for (const release of releases) release()
      releases = []
    },
  }
}

function withLeases(keyValue: KeyValue, scope: string, now: () => number): PageLock {
  const held = new Set<string>()
  let timer: ReturnType<typeof setInterval> | undefined
  const key = (pageId: string) => ['lease', scope, pageId]
  const update = (change: (store: IDBObjectStore, pageId: string) => void) => {
    const pageIds = [...held]
    keyValue.transact('readwrite', (store) => pageIds.forEach((pageId) => change(store, pageId))).catch(() => undefined)
  }
  return {
    hold: (pageId) =>
      keyValue.transact('readwrite', async (store) => {
        const time = (await requestResult(store.get(key(pageId)))) as number
        if (Math.abs(now() - time) < LEASE_STALE_MS) return false
        store.put(now(), key(pageId))
        held.add(pageId)
        timer ??= setInterval(() => update((leases, id) => leases.put(now(), key(id))), LEASE_MS)
        return true
      }),
    letGo() {
      clearInterval(timer)
      timer = undefined
      if (held.size) update((leases, id) => leases.delete(key(id)))
      held.clear()
    },
  }
}
