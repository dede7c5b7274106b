import { stringify } from '../shared/json'
import { createBroadcast } from '../browser/broadcast'
import { databaseNames, deleteDatabase } from '../browser/databaseNames'
import { createIdleClock } from '../browser/idleClock'
import { hasFetch } from '../browser/request'
import { findLocks } from '../browser/locks'
import { tab } from '../browser/tab'
import { plainly } from '../shared/log'
import { createStops } from '../shared/stops'
import { SDK_VERSION } from '../shared/version'
import { answerQuestion } from './answerQuestion'
import { createChannels } from './channels'
import { createDelivery } from './delivery/delivery'
import { createExplain } from './explain/explain'
import { followSession } from './followSession'
import { createHttp } from './http'
import { startIntegrations } from './integrations'
import { overridden } from './overridden'
import { createOverrides } from './overrides'
import { createReachability } from './reachability'
import { createSync } from './sync/sync'
import type { Heard } from '../impressions/types'
import type { Core, Late } from './types'

/** A deadline of fewer ms was probably meant in seconds. */
const LEAST_LIKELY_MS = 61

/**
 * Starts everything that a page does not need for its first decisions: asking the service, writing to disk, delivering,
 * integrations, explanations.
 *
 * @returns undefined when the first file is of another version
 */
export function startLate(core: Core): Late | undefined {
  // The members used here have the same names in every release; the build shortens all others anew each time.
  const { version, log } = core
  if (version !== SDK_VERSION) {
    log.speak(plainly)
    log.error(`the second file is of ${SDK_VERSION}, the first of ${version}: serve both from one release`)
    return undefined
  }
  const { settings, isOnce, isLocal, hub, consent, endpoints, databases, definitions, tray, page } = core
  const { sdkKey, impressionsMode: mode, labelsEnabled } = settings
  const clock = createIdleClock(core.clock)
  log.onWaiting(() => {
    void import('../shared/texts').then(
      ({ speak }) => log.speak(speak),
      () => log.speak(plainly),
    )
  })
  for (const name of ['readyTimeoutMs', 'requestTimeoutMs'] as const) {
    if (settings[name] > 0 && settings[name] < LEAST_LIKELY_MS) log.mistake('seconds', name, settings[name])
  }
  const reachability = createReachability({
    addresses: {
      sdk: [endpoints.definitions, endpoints.memberships],
      auth: [endpoints.auth],
      events: [endpoints.impressions.url, endpoints.counts.url, endpoints.events.url],
      telemetry: [endpoints.uniqueKeys.url],
    },
    now: clock.now,
    isOnline: page.isOnline,
  })
  const http = createHttp({
    headers: core.headers,
    timeoutMs: settings.requestTimeoutMs,
    clock,
    onOutcome: reachability.note,
  })

  const scope = stringify([sdkKey, settings.urls.events])
  const isAlone = isOnce || isLocal
  const mayStoreUser = settings.persistence === 'all' && !isAlone
  const delivery = createDelivery({
    scope,
    sdkKey,
    mode,
    limits: settings.outbox,
    requestTimeoutMs: settings.requestTimeoutMs,
    packing: core.packing,
    channels: createChannels(core),
    isStored: mayStoreUser,
    openDatabase: databases.open,
    databaseNames,
    deleteDatabase,
    locks: findLocks(),
    notes: core.notes,
    broadcast: isAlone ? undefined : createBroadcast(`pennon:${scope}`),
    post: http.post,
    beacon: core.beacon,
    clock,
    page,
    consent,
    onDeclined: () => consent.set('declined'),
    hub,
    onStorageFault: databases.onFault,
    log,
  })

  const sync = createSync(core, { http, clock, mayStoreUser })

  const overrides = settings.allowOverrides
    ? createOverrides({
        validateFlagName: core.validateFlagName,
        tab,
        isKept: settings.persistence !== 'none',
        onChange: (names) => hub.emit('overrides', names),
        log,
      })
    : undefined

  const decideByQa =
    overrides &&
    ((flag: string) => {
      const given = overrides.get(flag)
      return given && overridden(flag, given, definitions, core.evaluator)
    })
  const explain = createExplain(core.evaluator)
  const startAll = (early: readonly Heard[]) =>
    startIntegrations(settings.integrations, core.listeners, early, {
      outbox: delivery.namedOutbox,
      consent: consent.get,
      labelsEnabled,
      log,
    })

  const forget = () => {
    delivery.forget()
    sync.forget()
  }

  if (isLocal) {
    // Nothing is fetched or sent where flags are given in code.
    void sync.stop()
  } else {
    if (!hasFetch()) log.error('no fetch here: nothing is fetched or sent')
    tray.handTo(delivery)
    // After a decline, what earlier pages left is dropped as well.
    if (consent.isDeclined) forget()
    delivery.start()
    sync.start()
  }
  let stopIntegrations = () => {}
  const restartIntegrations = (early: readonly Heard[]) => {
    stopIntegrations()
    const mine = (stopIntegrations = () => {})
    const stop = startAll(early)
    // An integration that declines for the user as it starts has all of them started anew.
    if (stopIntegrations === mine) stopIntegrations = stop
    else stop()
  }
  /** Ends all fetching and streaming. Delivery goes on. */
  const stops = createStops()
  const forgetConsent = consent.onChange((next) => {
    if (next === 'granted') {
      sync.onGranted()
      return delivery.onGranted()
    }
    forget()
    // After a decline integrations are started anew, so that they forget what they hold back.
    if (!stops.isStopped) restartIntegrations([])
  })
  stops.push(
    () => void sync.stop(),
    // Integrations are foreign code: they start when everything exists, and would count a page that nobody saw.
    page.whenActivated(() => {
      const early = core.listeners.takeKept()
      if (settings.logLevel === 'debug') stops.push(followSession({ hub, listeners: core.listeners, early, log }))
      restartIntegrations(early)
    }),
  )

  return {
    overrides,
    overridden: decideByQa,
    explain: (question) => answerQuestion(question, decideByQa?.(question.name), definitions, explain),
    status() {
      const freshness = sync.status()
      return {
        ...freshness,
        dropped: delivery.dropped(),
        blocked: reachability.blocked(),
        refused: [...freshness.refused, ...delivery.refused()],
      }
    },
    flush: () => delivery.flush('manual'),
    halt: stops.stop,
    async stop() {
      stops.stop()
      stopIntegrations()
      await delivery.destroy(sync.stop())
      // The answer to a client that is gone is no answer for those of other tabs.
      forgetConsent()
    },
  }
}
