import { createBeacon, type Beacon } from '../browser/beacon'
import { createHideNotes, type HideNotes } from '../browser/hideNote'
import { hasLocks } from '../browser/locks'
import { stringify } from '../shared/json'
import { createCounter, type Counter } from './counter'
import { createImpressionListeners, type ImpressionListener, type ImpressionListeners } from './listeners'
import { createObserver } from './observer'
import { packing } from './packing'
import { createRecorder, type Recorder } from './recorder'
import { createTray, type Tray } from './tray'
import { createUniqueKeys, type UniqueKeys } from './uniqueKeys'
import type { Timers } from '../browser/clock'
import type { Page } from '../browser/page'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Hub } from '../shared/hub'
import type { Log, LogLevel } from '../shared/log'
import type { ImpressionsMode } from './types'

/** The parts that record, for the clients of all keys. The second file takes over what the tray holds. */
export interface Impressions {
  readonly recorder: Recorder
  readonly tray: Tray
  readonly counter: Counter
  readonly uniqueKeys: UniqueKeys
  readonly listeners: ImpressionListeners
  readonly beacon: Beacon
  readonly notes: HideNotes
  /** The functions that pack data at page hide. */
  readonly packing: typeof packing
  /** Forgets what was recorded, because the user declined. */
  readonly forget: () => void
}

interface ImpressionsParts {
  settings: {
    readonly sdkKey: string
    readonly urls: { readonly events: string }
    readonly impressionsMode: ImpressionsMode
    readonly labelsEnabled: boolean
    readonly outbox: { maxItems: number; maxBytes: number }
    readonly impressionListener: ImpressionListener | undefined
    readonly integrations: readonly unknown[]
    readonly logLevel: LogLevel
    readonly persistence: 'all' | 'definitions' | 'none'
  }
  endpoints: Endpoints
  page: Pick<Page, 'isOnline' | 'soon'>
  clock: Pick<Timers, 'now'>
  consent: ConsentState
  hub: Hub
  log: Log
}

export function createImpressions(parts: ImpressionsParts): Impressions {
  const { settings, endpoints, page, clock, consent, hub, log } = parts
  const { sdkKey, urls, impressionsMode: mode, labelsEnabled, outbox, impressionListener, integrations } = settings
  const { now } = clock
  const beacon = createBeacon()
  const notes = createHideNotes(stringify([sdkKey, urls.events]), now)
  const tray = createTray({
    beacon,
    // Other pages find a note by the lock of its page. Where there are no locks, nobody would find it.
    notes: settings.persistence === 'all' && hasLocks() ? notes : undefined,
    endpoints,
    sdkKey,
    mode,
    limits: outbox,
    isOnline: page.isOnline,
    now,
    consent,
    hub,
  })
  const counter = createCounter(tray.dirty)
  const uniqueKeys = createUniqueKeys(tray.dirty)
  tray.accumulate('counts', counter.takeCounts)
  tray.accumulate('uniqueKeys', uniqueKeys.takeKeys)
  const listeners = createImpressionListeners(page.soon, log)
  if (impressionListener) listeners.add(impressionListener)
  if (integrations.length || settings.logLevel === 'debug') listeners.keep()
  const observer = createObserver()
  const recorder = createRecorder({
    mode,
    labelsEnabled,
    now,
    consent,
    observer,
    counter,
    uniqueKeys,
    sink: tray,
    listeners,
  })

  return {
    recorder,
    tray,
    counter,
    uniqueKeys,
    listeners,
    beacon,
    notes,
    packing,
    forget() {
      tray.forget()
      notes.forget()
      listeners.forget()
      // The service never gets what is forgotten here, so the same decision after a grant is no repetition.
      observer.forget()
      counter.takeCounts()
      uniqueKeys.takeKeys()
    },
  }
}
