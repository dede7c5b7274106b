import { clock } from '../browser/clock'
import { findEventSource } from '../browser/eventSource'
import { isServer } from '../browser/isServer'
import { createKeyValue } from '../browser/keyValue'
import { page } from '../browser/page'
import { onPageHide } from '../browser/pageHide'
import { createPageLock } from '../browser/pageLock'
import { createDefinitions } from '../definitions/definitions'
import { createFilter } from '../definitions/filter'
import { createDefinitionsStore } from '../definitions/store'
import { createSync } from '../definitions/sync'
import { createFallback } from '../evaluation/fallbackTreatment'
import { createSubject } from '../evaluation/subject'
import { createImpressionChannels } from '../impressions/channels'
import { createCounter } from '../impressions/counter'
import { createImpressions } from '../impressions/impressions'
import { createObserver } from '../impressions/observer'
import { createUniqueKeys } from '../impressions/uniqueKeys'
import { backoff } from '../shared/backoff'
import { createLog } from '../shared/log'
import { SDK_VERSION } from '../shared/version'
import { createBeacon } from '../transport/beacon'
import { createReachability } from './reachability'
import { createHttp } from '../transport/http'
import { createOutbox } from '../transport/outbox'
import { createOutboxStore } from '../transport/outboxStore'
import { createSender } from '../transport/sender'
import { createImpressionFeed } from './impressionFeed'
import { resolveSettings } from './settings'
import { createUserClient, type SharedParts, type UserClient } from './userClient'
import { validateKey, type ValidKey } from './validate/validateKey'
import type { Stream } from '../definitions/stream/createStream'
import type { Subject } from '../evaluation/types'
import type { Delivery } from '../transport/types'
import type { Client, ClientEvents, Paths, Settings, Status, Update, Urls } from './types'

/** One database for the definitions of all SDK keys and filters; what is in it is told apart by its scope. */
const DEFINITIONS_DATABASE = 'pennon-definitions'
/** Apart, so that delivery never waits for a big write of definitions. */
const OUTBOX_DATABASE = 'pennon-outbox'
/** A definition older than three polls is stale: one poll may fail, two is a pattern. */
const STALE_POLLS = 3

/**
 * Creates the client of one user and starts it. The only wiring: every part is made here and given to those that need it.
 *
 * @param settings `sdkKey` and `key` are required, everything else has a default.
 * @throws PennonSettingsError for a mistake in the settings; nothing is started then. Nothing throws afterwards.
 * @example
 * const client = createClient({ sdkKey: 'YOUR_SDK_KEY', key: 'user-42' })
 * await client.whenReady()
 * client.getTreatment('checkout_v2', { plan: 'pro' })
 */
