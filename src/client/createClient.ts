import { clock } from '../browser/clock'
import { databaseNames } from '../browser/databaseNames'
import { findEventSource } from '../browser/eventSource'
import { isServer } from '../browser/isServer'
import { createKeyValue, type KeyValue } from '../browser/keyValue'
import { page } from '../browser/page'
import { onPageHide } from '../browser/pageHide'
import { createPageLock } from '../browser/locks'
import { tab } from '../browser/tab'
import { theNavigator } from '../browser/theNavigator'
import { createDefinitions } from '../definitions/definitions'
import { createFilter } from '../late/sync/filter'
import { createDefinitionsStore } from '../definitions/definitionsCache'
import { createSync } from '../late/sync/sync'
import { createFallback } from './treatments/fallbackTreatment'
import { createEventsChannel } from '../late/delivery/eventsChannel'
import { createTrack } from '../events/track'
import { createImpressionChannels } from '../late/delivery/impressionChannels'
import { createCounter } from '../impressions/counter'
import { createImpressions } from '../impressions/recorder'
import { createObserver } from '../impressions/observer'
import { createUniqueKeys } from '../impressions/uniqueKeys'
import { backoff } from '../late/backoff'
import { createLog } from '../shared/log'
import { SDK_VERSION } from '../shared/version'
import { createBeacon } from '../browser/beacon'
import { createHttp } from '../late/http'
import { createNamedOutbox } from '../late/delivery/namedOutbox'
import { createOutbox } from '../late/delivery/outbox'
import { createOutboxStore } from '../late/delivery/outboxStore'
import { createSender } from '../late/delivery/sender'
import { createEndpoints } from './endpoints'
import { createImpressionFeed } from '../impressions/listeners'
import { startIntegrations } from '../late/integrations'
import { localDefinitions } from './treatments/localDefinitions'
import { createOverrides } from './treatments/overrides'
import { createReachability } from '../late/reachability'
import { resolveSettings } from './settings'
import { createStreaming } from '../late/sync/streaming'
import { createUsers, type Users } from './clients'
import { validateKey } from './key'
import { validateProperties } from './properties'
import type { Delivery } from '../shared/types'
import type { AnyFlags, FlagTypes } from './types/flags'
import type { Client } from './types/client'
import type { Settings } from './types/settings'
import type { Status } from './types/events'
import type { SharedParts } from './userClient'

/** One database for the definitions of all SDK keys and filters; what is in it is told apart by its scope. */
const DEFINITIONS_DATABASE = 'pennon-definitions'
/** Apart, so that delivery never waits for a big write of definitions. */
const OUTBOX_DATABASE = 'pennon-outbox'
/** A definition older than three polls is stale: one poll may fail, two is a pattern. */
const STALE_POLLS = 3

/**
 * Creates the client of one user and starts it. The only wiring: every part is made here and given to those that need it.
 *
 * @typeParam Flags what the application knows of its flags, as printed by `npx pennon types`. @default any flag, any treatment
 * @param settings `sdkKey` and `key` are required, everything else has a default.
 * @throws PennonSettingsError for a mistake in the settings; nothing is started then. Nothing throws afterwards.
 * @example
 * const client = createClient({ sdkKey: 'YOUR_SDK_KEY', key: 'user-42' })
 * await client.whenReady()
 * client.getTreatment('checkout_v2', { plan: 'pro' })
 */
