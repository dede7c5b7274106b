import { theNavigator } from './theNavigator'

/** The Web Locks that this page holds. The browser releases them when the page dies. */
export interface Locks {
  /**
   * Resolves with whether this page has the lock now: false where a page has it already, this one included. Rejects where
   * the browser refuses, and may never settle at all (supabase/supabase-js#2013).
   */
  take(name: string): Promise<boolean>
  /** Releases one lock, or all of them. A lock that is still asked for will not be taken. */
  release(name?: string): void
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
  const asked = new Map<string, { release?: () => void }>()

  return {
    take(name) {
      if (asked.has(name)) return Promise.resolve(false)
      const request: { release?: () => void } = {}
      asked.set(name, request)
      const giveUp = () => {
        if (asked.get(name) === request) asked.delete(name)
      }
      return new Promise((resolve, reject) => {
        const onAnswer = (lock: Lock | null) => {
          const isHeld = lock !== null && asked.get(name) === request
          if (!isHeld) giveUp()
          resolve(isHeld)
          // The browser keeps the lock until this promise resolves.
          return isHeld ? new Promise<void>((release) => (request.release = release)) : undefined
        }
        manager.request(name, { ifAvailable: true }, onAnswer).catch((fault: Error) => {
          giveUp()
          reject(fault)
        })
      })
    },
    release(only) {
      for (const [name, { release }] of asked) {
        if (only !== undefined && name !== only) continue
        asked.delete(name)
        release?.()
      }
    },
    async held() {
      const { held = [] } = await manager.query()
      return held.map(({ name = '' }) => name)
    },
  }
}
