import { now } from '../browser/clock'
import { createEvents } from './createEvents'
import type { Client } from '../client/types/client'
import type { Status } from '../client/types/events'
import type { SdkLogger } from './logger'
import type { SplitIO } from './types'

const EVENTS: SplitIO.EventConsts = {
  SDK_READY: 'init::ready',
  SDK_READY_FROM_CACHE: 'init::cache-ready',
  SDK_READY_TIMED_OUT: 'init::timeout',
  SDK_UPDATE: 'state::update',
}

/** The text that comes with the event, and that `ready()` rejects with. */
const TIMED_OUT = 'Split SDK emitted SDK_READY_TIMED_OUT event.'

/** The official events, status and promises of one client. */
export interface SdkStatus {
  /** The members that the client and its manager show. */
  readonly members: SplitIO.IStatusInterface
  /** Begins a new life, in which nothing was reached yet: from now on everything is about this client of pennon's. */
  follow(client: Client): void
  /** Moves `lastUpdate` on for something that is no event. */
  touch(): void
}

export function createStatus(logger: SdkLogger): SdkStatus {
  /** The client of the present life; undefined before the first one. */
  let client: Client | undefined
  let fired = new Set<unknown>()
  let metadata: SplitIO.SdkReadyMetadata
  let lastUpdate = 0
  /** One function for each promise that is not settled: it looks whether its promise can be settled now, and waits again if not. */
  const waiting: (() => void)[] = []

  const events = createEvents((event) => fired.has(event) && event !== EVENTS.SDK_UPDATE, logger)
  const touch = () => {
    lastUpdate = Math.max(now(), lastUpdate + 1)
  }
  const fire = (event: SplitIO.Event, value: unknown) => {
    touch()
    fired.add(event)
    events.emit(event, value)
    for (const look of waiting.splice(0)) look()
  }

  const getStatus = (): SplitIO.ReadinessStatus => {
    const { ready = false, readyFromCache = false, timedOut = false, destroyed = false } = client?.status() ?? {}
    return {
      isReady: ready,
      isReadyFromCache: readyFromCache,
      isTimedout: timedOut && !ready,
      hasTimedout: timedOut,
      isDestroyed: destroyed,
      isOperational: readyFromCache && !destroyed,
      lastUpdate,
    }
  }
  /** Resolves at a milestone. If the client is destroyed before, the promise stays open for the next life. */
  const whenReached = (milestone: 'isReady' | 'isReadyFromCache', fault: string = EVENTS.SDK_READY_TIMED_OUT) =>
    new Promise<SplitIO.SdkReadyMetadata>((resolve, reject) => {
      const look = () => {
        const status = getStatus()
        if (status[milestone]) resolve(metadata)
        else if (status.hasTimedout) reject(new Error(fault))
        else waiting.push(look)
      }
      look()
    })

  /** A rejection that nobody takes is a log line, and no error of the page: at the end of each chain of `then`s. */
  const quietly = <Value>(promise: Promise<Value>): Promise<Value> => {
    let isChained = false
    promise.catch((fault: unknown) => {
      if (!isChained) logger.error(`pennon: ready() failed: ${String(fault)}`)
    })
    const then = promise.then.bind(promise)
    promise.then = ((onReady, onFault) => {
      isChained = true
      const next = then(onReady, onFault)
      return onFault ? next : quietly(next)
    }) as typeof then
    return promise
  }

  const members = {
    ...events,
    Event: EVENTS,
    getStatus,
    // Older versions of the official SDK had this name for `getStatus`.
    __getStatus: getStatus,
    ready: () => quietly(whenReached('isReady', TIMED_OUT).then(() => undefined)),
    whenReady: () => whenReached('isReady'),
    whenReadyFromCache: () => whenReached('isReadyFromCache'),
  }

  return {
    members: members as unknown as SplitIO.IStatusInterface,
    touch,
    follow(next) {
      client = next
      fired = new Set()
      metadata = { initialCacheLoad: true }
      let isUpdating = false
      const describe = ({ ready, source, age }: Status) => {
        if (ready || source === 'network') return
        metadata = {
          initialCacheLoad: false,
          ...(age !== undefined && { lastUpdateTimestamp: now() - age }),
        }
      }
      next.on('readyFromCache', (found) => {
        describe(found)
        fire(EVENTS.SDK_READY_FROM_CACHE, metadata)
      })
      next.on('ready', () => {
        fire(EVENTS.SDK_READY, metadata)
        // A change that came together with being ready is no update.
        queueMicrotask(() => (isUpdating = true))
      })
      next.on('timeout', () => fire(EVENTS.SDK_READY_TIMED_OUT, TIMED_OUT))
      next.on('update', ({ type, names }) => {
        if (isUpdating)
          fire(EVENTS.SDK_UPDATE, {
            type: type === 'flags' ? 'FLAGS_UPDATE' : 'SEGMENTS_UPDATE',
            names,
          })
      })
      const found = next.status()
      if (!found.readyFromCache) return
      // Definitions that the application brought along are there already; the event that tells of them comes later.
      describe(found)
      touch()
    },
  }
}
