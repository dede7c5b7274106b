import { createBeacon } from '../browser/beacon'
import { clock } from '../browser/clock'
import { isServer } from '../browser/isServer'
import { createKeyValue, type KeyValue } from '../browser/keyValue'
import { createHideNotes } from '../browser/hideNote'
import { hasLocks } from '../browser/locks'
import { page } from '../browser/page'
import { createDefinitions } from '../definitions/definitions'
import { createDefinitionsCache, DEFINITIONS_DATABASE } from '../definitions/definitionsCache'
import { createFilter } from '../definitions/filter'
import { createFirstRequests } from '../definitions/firstRequests'
import { createKeys } from '../definitions/keys'
import { createService } from '../definitions/service'
import { evaluatorDoor } from '../evaluation/evaluate'
import { createTrack } from '../events/track'
import { createCounter } from '../impressions/counter'
import { createImpressionListeners } from '../impressions/listeners'
import { createObserver } from '../impressions/observer'
import { packing } from '../impressions/packing'
import { createRecorder } from '../impressions/recorder'
import { createTray } from '../impressions/tray'
import { createUniqueKeys } from '../impressions/uniqueKeys'
import { createConsentState } from '../shared/consent'
import { createEndpoints } from '../shared/endpoints'
import { createHeaders } from '../shared/headers'
import { createHub, type Source } from '../shared/hub'
import { stringify } from '../shared/json'
import { createLog, plainly } from '../shared/log'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { SDK_VERSION } from '../shared/version'
import { createClients } from './clients'
import { loadSecondFile, type LoadLate } from './secondFile'
import { resolveSettings } from './settings'
import { createFallback } from './treatments/fallbackTreatment'
import { localDefinitions } from './treatments/localDefinitions'
import { validateFlagName, validateKey, validateProperties } from './validation'
import type { Core } from '../late/types'
import type { Client } from './types/client'
import type { Status } from './types/events'
import type { SharedParts } from './userClient'

/** The first request waits for the cache, whose change numbers it asks by; a database that hangs costs no more, ms. */
const CACHE_WAIT_MS = 250
/** Definitions are stale when the service was not heard of for three polls: one poll may fail, two is a pattern. */
const STALE_POLLS = 3

/**
 * The wiring: every part is made here, from top to bottom, and given to those that need it.
 *
 * @param loadLate gives the code of the second file
 * @throws PennonSettingsError for a mistake in the settings
 */
