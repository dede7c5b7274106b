import { theNavigator } from './theNavigator'

/** The Web Locks of this origin. When a page dies, the browser releases its locks. */
export interface Locks {
  /**
   * Takes a lock if it is free. Resolves with a function that releases it, or with undefined where a page has it already, this one
   * included. Rejects where the browser refuses, and may never settle at all (supabase/supabase-js#2013).
   */
  take(name: string): Promise<(() => void) | undefined>
  /** Resolves with the names of all locks that pages of this origin hold. */
  held(): Promise<string[]>
}

/** Whether there are Web Locks: insecure pages have none. */
export function hasLocks(): boolean {
  return theNavigator()?.locks !== undefined
}

/** @returns undefined where there are no Web Locks */
export function findLocks(): Locks | undefined {
  const manager = theNavigator()?.locks
  if (!manager) return undefined

  return {
    take: (name) =>
      new Promise((resolve, reject) => {
        // The browser keeps the lock until this promise resolves.
        const hold = (lock: Lock | null) => (lock ? new Promise<void>(resolve) : resolve(undefined))
        manager.request(name, { ifAvailable: true }, hold).catch(reject)
      }),
    async held() {
      const { held = [] } = await manager.query()
      return held.map(({ name = '' }) => name)
    },
  }
}
