import { findEventSource } from '../browser/eventSource'
import { createPageLock } from '../browser/locks'
import { databaseNames } from '../browser/databaseNames'
import { tab } from '../browser/tab'
import { theNavigator } from '../browser/theNavigator'
import { stringify } from '../shared/json'
import { plainly } from '../shared/log'
import { SDK_VERSION } from '../shared/version'
import { backoff } from './backoff'
import { createEventsChannel } from './delivery/eventsChannel'
import { createImpressionChannels } from './delivery/impressionChannels'
import { createNamedOutbox } from './delivery/namedOutbox'
import { createOutbox } from './delivery/outbox'
import { createOutboxStore } from './delivery/outboxStore'
import { createSender } from './delivery/sender'
import { answer } from './explain/answer'
import { createExplain } from './explain/explain'
import { createHttp } from './http'
import { startIntegrations } from './integrations'
import { overridden } from './overridden'
import { createOverrides } from './overrides'
import { createReachability } from './reachability'
import { createCacheWriter } from './sync/cacheWriter'
import { createStreaming } from './sync/streaming'
import { createSync } from './sync/sync'
import { speak } from './texts'
import type { Heard } from '../impressions/listeners'
import type { Core, Late } from './types'

/** Delivery has a database of its own, so that it never waits for a big write of definitions. */
const OUTBOX_DATABASE = 'pennon-outbox'

/**
 * Starts everything that a page does not need for its first decisions: asking the service, writing to disk, delivering,
 * integrations, explanations.
 *
 * @returns undefined when the first file is of another version
 */
export function startLate(core: Core): Late | undefined {
  const { settings, isOnce, log, hub, consent, page, clock, endpoints, service, definitions, keys, cache, tray } = core
  const { sdkKey, impressionsMode: mode, labelsEnabled, isLocal } = settings
  if (core.version !== SDK_VERSION) {
    log.speak(plainly)
    log.error(`the second file is of ${SDK_VERSION}, the first of ${core.version}: serve both from one release`)
    return undefined
  }

  log.speak(speak)
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
    onOutcome: reachability.note,
  })
  const writer = cache && createCacheWriter(cache.door, clock)

  const channels = [
    ...createImpressionChannels({
      urls: endpoints,
      flushMs: {
        impressions: settings.impressionsFlushMs,
        counts: settings.countsFlushMs,
        uniqueKeys: settings.uniqueKeysFlushMs,
      },
      mode,
      labelsEnabled,
      counter: core.counter,
      uniqueKeys: core.uniqueKeys,
    }),
    createEventsChannel(endpoints.events, settings.eventsFlushMs),
  ]
  const scope = stringify([sdkKey, settings.urls.events])
  const outboxDatabase =
    settings.persistence === 'all' && !isOnce && !isLocal ? core.openDatabase(OUTBOX_DATABASE) : undefined
  const pageId = newPageId(clock.now())
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
          open: (database) => core.openDatabase(database, log.debug),
          databaseNames,
          lock: createPageLock('slot', outboxDatabase, clock.now),
          onLeft: () => void sender.drain(),
        },
      ),
    clock,
    pageId,
    mode,
    consent: consent.get,
    limits: settings.outbox,
    onFull: () => void sender.flush('full'),
    onGone: (kind, items, outcome) =>
      hub.emit('delivery', {
        kind,
        count: items.length,
        items,
        reason: outcome === 'dropped' ? 'full' : 'interval',
        transport: 'disk',
        outcome,
      }),
    onFault: core.onStorageFault,
  })
  const sender = createSender({
    channels,
    outbox,
    pageLock: outboxDatabase && createPageLock(`${scope}:page`, outboxDatabase, clock.now),
    http,
    beacon: core.beacon,
    clock,
    page,
    pageId,
    sdkKey,
    consent: consent.get,
    onDelivery: (delivery) => hub.emit('delivery', delivery),
    log,
  })

  const sync = createSync({
    http,
    service,
    definitions,
    keys,
    firstRequests: core.firstRequests,
    writer,
    hub,
    mayStoreUser: consent.maySend,
    page,
    clock,
    isProxy: settings.isProxied,
    definitionsRefreshMs: settings.definitionsRefreshMs,
    membershipsRefreshMs: settings.membershipsRefreshMs,
    isOnce,
    backoff,
  })
  const noStream = (why: unknown) => log.once('info', 'stream', `no streaming, polling instead: ${String(why)}`)
  const streaming = createStreaming(async () => {
    const openEventSource = findEventSource()
    if (!openEventSource) throw new Error('no EventSource')
    const { createStream } = await import('./sync/stream/createStream')
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
      onUnreadable: () =>
        log.once('warn', 'message', 'a message of the stream cannot be read: everything is fetched anew'),
    })
  }, noStream)
  const stops = [
    hub.on('definitions', ({ source }) => {
      if (source === 'network' && settings.streaming && !isOnce) streaming.start()
    }),
    hub.on('key', ({ isUsed }) => {
      if (isUsed) streaming.addKey()
    }),
  ]

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
      outbox: (name) => createNamedOutbox({ name, outbox, addChannel: sender.addChannel, clock, log }),
      consent: consent.get,
      labelsEnabled,
      log,
    })

  const forget = () => {
    outbox.clear()
    void writer?.forgetMemberships()
  }

  if (isLocal) {
    // Nothing comes and nothing goes.
    sender.stop()
    sync.stop()
  } else {
    tray.handTo(outbox)
    // What earlier pages left is dropped as well.
    if (consent.isDeclined) forget()
    sender.start()
    sync.start()
  }
  // Integrations are foreign code: they start when everything exists.
  let stopIntegrations = startAll(core.listeners.takeKept())

  return {
    overrides,
    overridden: decideByQa,
    explain: (question) => answer(question, decideByQa?.(question.name), definitions, explain),
    status: () => ({
      updates: isOnce || isLocal ? 'none' : streaming.isUp() ? 'streaming' : 'polling',
      dropped: outbox.dropped(),
      blocked: reachability.blocked(),
      refused: [...sync.refused(), ...streaming.refused()],
      contactAt: sync.contactAt(),
    }),
    flush: () => sender.flush('manual'),
    hide: sender.hide,
    freeze() {
      sender.freeze()
      streaming.pause()
    },
    resume() {
      sender.resume(newPageId(clock.now()))
      streaming.resume()
    },
    save: () => void outbox.write(),
    forget,
    restartIntegrations() {
      stopIntegrations()
      stopIntegrations = startAll([])
    },
    halt() {
      for (const stop of stops) stop()
      streaming.stop()
      sync.stop()
    },
    async stop() {
      stopIntegrations()
      await sender.flush('destroy')
      await outbox.write()
      sender.stop()
    },
  }
}

/** The id needs no secrecy, only chance: `crypto.randomUUID` is missing on insecure pages. */
function newPageId(now: number): string {
  return `${now.toString(36)}-${Math.random().toString(36).slice(2)}`
}
