import type { KeyValue } from './keyValue'

/** Tells which pages are alive, so that nobody takes what a living page will send itself. */
export interface PageLock {
  /** Marks this page as alive until it is let go, or the page is gone. */
  hold(pageId: string): void
  letGo(): void
  /** Those of these pages that nobody holds. */
  dead(pageIds: readonly string[]): Promise<string[]>
  /**
   * Runs `work` as the only one of all pages; not at all when another page is at it. The turn lasts until the promise of
   * `work` is settled.
   */
  alone(work: () => Promise<void>): Promise<void>
}

/** So often a page without Web Locks says that it is alive, and after so long without a word it is not. */
const LEASE_MS = 10_000
const LEASE_STALE_MS = 60_000

/** Ownership by Web Locks, which the browser lets go when a page dies; where it has none, by leases in the database. */
export function createPageLock(scope: string, keyValue: KeyValue, now: () => number): PageLock {
  const locks = typeof navigator === 'undefined' ? undefined : navigator.locks
  return locks ? withLocks(locks, `pennon:${scope}:`) : withLeases(keyValue, scope, now)
}

function withLocks(locks: LockManager, prefix: string): PageLock {
  let release: (() => void) | undefined
  const quietly = () => undefined
  return {
    hold(pageId) {
      release?.()
      const held = new Promise<void>((resolve) => (release = resolve))
      // A sandboxed frame refuses: its storage does as well.
      void locks.request(`${prefix}page:${pageId}`, () => held).catch(quietly)
    },
    letGo: () => release?.(),
    async dead(pageIds) {
      const { held = [], pending = [] } = await locks.query()
      const names = new Set([...held, ...pending].map(({ name }) => name))
      return pageIds.filter((pageId) => !names.has(`${prefix}page:${pageId}`))
    },
    alone: async (work) => {
      await locks.request(`${prefix}drain`, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
    },
  }
}

function withLeases(keyValue: KeyValue, scope: string, now: () => number): PageLock {
  const key = (name: string) => ['lease', scope, name]
  let timer: ReturnType<typeof setInterval> | undefined
  let heldId: string | undefined
  let turns = 0
  const write = (name: string, time: number | undefined) =>
    keyValue.transact('readwrite', (store) => {
      if (time === undefined) store.delete(key(name))
      else store.put(time, key(name))
    })
  const quietly = () => undefined
  const isFresh = (time: unknown) => typeof time === 'number' && Math.abs(now() - time) < LEASE_STALE_MS

  const letGo = () => {
    clearInterval(timer)
    if (heldId !== undefined) write(heldId, undefined).catch(quietly)
    heldId = undefined
  }

  return {
    hold(pageId) {
      letGo()
      heldId = pageId
      const renew = () => void write(pageId, now()).catch(quietly)
      renew()
      timer = setInterval(renew, LEASE_MS)
    },
    letGo,
    dead: (pageIds) =>
      keyValue.transact('readonly', async (store) => {
        const times = await Promise.all(pageIds.map((pageId) => read(store, key(pageId))))
        return pageIds.filter((_, n) => !isFresh(times[n]))
      }),
    async alone(work) {
      const turn = `${now()}-${turns++}-${Math.random()}`
      const isMine = await keyValue.transact('readwrite', async (store) => {
        const taken = (await read(store, key('drain'))) as { turn: string; until: number } | undefined
        if (taken && Math.abs(now() - taken.until) < LEASE_STALE_MS) return false
        store.put({ turn, until: now() }, key('drain'))
        return true
      })
      if (!isMine) return
      try {
        await work()
      } finally {
        await write('drain', undefined).catch(quietly)
      }
    },
  }
}

function read(store: IDBObjectStore, key: IDBValidKey): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = store.get(key)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('failed'))
  })
}
