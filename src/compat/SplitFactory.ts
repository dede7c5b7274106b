import { createClient } from '../client/createClient'
import { createManager } from './createManager'
import { createSplitClient, type SplitClient } from './createSplitClient'
import { createStatus, type SdkStatus } from './createStatus'
import { createUserConsent } from './createUserConsent'
import { createLoggerApi, loggerOf } from './logger'
import { resolveSettings } from './settings'
import { toImpressionData } from './toImpressionData'
import { toPennonSettings } from './toPennonSettings'
import type { Client } from '../client/types/client'
import type { SplitIO } from './types'

/**
 * The official SDK's factory on top of pennon: same settings, same methods, same results, same events.
 *
 * @param given those of the official SDK, times in seconds
 * @throws PennonSettingsError for a missing or wrong SDK key, key or address, for too many filters and for the consumer
 * modes; nothing is started then. What else is wrong is logged, and the default used
 * @see docs/migrating.md for what differs
 * @example
 * const factory = SplitFactory({ core: { authorizationKey: 'YOUR_SDK_KEY', key: 'user-42' } })
 * const client = factory.client()
 * client.on(client.Event.SDK_READY, () => client.getTreatment('checkout_v2'))
 */
export function SplitFactory(given: SplitIO.IClientSideSettings): SplitIO.IBrowserSDK {
  const logger = loggerOf(given.debug, given.logger)
  const settings = resolveSettings(given, logger.warn)
  const { impressionListener, integrations, scheduler, startup } = settings
  const pennonSettings = toPennonSettings(settings, given, logger)

  const guard = <Value>(what: string, act: () => Value): Value | undefined => {
    try {
      return act()
    } catch (fault) {
      logger.error(`pennon: ${what} threw: ${String(fault)}`)
      return undefined
    }
  }
  const started = integrations.map((start) => guard('an integration', () => start({ settings })))
  const tell = (data: SplitIO.IntegrationData) => {
    for (const integration of started) guard('an integration', () => integration?.queue?.(data))
  }
  /** Posts when so many are recorded. */
  const poster = (size: number) => {
    let count = 0
    return () => {
      if (size <= 0 || ++count < size) return
      count = 0
      void main.flush()
    }
  }
  const noteImpression = poster(scheduler.impressionsQueueSize)
  const noteEvent = poster(scheduler.eventsQueueSize)

  // A listener costs an object for every decision: only where somebody listens, or they are to be counted.
  if (impressionListener || started.length || given.scheduler?.impressionsQueueSize) {
    pennonSettings.impressionListener = (impression) => {
      if (impression.disposition === 'queued') noteImpression()
      const payload = toImpressionData(impression)
      tell({ type: 'IMPRESSION', payload })
      guard('impressionListener', () => impressionListener?.logImpression(payload))
    }
  }
  const main = createClient(pennonSettings)

  let hasEvents = false
  let firstPush: ReturnType<typeof setTimeout> | undefined
  const waitForFirstPush = () => {
    if (startup.eventsFirstPushWindow <= 0 || main.consent.get() !== 'granted') return
    firstPush = setTimeout(() => hasEvents && void main.flush(), startup.eventsFirstPushWindow)
  }
  waitForFirstPush()
  const localFlags = pennonSettings.localFlags as Record<string, unknown> | undefined
  let looking: ReturnType<typeof setInterval> | undefined
  if (localFlags) {
    const look = () => {
      for (const name of Object.keys(localFlags)) delete localFlags[name]
      Object.assign(localFlags, settings.features)
      main.update()
    }
    look()
    looking = setInterval(look, scheduler.offlineRefreshRate)
  }

  const clients = new Map<Client, SplitClient>()
  const wrap = (client: Client, status: SdkStatus): SplitClient => {
    const wrapped = createSplitClient({
      client,
      status,
      onEvent(payload) {
        hasEvents = true
        noteEvent()
        queueMicrotask(() => tell({ type: 'EVENT', payload }))
      },
      onDestroy() {
        clients.delete(client)
        if (client !== main) return
        clearTimeout(firstPush)
        clearInterval(looking)
      },
    })
    clients.set(client, wrapped)
    return wrapped
  }
  const mainStatus = createStatus(main, logger)
  const mainClient = wrap(main, mainStatus)
  const manager = createManager(main, mainStatus)

  return {
    client(key) {
      if (key === undefined) return mainClient
      const client = main.forKey(key)
      if (!client.key) throw new Error('client: the key must be 1 to 250 characters, or a pair of such keys')
      return clients.get(client) ?? wrap(client, createStatus(client, logger))
    },
    manager: () => manager,
    settings,
    Logger: createLoggerApi(logger),
    UserConsent: createUserConsent(main, settings, waitForFirstPush),
    async destroy() {
      await Promise.all([mainClient, ...clients.values()].map((client) => client.destroy()))
    },
  }
}
