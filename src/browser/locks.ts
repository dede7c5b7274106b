import { requestResult } from './requestResult'
import { theNavigator } from './theNavigator'
import type { KeyValue } from './keyValue'

/** Locks that a page holds while it lives; when it dies, all of them are free again. */
export interface PageLock {
  /** @returns false when a page has it already, this one included. Rejects where nothing can be locked. */
  hold(name: string): Promise<boolean>
  /**
   * As soon as who has it lets go of it; never, where only time tells that a page is dead.
   *
   * @returns false, or rejects, when it is not waited for any more
   */
  wait(name: string): Promise<boolean>
  /** A page that may be suspended must not be given anything: it could not let go of it. */
  stopWaiting(): void
  /** Lets go of one, or of all, and of what is asked for. */
  letGo(name?: string): void
}

/** So often a page without Web Locks says that it is alive, and after so long without a word it is not. */
const LEASE_MS = 10_000
const LEASE_STALE_MS = 60_000

/**
 * By Web Locks, which the browser lets go when a page dies; where it has none, by leases in the database.
 *
 * @param prefix of the names, to tell them apart from those of other purposes
 */
export function createPageLock(prefix: string, keyValue: KeyValue, now: () => number): PageLock {
  const locks = theNavigator()?.locks
  return locks ? withLocks(locks, prefix) : withLeases(keyValue, prefix, now)
}

function withLocks(locks: LockManager, prefix: string): PageLock {
  const releases = new Map<string, () => void>()
  let turn = 0
  let waits = new AbortController()
  const request = (name: string, options: LockOptions) =>
    new Promise<boolean>((resolve, reject) => {
      const its = turn
      locks
        .request(`pennon:${prefix}:${name}`, options, (lock) => {
          const isHeld = lock !== null && its === turn && !options.signal?.aborted
          resolve(isHeld)
          return isHeld && new Promise<void>((release) => releases.set(name, release))
        })
        .catch(reject)
    })
  const stopWaiting = () => {
    waits.abort()
    waits = new AbortController()
  }
  return {
    hold: (name) => request(name, { ifAvailable: true }),
    wait: (name) => request(name, { signal: waits.signal }),
    stopWaiting,
    letGo(only) {
      for (const [name, release] of releases) {
        if (only && name !== only) continue
        release()
        releases.delete(name)
      }
      if (only) return
      turn++
      stopWaiting()
    },
  }
}

function withLeases(keyValue: KeyValue, prefix: string, now: () => number): PageLock {
  const held = new Set<string>()
  let timer: ReturnType<typeof setInterval> | undefined
  const key = (name: string) => ['lease', prefix, name]
  const update = (names: Iterable<string>, change: (store: IDBObjectStore, name: string) => void) => {
    const all = [...names]
    keyValue.transact('readwrite', (store) => all.forEach((name) => change(store, name))).catch(() => undefined)
  }
  return {
    hold: (name) =>
      keyValue.transact('readwrite', async (store) => {
        const time = (await requestResult(store.get(key(name)))) as number
        if (Math.abs(now() - time) < LEASE_STALE_MS) return false
        store.put(now(), key(name))
        held.add(name)
        timer ??= setInterval(() => update(held, (leases, each) => leases.put(now(), key(each))), LEASE_MS)
        return true
      }),
    wait: () => new Promise(() => undefined),
    stopWaiting: () => undefined,
    letGo(only) {
      const names = [...held].filter((name) => !only || name === only)
      if (names.length) update(names, (leases, name) => leases.delete(key(name)))
      for (const name of names) held.delete(name)
      if (held.size) return
      clearInterval(timer)
      timer = undefined
    },
  }
}
