import { createClient } from '../client/createClient'
import { createSplitClient, type SplitClientOfLives } from './createSplitClient'
import { createStatus } from './createStatus'
import { guard } from './guard'
import { createLoggerApi, loggerOf } from './logger'
import { mirror } from './mirror'
import { CONSENTS, resolveSettings } from './settings'
import { startLooking, startNothing } from './startLife'
import { toImpressionData } from './toImpressionData'
import { toPennonSettings } from './toPennonSettings'
import type { Client } from '../client/types/client'
import type { SplitIO } from './types'

/**
 * The official SDK's factory on top of pennon: same settings, same methods, same results, same events.
 *
 * @param given the settings of the official SDK, with times in seconds
 * @param updateModules for what is built on the SDK, such as its React binding: called once, before anything starts. Where it
 * sets `lazyInit`, nothing starts before `init()` of the factory, and each `init()` after a `destroy()` begins another life of
 * the same clients. @default none
 * @throws PennonSettingsError for a missing or wrong SDK key, key or address, for too many filters and for the consumer
 * modes; nothing is started then. Any other mistake is logged, and the default is used
 * @see docs/migrating.md for what differs
 * @example
 * const factory = SplitFactory({ core: { authorizationKey: 'YOUR_SDK_KEY', key: 'user-42' } })
 * const client = factory.client()
 * client.on(client.Event.SDK_READY, () => client.getTreatment('checkout_v2'))
 */
export function SplitFactory(
  given: SplitIO.IClientSideSettings | SplitIO.IBrowserSettings,
  updateModules?: (modules: SplitIO.FactoryModules) => void,
): SplitIO.IBrowserSDK {
  const logger = loggerOf(given.debug, given.logger)
  const settings = resolveSettings(given, logger)
  const modules: SplitIO.FactoryModules = { settings }
  updateModules?.(modules)
  const { impressionListener, integrations, scheduler, startup } = settings
  const pennonSettings = toPennonSettings(settings, given, logger)

  const started = integrations.map((start) => guard(logger, 'an integration', () => start({ settings })))
  const tell = (data: SplitIO.IntegrationData) => {
    for (const integration of started) guard(logger, 'an integration', () => integration?.queue?.(data))
  }
  const waiting = { events: 0, impressions: 0 }
  /** Counts what is recorded, and posts when the setting's number is reached. */
  const count = (what: keyof typeof waiting) => {
    const most = scheduler[`${what}QueueSize`]
    if (++waiting[what] < most || most <= 0) return
    waiting[what] = 0
    void main.flush()
  }

  // A listener costs an object for every decision, so that there is one only where somebody listens, or impressions have to be counted.
  if (impressionListener || started.length || given.scheduler?.impressionsQueueSize) {
    pennonSettings.impressionListener = (impression) => {
      if (impression.disposition === 'queued') count('impressions')
      const payload = toImpressionData(impression)
      tell({ type: 'IMPRESSION', payload })
      guard(logger, 'impressionListener', () => impressionListener?.logImpression(payload))
    }
  }

  const clients = new Map<string, SplitClientOfLives>()
  /** The timers of the life that has begun; undefined before the first life, and after the end of each. */
  let timers: ReturnType<typeof setTimeout>[] | undefined
  /** Posts the first events sooner than `eventsPushRate` would, once they may be sent. */
  const pushFirst = () => {
    const waitMs = startup.eventsFirstPushWindow
    if (waitMs > 0) timers?.push(setTimeout(() => waiting.events && void main.flush(), waitMs))
  }
  /** Begins a life: pennon's client, and the timers of the official SDK beside it. */
  const begin = () => {
    const client = createClient({ ...pennonSettings, consent: settings.userConsent.toLowerCase() as 'granted' })
    const { localFlags } = pennonSettings
    timers = []
    if (localFlags) timers.push(startLooking(client, localFlags, settings))
    if (settings.userConsent === 'GRANTED') pushFirst()
    return client
  }
  /** The consent of this life, which another tab may have declined. */
  const consent = () => {
    if (timers) settings.userConsent = main.consent.get().toUpperCase() as SplitIO.ConsentStatus
    return settings.userConsent
  }
  let main = modules.lazyInit ? startNothing(pennonSettings) : begin()
  const init = () => {
    if (timers) return
    main = begin()
    for (const { face, follow } of clients.values()) follow(main.forKey(face.key))
  }
  const clientOf = (client: Client): SplitClientOfLives => {
    const { matchingKey, bucketingKey } = client.key as NonNullable<Client['key']>
    // The length in front says where one key ends and the other begins.
    const id = `${bucketingKey?.length} ${bucketingKey}${matchingKey}`
    const known = clients.get(id)
    if (known) return known
    const made: SplitClientOfLives = createSplitClient({
      client,
      status: createStatus(logger),
      onEvent(payload) {
        count('events')
        queueMicrotask(() => tell({ type: 'EVENT', payload }))
      },
      onDestroy() {
        if (made === mainClient) {
          consent()
          // `clearTimeout` stops intervals, too: ids of both come from one list.
          for (const timer of timers ?? []) clearTimeout(timer)
          timers = undefined
        }
        // Clients that end with the factory stay for its next life.
        else if (timers) clients.delete(id)
      },
    })
    clients.set(id, made)
    if (timers) made.follow(client)
    return made
  }
  const mainClient = clientOf(main)
  // The manager's events and status are the main client's.
  const manager = {
    ...mainClient.status.members,
    names: () => main.flags.names(),
    splits: () => main.flags.all(),
    split: (name: string) => main.flags.get(name),
  } as SplitIO.IManager

  return {
    client(key) {
      if (key === undefined) return mainClient.face
      const client = main.forKey(key)
      if (!client.key) throw new Error('client: a key has 1 to 250 characters')
      return clientOf(client).face
    },
    manager: () => manager,
    settings,
    Logger: createLoggerApi(logger),
    UserConsent: {
      setStatus(isGranted) {
        if (typeof isGranted !== 'boolean') return false
        const next = isGranted ? 'GRANTED' : 'DECLINED'
        if (consent() !== next) {
          settings.userConsent = next
          main.consent.set(next.toLowerCase() as 'granted')
          if (isGranted) pushFirst()
        }
        return true
      },
      getStatus: consent,
      Status: mirror(CONSENTS),
    },
    async destroy() {
      await Promise.all([...clients.values()].map(({ face }) => face.destroy()))
    },
    ...(modules.lazyInit && { init }),
  }
}