export function createClient(settings: Settings): Client {
  const resolved = resolveSettings(settings)
  const { sdkKey, impressionsMode: mode, labelsEnabled, urls, paths } = resolved
  // One answer per rendered page: nothing to poll for, nobody to stream to, nowhere to store.
  const isQuiet = isServer() && resolved.server !== 'poll'
  const persistence = isQuiet ? 'none' : resolved.persistence
  const log = createLog(resolved.logger, resolved.logLevel)
  const users = new Map<string, { user: UserClient; matchingKey: string | undefined }>()
  // Matching keys whose memberships the service confirmed.
  const confirmedKeys = new Set<string>()
  const broadcast = <Name extends keyof ClientEvents>(event: Name, payload: ClientEvents[Name]) => {
    for (const { user } of users.values()) user.emit(event, payload)
  }
  let { consent } = resolved
  let source: Status['source'] = 'none'
  let stream: Stream | undefined
  let isDestroyed = false
  let isConfirmed = false

  // What is recorded, and how it leaves.
  const reachability = createReachability({
    addresses: {
      sdk: [urls.sdk + paths.definitions, urls.sdk + paths.memberships],
      auth: [urls.auth + paths.auth],
      events: [urls.events + paths.impressions, urls.events + paths.counts, urls.events + paths.events],
      telemetry: [urls.telemetry + paths.uniqueKeys],
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
  const counter = createCounter(() => outbox.dirty('counts'))
  const uniqueKeys = createUniqueKeys(() => outbox.dirty('uniqueKeys'))
  const feed = createImpressionFeed(log)
  if (resolved.impressionListener) feed.add(resolved.impressionListener)
  const channels = createImpressionChannels({
    urls: {
      impressions: endpoint(urls, paths, 'events', 'impressions'),
      counts: endpoint(urls, paths, 'events', 'counts'),
      uniqueKeys: endpoint(urls, paths, 'telemetry', 'uniqueKeys'),
    },
    flushMs: {
      impressions: resolved.impressionsFlushMs,
      counts: resolved.countsFlushMs,
      uniqueKeys: resolved.uniqueKeysFlushMs,
    },
    mode,
    labelsEnabled,
    counter,
    uniqueKeys,
  })
  const scope = JSON.stringify([sdkKey, urls.events])
  const noOutbox = (why: unknown) =>
    log.once('warn', 'outbox', `impressions are not stored, and delivered from memory: ${String(why)}`)
  const outboxDatabase =
    persistence === 'all' ? createKeyValue({ database: OUTBOX_DATABASE, onFault: noOutbox }) : undefined
  const deliver = (delivery: Delivery) => broadcast('delivery', delivery)
  const pageId = newPageId()
  const outbox = createOutbox({
    channels,
    store: outboxDatabase && createOutboxStore(outboxDatabase, scope),
    clock,
    pageId,
    mode,
    consent: () => consent,
    limits: resolved.outbox,
    onFull: () => void sender.flush('full'),
    onDropped: (kind, count) => deliver({ kind, count, reason: 'full', transport: 'disk', outcome: 'dropped' }),
    onFault: noOutbox,
  })
  const sender = createSender({
    channels,
    outbox,
    pageLock: outboxDatabase && createPageLock(scope, outboxDatabase, clock.now),
    http,
    beacon: createBeacon(),
    clock,
    page,
    pageId,
    sdkKey,
    consent: () => consent,
    onDelivery: deliver,
    log,
  })
  const impressions = createImpressions({
    mode,
    now: clock.now,
    isDeclined: () => consent === 'declined',
    observer: createObserver(),
    counter,
    uniqueKeys,
    queue: (item, bytes) => outbox.add('impressions', item, bytes),
    listener: feed.taker,
  })

  // What is decided by, and how it arrives.
  const filter = createFilter({ sets: resolved.flagSets, names: resolved.flagNames, prefixes: resolved.flagPrefixes })
  const definitions = createDefinitions({ accepts: filter.accepts, onCorrupt: () => sync.recover() })
  const noCache = (why: unknown) => log.once('warn', 'cache', `definitions are not cached: ${String(why)}`)
  const keyValue =
    persistence === 'none'
      ? undefined
      : createKeyValue({
          database: DEFINITIONS_DATABASE,
          onFault: noCache,
        })
  const sync = createSync({
    http,
    definitions,
    store:
      keyValue &&
      createDefinitionsStore({
        keyValue,
        scope: JSON.stringify([sdkKey, filter.query, urls.sdk]),
        maxAgeMs: resolved.cacheMaxAgeMs,
        now: clock.now,
        onFault: noCache,
      }),
    mayStoreUser: () => consent === 'granted',
    page,
    clock,
    filter,
    definitionsUrl: urls.sdk + paths.definitions,
    membershipsUrl: urls.sdk + paths.memberships,
    isProxy: settings.urls?.sdk !== undefined,
    definitionsRefreshMs: resolved.definitionsRefreshMs,
    membershipsRefreshMs: resolved.membershipsRefreshMs,
    backoff,
    onCache(_confirmedAt, change) {
      source = 'cache'
      holdUpdates()
      settle(users.values(), change)
    },
    onDefinitions(change) {
      // Held back ones are not in use.
      if (source === 'none' || resolved.updatePolicy === 'immediate') source = 'network'
      isConfirmed = true
      holdUpdates()
      settle(users.values(), change)
      void startStream()
    },
    onMemberships(matchingKey, isChanged, from) {
      if (from === 'network') confirmedKeys.add(matchingKey)
      const ofKey = [...users.values()].filter((user) => user.matchingKey === matchingKey)
      settle(ofKey, isChanged ? { type: 'segments', names: [] } : undefined)
    },
    onError(error) {
      log.warn(error.message)
      broadcast('error', error)
    },
  })

  /** Ready when the service confirmed the definitions and, where they depend on them, the memberships of the key. */
  function lookAtReady({ readiness }: UserClient, matchingKey: string | undefined): void {
    const hasMemberships = matchingKey === undefined || confirmedKeys.has(matchingKey) || !definitions.usesSegments()
    if (isConfirmed && hasMemberships) readiness.reachReady()
    else if (source !== 'none') readiness.reachCache()
  }

  /** From the first definitions on, later ones wait for the next page, or until they are asked for. */
  function holdUpdates() {
    if (resolved.updatePolicy !== 'immediate') definitions.hold()
  }

  /** A bonus, loaded when everything else works. Where it cannot be loaded or connected, polling goes on. */
  async function startStream() {
    const openEventSource = findEventSource()
    if (!resolved.streaming || isQuiet || stream || !openEventSource) return
    const noStream = (why: unknown) => log.once('info', 'stream', `no streaming, polling instead: ${String(why)}`)
    try {
      const { createStream } = await import('../definitions/stream/createStream')
      if (isDestroyed || stream) return
      stream = createStream({
        http,
        sync,
        definitions,
        openEventSource,
        page,
        clock,
        authUrl: urls.auth + paths.auth,
        streamingUrl: urls.streaming + paths.streaming,
        sdkKey,
        sdkVersion: SDK_VERSION,
        backoff,
        onFault: noStream,
      })
      stream.start()
    } catch (fault) {
      noStream(fault)
    }
  }

  /** Makes ready who can be, and tells of a change those who had answers before it. */
  function settle(of: Iterable<{ user: UserClient; matchingKey: string | undefined }>, change: Update | undefined) {
    for (const { user, matchingKey } of of) {
      const hadAnswers = user.readiness.reached.readyFromCache
      lookAtReady(user, matchingKey)
      if (change && hadAnswers) user.emit('update', change)
    }
  }

  const shared: SharedParts = {
    definitions,
    flagSets: resolved.flagSets,
    fallback: createFallback(resolved.fallbackTreatments, log.warn),
    impressions,
    impressionsForUnknownFlags: resolved.impressionsForUnknownFlags,
    feed,
    readyTimeoutMs: resolved.readyTimeoutMs,
    status() {
      const confirmedAt = sync.confirmedAt()
      const age = confirmedAt === undefined ? undefined : clock.now() - confirmedAt
      return {
        source,
        age,
        stale: age !== undefined && age > STALE_POLLS * resolved.definitionsRefreshMs,
        dropped: outbox.dropped(),
        blocked: reachability.blocked(),
      }
    },
    log,
    forKey,
    consent: {
      get: () => consent,
      set(next) {
        consent = next
        if (next === 'granted') void outbox.write()
        else {
          outbox.clear()
          feed.clear()
        }
      },
    },
    flush: () => sender.flush('manual'),
    update() {
      const change = definitions.release()
      holdUpdates()
      settle(users.values(), change)
      return change !== undefined
    },
  }

  /** Makes the client of a key, or finds it. */
  function forKey(given: unknown): Client {
    const key = validateKey(given)
    if (!key) log.warn('forKey: the key is invalid; its client answers control')
    return userOf(key, undefined, () => Promise.resolve())
  }

  function userOf(
    key: ValidKey | undefined,
    attributes: Settings['attributes'],
    onDestroy: () => Promise<void>,
  ): Client {
    const id = JSON.stringify(key ?? null)
    const known = users.get(id)
    if (known) return known.user.client
    const registration = key && sync.register(key.matchingKey)
    const memberships = registration?.memberships
    if (key && Object.hasOwn(resolved.bootstrap?.memberships ?? {}, key.matchingKey)) {
      memberships?.apply(resolved.bootstrap?.memberships?.[key.matchingKey])
    }
    let subject: Subject | undefined
    const user = createUserClient({
      key,
      attributes,
      shared,
      subject() {
        // A new one only when memberships changed: it keeps the decisions that were made for it.
        const { segments, largeSegments } = memberships as NonNullable<typeof memberships>
        if (subject?.segments !== segments || subject.largeSegments !== largeSegments) {
          subject = createSubject(
            (key as ValidKey).matchingKey,
            (key as ValidKey).bucketingKey,
            segments,
            largeSegments,
          )
        }
        return subject
      },
      onDestroy() {
        users.delete(id)
        registration?.release()
        if (key && ![...users.values()].some(({ matchingKey }) => matchingKey === key.matchingKey)) {
          confirmedKeys.delete(key.matchingKey)
        }
        return onDestroy()
      },
    })
    users.set(id, { user, matchingKey: key?.matchingKey })
    stream?.addKey()
    lookAtReady(user, key?.matchingKey)
    return user.client
  }

  if (resolved.bootstrap) {
    definitions.apply(resolved.bootstrap.splitChanges)
    source = 'bootstrap'
    holdUpdates()
  }
  const stopPageHide = onPageHide({
    onHide(isLast) {
      feed.drain()
      sender.hide(isLast)
    },
    onFreeze() {
      sender.freeze()
      stream?.stop()
    },
    onResume() {
      sender.resume(newPageId())
      stream?.start()
    },
  })
  const client = userOf(resolved.key, resolved.attributes, async () => {
    isDestroyed = true
    stopPageHide()
    stream?.stop()
    sync.stop()
    for (const { user } of users.values()) void user.client.destroy()
    await sender.flush('destroy')
    await outbox.write()
    sender.stop()
    keyValue?.close()
    outboxDatabase?.close()
  })
  sender.start()
  if (isQuiet) sync.setPolling(false)
  sync.start()
  return client
}

/** Not `crypto.randomUUID`: insecure pages have none, and nothing but chance is asked of it. */
function newPageId(): string {
  return `${clock.now().toString(36)}-${Math.random().toString(36).slice(2)}`
}

/** Where one kind of data goes. A path of the site's own has its beacons below it. */
function endpoint(urls: Urls, paths: Paths & { isCustom: ReadonlySet<string> }, base: keyof Urls, name: keyof Paths) {
  const url = urls[base] + paths[name]
  return { url, beaconUrl: paths.isCustom.has(name) ? `${url}/beacon` : `${url.replace(/\/bulk$/, '')}/beacon` }
}
