import { clock } from '../browser/clock'
import { createDatabases } from '../browser/databases'
import { isServer } from '../browser/isServer'
import { page } from '../browser/page'
import { createFlagData } from '../definitions/flagData'
import { evaluatorDoor } from '../evaluation/evaluate'
import { createTrack } from '../events/track'
import { createImpressions } from '../impressions/impressions'
import { createConsentState } from '../shared/consent'
import { createEndpoints } from '../shared/endpoints'
import { createHeaders } from '../shared/headers'
import { createHub } from '../shared/hub'
import { createLog, plainly } from '../shared/log'
import { SERVICE_URLS } from '../shared/serviceUrls'
import { createStops } from '../shared/stops'
import { SDK_VERSION } from '../shared/version'
import { createClients } from './clients'
import { createConnection } from './connection'
import { createDefinitionsInUse } from './definitionsInUse'
import { createSecondFile, type LoadLate } from './secondFile'
import { resolveSettings } from './settings'
import { createFallback } from './treatments/fallbackTreatment'
import { validateFlagName, validateProperties } from './validation'
import type { Client } from './types/client'

/**
 * The wiring: every part is made here, from top to bottom, and given to those that need it.
 *
 * @param loadLate gives the code of the second file
 * @throws PennonSettingsError for a mistake in the settings
 */
export function startClient(given: object, loadLate: LoadLate): Client {
  const resolved = resolveSettings(given)
  const isLocal = resolved.localFlags !== undefined
  // A page that a server renders is one answer: it needs no polls, no stream and no storage.
  const isOnce = resolved.server === 'always' || (isServer() && resolved.server !== 'poll')
  // With a bootstrap, or where the setting `server` says so, such a page sends no request at all.
  const isAlone = isOnce && (resolved.bootstrap ?? resolved.server) !== undefined
  // The second file, which knows the overrides, does not come to such a page.
  const allowOverrides = resolved.allowOverrides && !isAlone
  const settings = isOnce || isLocal ? { ...resolved, persistence: 'none' as const, allowOverrides } : resolved

  const log = createLog(settings.logger, settings.logLevel)
  const hub = createHub(log)
  const consent = createConsentState(settings.consent)
  const endpoints = createEndpoints(settings)
  const headers = createHeaders(settings.sdkKey, settings.headers, log)
  const databases = createDatabases(log)
  const stops = createStops()
  // Delivery needs some parts until everything was handed over: these end last.
  const lastStops = createStops()
  const base = { settings, isOnce, isLocal, log, hub, consent, endpoints, headers, databases, stops, page, clock }
  hub.on('fault', (fault) => log.warn(fault.message))
  hub.on('corrupt', () => log.once('warn', 'cache', 'cache not whole'))

  // These parts hold the definitions that decide.
  const flagData = createFlagData(base)
  const { definitions, keys } = flagData
  const inUse = createDefinitionsInUse({ ...base, definitions })

  // These parts record decisions and events.
  const impressions = createImpressions(base)
  const { recorder, tray, listeners } = impressions
  const track = createTrack({
    trafficType: settings.trafficType,
    now: clock.now,
    consent,
    hasTrafficType: (name) => inUse.source() === 'none' || isLocal || definitions.hasTrafficType(name),
    validateProperties: (properties) => validateProperties(properties, log),
    sink: tray,
    log,
  })

  // These parts are the clients, and what they share.
  const secondFile = createSecondFile({ ...base, loadLate })
  const connection = createConnection({ ...base, definitions, inUse, impressions, secondFile })
  const clients = createClients({
    ...base,
    isAlone,
    keys,
    definitions,
    inUse,
    shared: {
      ...connection,
      definitions,
      flagSets: settings.flagSets,
      fallback: createFallback(settings.fallbackTreatments, log.warn),
      secondFile,
      recorder: isLocal ? { ...recorder, record: recorder.show } : recorder,
      impressionsForUnknownFlags: settings.impressionsForUnknownFlags,
      track,
      listeners,
      readyTimeoutMs: isLocal ? 0 : settings.readyTimeoutMs,
      log,
    },
  })
  inUse.start()
  /** Hands over what was recorded as at page hide: nothing where no request is allowed, and before the page is shown. */
  let handOver = () => {}
  const client = clients.of(settings.key, settings.attributes, async () => {
    stops.stop()
    clients.destroy()
    await secondFile.settle()
    secondFile.stop()
    if (secondFile.late) await secondFile.late.stop()
    else handOver()
    lastStops.stop()
  })

  // Listeners wait while the page is prerendered: an analytics tool would count a page that nobody saw.
  stops.push(page.whenActivated(listeners.hold()))
  // Everything exists, so foreign code may be called from here on.
  lastStops.push(databases.close)
  if (isAlone) {
    log.speak(plainly)
    return client
  }
  if (isLocal) flagData.firstRequests.abort()
  else {
    flagData.start()
    lastStops.push(page.onFreeze(databases.suspend))
    stops.push(
      // What a page records before it is shown is handed over only once it is: a prerendered page that nobody saw decided nothing.
      page.whenActivated(() => {
        handOver = tray.hide
        lastStops.push(tray.start(page))
      }),
    )
  }
  stops.push(secondFile.stopRetrying, () => secondFile.late?.halt())
  secondFile.load({
    ...base,
    ...flagData,
    ...impressions,
    version: SDK_VERSION,
    isProxied: settings.urls.sdk !== SERVICE_URLS.sdk,
    evaluator: evaluatorDoor,
    validateFlagName,
  })
  return client
}