export function startClient(given: object, loadLate: LoadLate): Client {
  const settings = resolveSettings(given)
  const { sdkKey, localFlags, bootstrap } = settings
  // One answer per rendered page: nothing to poll for, nobody to stream to, nowhere to store.
  const isOnce = settings.server === 'always' || (isServer() && settings.server !== 'poll')
  const isLocal = localFlags !== undefined
  const persistence = isOnce || isLocal ? 'none' : settings.persistence
  const updatePolicy = isLocal ? 'immediate' : settings.updatePolicy
  const log = createLog(settings.logger, settings.logLevel)
  const hub = createHub(log)
  const consent = createConsentState(settings.consent)
  const endpoints = createEndpoints(settings)
  const stops: (() => void)[] = []

  // One line for all databases: what is wrong with one is wrong with the others.
  let storage: Status['storage'] = persistence
  const onStorageFault = (why: unknown) => {
    storage = 'failed'
    log.once('warn', 'storage', 'storage failed', why)
  }
  const databases: KeyValue[] = []
  const openDatabase = (database: string, onFault: (why: string) => void = onStorageFault) => {
    const keyValue = createKeyValue({ database, onFault })
    if (keyValue) databases.push(keyValue)
    return keyValue
  }

  // The cache is asked for first: everything else is made while the database opens.
  const filter = createFilter({ sets: settings.flagSets, names: settings.flagNames, prefixes: settings.flagPrefixes })
  const keyValue = persistence === 'none' ? undefined : openDatabase(DEFINITIONS_DATABASE)
  const cache =
    keyValue &&
    createDefinitionsCache({
      keyValue,
      scope: stringify([sdkKey, filter.query, settings.urls.sdk]),
      maxAgeMs: settings.cacheMaxAgeMs,
      now: clock.now,
      onFault: onStorageFault,
      onCorrupt: () => hub.emit('corrupt', undefined),
    })
  const cached = cache?.read([settings.key.matchingKey])

  // What decisions are made by.
  const definitions = createDefinitions({
    ...(!isLocal && { accepts: filter.accepts }),
    onCorrupt: () => hub.emit('corrupt', undefined),
    warn: (message) => log.once('warn', message, message),
  })
  const keys = createKeys(hub)
  let source: Status['source'] = 'none'
  /** From the first definitions on, later ones wait for the next page, or until they are asked for. */
  const holdUpdates = () => {
    if (updatePolicy !== 'immediate') definitions.hold()
  }
  hub.on('definitions', ({ source: from }) => {
    // What is held back is not in use.
    if (from !== 'network' || updatePolicy === 'immediate' || source === 'none') source = from
    holdUpdates()
  })
  hub.on('fault', (fault) => log.warn(fault.message))
  hub.on('corrupt', () => log.once('warn', 'cache', 'cache not whole'))
  const tell = (from: Source, change: ReturnType<typeof definitions.apply>) =>
    hub.emit('definitions', { source: from, change })
  const applyLocalFlags = () => definitions.apply(localDefinitions(localFlags ?? {}, log.warn), undefined, true)

  // What is recorded.
  const beacon = createBeacon()
  const notes = createHideNotes(stringify([sdkKey, settings.urls.events]), clock.now)
  const tray = createTray({
    beacon,
    endpoints,
    sdkKey,
    mode: settings.impressionsMode,
    labelsEnabled: settings.labelsEnabled,
    limits: settings.outbox,
    notes: persistence === 'all' && hasLocks() ? notes : undefined,
    isOnline: page.isOnline,
    now: clock.now,
    consent,
    hub,
  })
  const counter = createCounter(tray.dirty)
  tray.accumulate('counts', counter.drain)
  const uniqueKeys = createUniqueKeys(tray.dirty)
  tray.accumulate('uniqueKeys', uniqueKeys.drain)
  const listeners = createImpressionListeners(log)
  if (settings.impressionListener) listeners.add(settings.impressionListener)
  if (settings.integrations.length) listeners.keep()
  const recorder = createRecorder({
    mode: settings.impressionsMode,
    now: clock.now,
    consent,
    observer: createObserver(),
    counter,
    uniqueKeys,
    sink: tray,
    listeners,
  })

  // What is asked before the second file is there.
  const service = createService(endpoints.definitions, endpoints.memberships, filter.query)
  const headers = createHeaders(sdkKey, settings.headers, log)
  const firstRequests = createFirstRequests({
    service,
    headers,
    definitions,
    keys,
    timeoutMs: settings.requestTimeoutMs,
    clock,
  })

  const core: Core = {
    version: SDK_VERSION,
    settings: { ...settings, persistence, isLocal, isProxied: settings.urls.sdk !== SERVICE_URLS.sdk },
    isOnce,
    log,
    hub,
    consent,
    page,
    clock,
    beacon,
    headers,
    endpoints,
    service,
    definitions,
    keys,
    cache,
    firstRequests,
    counter,
    uniqueKeys,
    tray,
    notes,
    packing,
    listeners,
    openDatabase,
    onStorageFault,
    evaluator: evaluatorDoor,
    validateFlagName,
  }

  // Whose clients there are.
  let isDestroyed = false
  // What is recorded is handed over as long as `destroy()` has not sent it.
  let stopHide = () => {}
  /** Forgets what is known of users, here and on disk. */
  const forget = () => {
    tray.forget()
    listeners.clear()
    shared.late?.forget()
  }
  const shared: SharedParts = {
    definitions,
    flagSets: settings.flagSets,
    fallback: createFallback(settings.fallbackTreatments, log.warn),
    late: undefined,
    recorder: isLocal ? { ...recorder, record: recorder.show } : recorder,
    impressionsForUnknownFlags: settings.impressionsForUnknownFlags,
    track: createTrack({
      trafficType: settings.trafficType,
      now: clock.now,
      consent,
      hasTrafficType: (name) => source === 'none' || isLocal || definitions.hasTrafficType(name),
      validateProperties: (properties) => validateProperties(properties, log),
      sink: tray,
      log,
    }),
    listeners,
    readyTimeoutMs: isLocal ? 0 : settings.readyTimeoutMs,
    log,
    status() {
      const confirmedAt = definitions.confirmedAt()
      const age = confirmedAt === undefined ? undefined : clock.now() - confirmedAt
      const {
        updates = isOnce || isLocal ? 'none' : 'polling',
        dropped = 0,
        blocked = [],
        refused = [],
        contactAt = confirmedAt,
      } = shared.late?.status() ?? {}
      return {
        source,
        age,
        stale: contactAt !== undefined && clock.now() - contactAt > STALE_POLLS * settings.definitionsRefreshMs,
        updates,
        storage,
        dropped: dropped + tray.dropped(),
        blocked,
        refused,
      }
    },
    forKey(other) {
      const key = validateKey(other)
      if (!key) log.warn('invalid key')
      return clients.of(key)
    },
    consent: {
      get: consent.get,
      set(next) {
        if (next !== 'granted' && next !== 'declined') return log.warn('invalid consent')
        consent.set(next)
      },
    },
    async flush() {
      listeners.drain()
      await secondFile?.settle()
      await shared.late?.flush()
    },
    update() {
      const change = isLocal ? applyLocalFlags() : definitions.release()
      holdUpdates()
      if (change) tell(source === 'none' ? 'network' : source, change)
      return change !== undefined
    },
  }
  consent.onChange((next) => {
    if (next === 'granted') return shared.late?.deliverHeld()
    forget()
    // A destroyed client's integrations have stopped for good.
    if (!isDestroyed) shared.late?.restartIntegrations()
  })
  const clients = createClients({
    keys,
    definitions,
    bootstrap,
    source: () => source,
    isHeldBack: () => settings.allowOverrides && !shared.late,
    hub,
    shared,
  })
  if (bootstrap) tell('bootstrap', definitions.apply(bootstrap.splitChanges))
  if (isLocal) tell('local', applyLocalFlags())
  const client = clients.of(settings.key, settings.attributes, async () => {
    isDestroyed = true
    for (const stop of stops) stop()
    shared.late?.halt()
    clients.destroy()
    listeners.drain()
    await secondFile?.settle()
    secondFile?.stop()
    shared.late?.halt()
    if (shared.late) await shared.late.stop()
    // What was recorded goes as at page hide, except where nothing may be sent.
    else if (secondFile && !isLocal) tray.hide()
    stopHide()
    for (const database of databases) database.close()
  })

  // Further keys are read from the cache one by one; the first one came with the definitions.
  hub.on('key', ({ matchingKey, isUsed }) => {
    if (isUsed && !isDestroyed) {
      void cache?.read([matchingKey], false).then(({ memberships }) => {
        if (!isDestroyed) keys.load(matchingKey, memberships.get(matchingKey))
      })
    }
  })
  /** Nothing is asked for where a page is drawn by what the application brought along. */
  const isAlone = isOnce && (bootstrap ?? settings.server) !== undefined
  // Before the second file hears of a page hide: what listeners add then is handed over as well. A page that is prepared and never
  // shown has not decided anything for anybody.
  if (!isLocal && !isAlone) {
    stops.push(
      page.whenActivated(() => {
        stopHide = page.onHide(() => {
          listeners.drain()
          tray.hide()
        })
      }),
    )
  }
  const secondFile = isAlone
    ? undefined
    : loadSecondFile({
        load: loadLate,
        core,
        onComplete(loaded) {
          shared.late = loaded
          hub.emit('complete', undefined)
        },
        timeoutMs: settings.requestTimeoutMs,
        clock,
        page,
        log,
      })
  if (secondFile) stops.push(secondFile.stopRetrying)
  if (isAlone) {
    log.speak(plainly)
    queueMicrotask(() => hub.emit('over', undefined))
  }
  if (isLocal || isAlone) return client

  stops.push(
    firstRequests.abort,
    () => cache?.stop(),
    // A page without tasks cannot make way for another tab that deletes or upgrades them.
    page.onFreeze(() => {
      for (const database of databases) database.suspend()
    }),
  )
  const found = cached?.then(({ definitions: stored, memberships }) => {
    if (isDestroyed) return
    for (const [matchingKey, answer] of memberships) keys.load(matchingKey, answer)
    const change = stored && definitions.load(stored)
    if (change) tell('cache', change)
  })
  const patience = new Promise<void>((resolve) => {
    stops.push(clock.after(CACHE_WAIT_MS, resolve))
  })
  void (found ? Promise.race([found, patience]) : Promise.resolve()).then(firstRequests.ask)
  return client
}
