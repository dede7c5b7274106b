import { createKeyValue, INTERRUPTED, type KeyValue } from './keyValue'
import type { Log } from '../shared/log'

/** The databases that one client has open. What is wrong with one is wrong with the others, so that it is said once. */
export interface Databases {
  /** Storage failed: the client goes on from memory. */
  readonly hasFailed: boolean
  /**
   * @param onFault hears that this one cannot be used. @default everybody hears of it
   * @returns undefined where there is no IndexedDB
   */
  readonly open: (name: string, onFault?: (why: string) => void) => KeyValue | undefined
  readonly onFault: (why: unknown) => void
  /**
   * A frozen page cannot make way for another tab that deletes or upgrades a database: it lets go of them before.
   *
   * @param isAborting what has begun could not end either, and ends now
   */
  readonly suspend: (isAborting?: boolean) => void
  readonly close: () => void
}

export function createDatabases(log: Log): Databases {
  const all: KeyValue[] = []
  const own: Databases & { hasFailed: boolean } = {
    hasFailed: false,
    open(database, onFault = own.onFault) {
      const keyValue = createKeyValue({ database, onFault })
      if (keyValue) all.push(keyValue)
      return keyValue
    },
    onFault(why) {
      if (why === INTERRUPTED) return
      own.hasFailed = true
      log.once('warn', 'storage', 'storage failed', why)
    },
    suspend(isAborting) {
      for (const database of all) database.suspend(isAborting)
    },
    close() {
      for (const database of all) database.close()
    },
  }
  return own
}
