import { databaseNames } from '../../browser/databaseNames'
import { findEventSource } from '../../browser/eventSource'
import { DEFINITIONS_DATABASE } from '../../definitions/flagData'
import { createStops } from '../../shared/stops'
import { SDK_VERSION } from '../../shared/version'
import { backoff } from '../backoff'
import { createCacheWriter } from './cacheWriter'
import { forgetMemberships } from './forgetMemberships'
import { createPolling } from './polling'
import { createStreaming } from './streaming'
import type { Clock } from '../../browser/clock'
import type { Http } from '../http'
import type { Core, Late } from '../types'

/** Keeps definitions and memberships as the service has them, in memory and on disk. */
export interface Sync {
  /** Takes over the first requests, and begins to poll; streaming follows. Called once. */
  start(): void
  /** The freshness of everything. `refused` may name the definitions, memberships, and the token of the stream. */
  status(): Pick<ReturnType<Late['status']>, 'updates' | 'contactAt' | 'refused'>
  /** Stores the memberships that were fetched before the user consented. */
  readonly onGranted: () => void
  /** Deletes the stored memberships of all keys. */
  forget(): void
  /** Ends all fetching and streaming. Resolves when everything is written that is to be. */
  stop(): Promise<void> | undefined
}

/** The parts of the second file that this room works with. */
interface SyncParts {
  http: Pick<Http, 'get'>
  clock: Clock
  /** Whether the settings allow that the user is written to disk. */
  mayStoreUser: boolean
}

/** Deleting what earlier pages stored waits until the page is idle, at most so long, ms. */
const FORGET_MS = 1_000

export function createSync(core: Core, { http, clock, mayStoreUser }: SyncParts): Sync {
  const { settings, endpoints, definitions, cache, databases, hub, page, log } = core
  // A page that is prerendered and not shown yet has no stream, and stores nothing about a user.
  let isShown = false
  let isStreamDue = false

  const writer = cache && createCacheWriter(cache.door, clock)
  const polling = createPolling({
    ...core,
    http,
    clock,
    writer,
    mayStoreUser: () => mayStoreUser && core.consent.isGranted && isShown,
    backoff,
  })
  const noStream = (why: unknown) => log.once('info', 'stream', `no streaming, polling instead: ${String(why)}`)
  const streaming = createStreaming(
    async () => {
      const openEventSource = findEventSource()
      if (!openEventSource) throw new Error('no EventSource')
      polling.expectStream()
      const { createStream } = await import('./stream/createStream')
      return createStream({
        http,
        polling,
        definitions,
        openEventSource,
        page,
        clock,
        authUrl: endpoints.auth,
        streamingUrl: endpoints.streaming,
        sdkKey: settings.sdkKey,
        sdkVersion: SDK_VERSION,
        hashing: core.evaluator,
        backoff,
        onFault: noStream,
        onUnreadable: () =>
          log.once('warn', 'message', 'a message of the stream cannot be read: everything is fetched anew'),
      })
    },
    page,
    noStream,
  )
  const stops = createStops()
  stops.push(
    polling.stop,
    streaming.stop,
    hub.on('definitions', ({ source }) => {
      isStreamDue ||= source === 'network' && settings.streaming && !core.isOnce
      if (isShown && isStreamDue) streaming.start()
    }),
    hub.on('key', ({ isUsed }) => {
      if (isUsed) streaming.addKey()
    }),
    page.whenActivated(() => {
      isShown = true
      polling.storeMemberships()
      if (isStreamDue) streaming.start()
    }),
  )

  /** Deletes memberships that an earlier page stored, of an earlier release or with other settings, and this one may not store. */
  const forgetEarlier = () => {
    const ask = async () => {
      const isThere = (await databaseNames())?.includes(DEFINITIONS_DATABASE) ?? true
      const database = cache?.door.keyValue ?? (isThere ? databases.open(DEFINITIONS_DATABASE) : undefined)
      if (database) await forgetMemberships(database, settings.sdkKey)
    }
    ask().catch(() => undefined)
  }

  return {
    start() {
      if (!mayStoreUser) stops.push(clock.whenIdle(FORGET_MS, forgetEarlier))
      polling.start()
    },
    status: () => ({
      updates: streaming.isUp() ? 'streaming' : undefined,
      contactAt: polling.contactAt(),
      refused: [...polling.refused(), ...streaming.refused()],
    }),
    onGranted: polling.storeMemberships,
    forget() {
      for (const { matchingKey } of core.keys.all()) core.keys.get(matchingKey)!.storedAt = undefined
      if (mayStoreUser) void writer?.forgetMemberships()
      else forgetEarlier()
    },
    stop() {
      stops.stop()
      return writer?.stop()
    },
  }
}
