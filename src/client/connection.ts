import type { Timers } from '../browser/clock'
import type { Databases } from '../browser/databases'
import type { FlagData } from '../definitions/flagData'
import type { Impressions } from '../impressions/impressions'
import type { ConsentState } from '../shared/consent'
import type { Log } from '../shared/log'
import type { DefinitionsInUse } from './definitionsInUse'
import type { SecondFile } from './secondFile'
import type { ResolvedSettings } from './settings'
import type { Client } from './types/client'
import type { Status } from './types/events'

/** The public members that the clients of all keys have in common. */
export interface Connection extends Pick<Client, 'consent' | 'flush' | 'update'> {
  /** The part of the status that does not depend on the key. */
  status(): Omit<Status, 'key' | 'ready' | 'readyFromCache' | 'timedOut' | 'destroyed'>
}

interface ConnectionParts {
  settings: Pick<ResolvedSettings, 'definitionsRefreshMs' | 'persistence'>
  /** Definitions and memberships are fetched once and never again, as where a server renders a page. */
  isOnce: boolean
  /** Flags are given in code (`localFlags`): the service is asked for nothing. */
  isLocal: boolean
  databases: Databases
  definitions: FlagData['definitions']
  inUse: DefinitionsInUse
  impressions: Impressions
  secondFile: SecondFile
  consent: ConsentState
  clock: Pick<Timers, 'now'>
  log: Log
}

/** Definitions are stale after this many poll periods without a word from the service: a single poll may fail by chance. */
const STALE_POLLS = 3

export function createConnection(parts: ConnectionParts): Connection {
  const { settings, isOnce, isLocal, databases, definitions, inUse, impressions, secondFile, consent, clock, log } =
    parts

  consent.onChange((next) => {
    if (next !== 'granted') impressions.forget()
  })

  return {
    status() {
      const now = clock.now()
      const confirmedAt = definitions.confirmedAt()
      const {
        updates = isOnce || isLocal ? 'none' : 'polling',
        dropped = 0,
        blocked = [],
        refused = [],
        contactAt = confirmedAt,
      } = secondFile.late?.status() ?? {}
      return {
        source: inUse.source(),
        age: confirmedAt === undefined ? undefined : now - confirmedAt,
        stale: contactAt !== undefined && now - contactAt > STALE_POLLS * settings.definitionsRefreshMs,
        updates,
        storage: databases.hasFailed ? 'failed' : settings.persistence,
        dropped: dropped + impressions.tray.dropped(),
        blocked,
        refused,
      }
    },
    consent: {
      get: consent.get,
      set(next) {
        if (next !== 'granted' && next !== 'declined') return log.warn('invalid consent')
        consent.set(next)
      },
    },
    async flush() {
      impressions.listeners.deliverNow()
      await secondFile.settle()
      await secondFile.late?.flush()
    },
    update: inUse.update,
  }
}
