import { createKeyValue, INTERRUPTED, type KeyValue } from './keyValue'
import type { Log } from '../shared/log'

/** The databases that one client has open. They fail for the same reasons, so that a failure is logged once for all. */
export interface Databases {
  /** Whether storage failed, so that the client goes on from memory. */
  readonly hasFailed: boolean
  /**
   * Opens a database, when it is first used.
   *
   * @param onFault called when this database cannot be used. @default the member `onFault`
   * @returns undefined where there is no IndexedDB, and after `close`
   */
  readonly open: (name: string, onFault?: (why: string) => void) => KeyValue | undefined
  /** Notes that storage failed, with one log line. A transaction that `suspend` aborted is no failure. */
  readonly onFault: (why: unknown) => void
  /**
   * Closes the databases before the page is frozen, because a frozen page cannot make way for a tab that deletes or upgrades one. They
   * open again when they are used.
   *
   * @param isAborting `true`: transactions that have begun are aborted, because they could not end either
   */
  readonly suspend: (isAborting?: boolean) => void
  /** Closes the databases for good. */
  readonly close: () => void
}

export function createDatabases(log: Log): Databases {
  const all: KeyValue[] = []
  let isClosed = false
  const own: Databases & { hasFailed: boolean } = {
    hasFailed: false,
    open(database, onFault = own.onFault) {
      const keyValue = isClosed ? undefined : createKeyValue({ database, onFault })
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
      isClosed = true
      for (const database of all) database.close()
    },
  }
  return own
}