export function createClient<Flags extends FlagTypes<Flags> = AnyFlags>(
  settings: Settings<NoInfer<Flags>>,
): Client<Flags> {
  const resolved = resolveSettings(settings)
  const { sdkKey, impressionsMode: mode, labelsEnabled, localFlags, definitionsRefreshMs } = resolved
  const endpoints = createEndpoints(resolved)
  // One answer per rendered page: nothing to poll for, nobody to stream to, nowhere to store.
  const isOnce = isServer() && resolved.server !== 'poll'
  const persistence = isOnce || localFlags ? 'none' : resolved.persistence
  const updatePolicy = localFlags ? 'immediate' : resolved.updatePolicy
  const log = createLog(resolved.logger, resolved.logLevel)
  let { consent } = resolved
  const getConsent = () => consent
  const isDeclined = () => consent === 'declined'

  // One line for both databases: what is wrong with one is wrong with the other.
  let storage: Status['storage'] = persistence
  const onStorageFault = (why: unknown) => {
    storage = 'failed'
    log.once('warn', 'storage', `storage failed, pennon goes on from memory: ${String(why)}`)
  }

  const databases: KeyValue[] = []
  const openDatabase = (database: string, onFault: (why: string) => void = onStorageFault) => {
    const keyValue = createKeyValue({ database, onFault })
    if (keyValue) databases.push(keyValue)
    return keyValue
  }

  // The cache is asked for first: all else is made while the database opens.
  const filter = createFilter({ sets: resolved.flagSets, names: resolved.flagNames, prefixes: resolved.flagPrefixes })
  const definitionsDatabase = persistence === 'none' ? undefined : openDatabase(DEFINITIONS_DATABASE)
  const store =
    definitionsDatabase &&
    createDefinitionsStore({
      keyValue: definitionsDatabase,
      scope: JSON.stringify([sdkKey, filter.query, resolved.urls.sdk]),
      maxAgeMs: resolved.cacheMaxAgeMs,
      now: clock.now,
      loadWriter: async () => (await import('../late/sync/cacheWriter')).createWriter,
      onFault: onStorageFault,
    })
  const cached = store?.read([resolved.key.matchingKey])

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
    sdkKey,
    timeoutMs: resolved.requestTimeoutMs,
    headers: resolved.headers,
    onOutcome: reachability.note,
    log,
  })

  // What is recorded, and how it leaves.
  const counter = createCounter(() => outbox.dirty('counts'))
  const uniqueKeys = createUniqueKeys(() => outbox.dirty('uniqueKeys'))
  const channels = [
    ...createImpressionChannels({
      urls: endpoints,
      flushMs: {
        impressions: resolved.impressionsFlushMs,
        counts: resolved.countsFlushMs,
        uniqueKeys: resolved.uniqueKeysFlushMs,
      },
      mode,
      labelsEnabled,
      counter,
      uniqueKeys,
    }),
    createEventsChannel(endpoints.events, resolved.eventsFlushMs),
  ]
  const scope = JSON.stringify([sdkKey, resolved.urls.events])
  const outboxDatabase = persistence === 'all' ? openDatabase(OUTBOX_DATABASE) : undefined
  const onDelivery = (delivery: Delivery) => users.emit('delivery', delivery)
  const pageId = newPageId()
  const outbox = createOutbox({
    channels,
    store:
      outboxDatabase &&
      createOutboxStore(
        outboxDatabase,
        scope,
        // Leases would be one more thing that page hide waits for.
        theNavigator()?.locks && {
          prefix: `${OUTBOX_DATABASE}-hide-`,
          // Without it there is still the outbox.
          open: (database) => openDatabase(database, log.debug),
          databaseNames,
          lock: createPageLock('slot', outboxDatabase, clock.now),
          onLeft: () => void sender.drain(),
        },
      ),
    clock,
    pageId,
    mode,
    consent: getConsent,
    limits: resolved.outbox,
    onFull: () => void sender.flush('full'),
    onGone: (kind, items, outcome) =>
      onDelivery({
        kind,
        count: items.length,
        items,
        reason: outcome === 'dropped' ? 'full' : 'interval',
        transport: 'disk',
        outcome,
      }),
    onFault: onStorageFault,
  })
  const sender = createSender({
    channels,
    outbox,
    pageLock: outboxDatabase && createPageLock(`${scope}:page`, outboxDatabase, clock.now),
    http,
    beacon: createBeacon(),
    clock,
    page,
    pageId,
    sdkKey,
    consent: getConsent,
    onDelivery,
    log,
  })
  const feed = createImpressionFeed(log)
  if (resolved.impressionListener) feed.add(resolved.impressionListener)
  const begin = () =>
    startIntegrations(resolved.integrations, feed, {
      outbox: (name) => createNamedOutbox({ name, outbox, addChannel: sender.addChannel, clock, log }),
      consent: getConsent,
      labelsEnabled,
      log,
    })
  let stopIntegrations = begin()
  let isDestroyed = false
  const impressions = createImpressions({
    mode,
    now: clock.now,
    isDeclined,
    observer: createObserver(),
    counter,
    uniqueKeys,
    queue: (item, bytes) => outbox.add('impressions', item, bytes),
    listener: feed.taker,
  })

  // What is decided by, and how it arrives.
  const definitions = createDefinitions({
    ...(!localFlags && { accepts: filter.accepts }),
    onCorrupt: () => sync.recover(),
    warn: (message) => log.once('warn', message, message),
  })
  const sync = createSync({
    http,
    definitions,
    store,
    mayStoreUser: () => consent === 'granted',
    page,
    clock,
    filter,
    definitionsUrl: endpoints.definitions,
    membershipsUrl: endpoints.memberships,
    isProxy: settings.urls?.sdk !== undefined,
    definitionsRefreshMs,
    membershipsRefreshMs: resolved.membershipsRefreshMs,
    isOnce,
    backoff,
    onCache(_confirmedAt, change) {
      users.noteDefinitions('cache', change)
      holdUpdates()
    },
    onDefinitions(change) {
      // What is held back is not in use.
      const isShown = updatePolicy === 'immediate' || users.source() === 'none'
      users.noteConfirmed(isShown ? 'network' : undefined, change)
      holdUpdates()
      if (resolved.streaming && !isOnce) streaming.start()
    },
    onMemberships: (matchingKey, isChanged, from) => users.noteMemberships(matchingKey, isChanged, from === 'network'),
    onError(error) {
      log.warn(error.message)
      users.emit('error', error)
    },
    onEnd: () => users.giveUp(),
  })
  /** From the first definitions on, later ones wait for the next page, or until they are asked for. */
  const holdUpdates = () => {
    if (updatePolicy !== 'immediate') definitions.hold()
  }
  const readLocalFlags = () => definitions.apply(localDefinitions(localFlags ?? {}, log.warn), undefined, true)
  const noStream = (why: unknown) => log.once('info', 'stream', `no streaming, polling instead: ${String(why)}`)
  const streaming = createStreaming(async () => {
    const openEventSource = findEventSource()
    if (!openEventSource) throw new Error('no EventSource')
    const { createStream } = await import('../late/sync/stream/createStream')
    return createStream({
      http,
      sync,
      definitions,
      openEventSource,
      page,
      clock,
      authUrl: endpoints.auth,
      streamingUrl: endpoints.streaming,
      sdkKey,
      sdkVersion: SDK_VERSION,
      backoff,
      onFault: noStream,
    })
  }, noStream)

  /** All that is known of users, here and on disk. */
  const forget = () => {
    outbox.clear()
    feed.clear()
    void store?.forgetMemberships()
  }

  // Whose clients there are.
  const shared: SharedParts = {
    definitions,
    flagSets: resolved.flagSets,
    fallback: createFallback(resolved.fallbackTreatments, log.warn),
    overrides: resolved.allowOverrides
      ? createOverrides({
          tab,
          isKept: persistence !== 'none',
          onChange: (names) => users.emit('update', { type: 'flags', names }),
          log,
        })
      : undefined,
    impressions: localFlags ? { ...impressions, note: impressions.show } : impressions,
    impressionsForUnknownFlags: resolved.impressionsForUnknownFlags,
    track: createTrack({
      trafficType: resolved.trafficType,
      now: clock.now,
      isDeclined,
      hasTrafficType: (name) => users.source() === 'none' || !!localFlags || definitions.hasTrafficType(name),
      validateProperties: (properties) => validateProperties(properties, log),
      queue: (item, bytes) => outbox.add('events', item, bytes),
      log,
    }),
    feed,
    readyTimeoutMs: localFlags ? 0 : resolved.readyTimeoutMs,
    log,
    status() {
      const confirmedAt = sync.confirmedAt()
      const age = confirmedAt === undefined ? undefined : clock.now() - confirmedAt
      return {
        source: users.source(),
        age,
        stale: age !== undefined && age > STALE_POLLS * definitionsRefreshMs,
        updates: isOnce || localFlags ? 'none' : streaming.isUp() ? 'streaming' : 'polling',
        storage,
        dropped: outbox.dropped(),
        blocked: reachability.blocked(),
      }
    },
    forKey(given) {
      const key = validateKey(given)
      if (!key) log.warn('forKey: the key is invalid; its client answers control')
      return users.of(key)
    },
    consent: {
      get: getConsent,
      set(next) {
        if (next !== 'granted' && next !== 'declined')
          return log.warn("consent must be 'granted' or 'declined'; it stays as it is")
        consent = next
        if (next === 'granted') return void outbox.write()
        forget()
        if (isDestroyed) return
        // Anew, so that they forget what they hold back.
        stopIntegrations()
        stopIntegrations = begin()
      },
    },
    flush() {
      feed.drain()
      return sender.flush('manual')
    },
    update() {
      const change = localFlags ? readLocalFlags() : definitions.release()
      holdUpdates()
      users.noteDefinitions(users.source(), change)
      return change !== undefined
    },
  }
  const users: Users = createUsers({
    sync,
    definitions,
    bootstrap: resolved.bootstrap,
    shared,
    onAdd: streaming.addKey,
  })
  if (resolved.bootstrap) {
    definitions.apply(resolved.bootstrap.splitChanges)
    users.noteDefinitions('bootstrap', undefined)
    holdUpdates()
  }
  if (localFlags) users.noteConfirmed('local', readLocalFlags())
  const stopPageHide =
    !localFlags &&
    onPageHide({
      onHide(isLast) {
        feed.drain()
        sender.hide(isLast)
      },
      onFreeze() {
        sender.freeze()
        streaming.pause()
      },
      onResume() {
        sender.resume(newPageId())
        streaming.resume()
      },
      // A page without tasks cannot make way for another tab that deletes or upgrades them.
      onSuspend() {
        for (const database of databases) database.suspend()
      },
    })
  const client = users.of(resolved.key, resolved.attributes, async () => {
    isDestroyed = true
    if (stopPageHide) stopPageHide()
    streaming.stop()
    sync.stop()
    users.destroy()
    feed.drain()
    stopIntegrations()
    await sender.flush('destroy')
    await outbox.write()
    sender.stop()
    for (const database of databases) database.close()
  })
  if (localFlags) {
    // Nothing comes and nothing goes.
    sender.stop()
    sync.stop()
    return client as Client<Flags>
  }
  // What pages before this one left is dropped as well.
  if (isDeclined()) forget()
  sender.start()
  sync.start(cached)
  // What flags there are is for the compiler alone.
  return client as Client<Flags>
}

/** Not `crypto.randomUUID`: insecure pages have none, and nothing but chance is asked of it. */
function newPageId(): string {
  return `${clock.now().toString(36)}-${Math.random().toString(36).slice(2)}`
}
