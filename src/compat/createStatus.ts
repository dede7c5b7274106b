import { createEmitter } from '../shared/emitter'
import type { Client } from '../client/types/client'
import type { SdkLogger } from './logger'
import type { SplitIO } from './types'

const EVENTS: SplitIO.EventConsts = {
  SDK_READY: 'init::ready',
  SDK_READY_FROM_CACHE: 'init::cache-ready',
  SDK_READY_TIMED_OUT: 'init::timeout',
  SDK_UPDATE: 'state::update',
}
const { SDK_READY, SDK_READY_FROM_CACHE, SDK_READY_TIMED_OUT, SDK_UPDATE } = EVENTS

type Listener = (...values: unknown[]) => void

/** The official events, status and promises of one client. */
export interface SdkStatus {
  /** What a client shows of it, and its manager too. */
  readonly members: SplitIO.IStatusInterface
  /** Something happened that is no event. */
  touch(): void
}

export function createStatus(client: Client, logger: SdkLogger): SdkStatus {
  const emitter = createEmitter<Record<string, unknown[]>>((event, fault) =>
    logger.error(`pennon: a listener of ${String(event)} threw: ${String(fault)}`),
  )
  let listeners: { event: string; listener: Listener; off: () => void }[] = []
  const fired = new Set<string>()
  let metadata: SplitIO.SdkReadyMetadata = { initialCacheLoad: true }
  let isUpdating = false
  let lastUpdate = 0
  const touch = () => {
    lastUpdate = Math.max(Date.now(), lastUpdate + 1)
  }
  const fire = (event: string, value: unknown) => {
    touch()
    fired.add(event)
    emitter.emit(event, [value])
  }

  client.on('readyFromCache', ({ ready, source, age }) => {
    if (!ready && source !== 'network') {
      metadata = { initialCacheLoad: false }
      if (age !== undefined) metadata.lastUpdateTimestamp = Date.now() - age
    }
    fire(SDK_READY_FROM_CACHE, metadata)
  })
  client.on('ready', () => {
    fire(SDK_READY, metadata)
    // What came with being ready is no update of it.
    queueMicrotask(() => (isUpdating = true))
  })
  client.on('timeout', () => fire(SDK_READY_TIMED_OUT, 'pennon: SDK_READY_TIMED_OUT'))
  client.on('update', ({ type, names }) => {
    if (isUpdating) fire(SDK_UPDATE, { type: type === 'flags' ? 'FLAGS_UPDATE' : 'SEGMENTS_UPDATE', names })
  })

  const drop = (isDropped: (entry: (typeof listeners)[number]) => boolean) => {
    for (const entry of listeners) if (isDropped(entry)) entry.off()
    listeners = listeners.filter((entry) => !isDropped(entry))
  }
  const add = (event: string, listener: Listener, isOnce: boolean) => {
    if (fired.has(event) && event !== SDK_UPDATE) {
      logger.error(`pennon: ${event} was emitted already: this listener will not be called`)
    }
    const off = emitter.on(event, (values) => {
      if (isOnce) drop((it) => it === entry)
      listener(...values)
    })
    const entry = { event, listener, off }
    listeners.push(entry)
  }
  /** `undefined` while it is neither reached nor timed out; a client that is destroyed before stays so. */
  const settle = (isReached: boolean, hasTimedOut: boolean): SplitIO.SdkReadyMetadata | Promise<never> => {
    if (isReached) return metadata
    if (hasTimedOut) throw new Error(SDK_READY_TIMED_OUT)
    return new Promise(() => {})
  }
  const whenReady = () => client.whenReady().then(({ ready, timedOut }) => settle(ready, timedOut))
  const getStatus = (): SplitIO.ReadinessStatus => {
    const { ready, readyFromCache, timedOut, destroyed } = client.status()
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
  const on = function <This>(this: This, event: string, listener: Listener): This {
    add(event, listener, false)
    return this
  }
  const off = function <This>(this: This, event: string, listener: Listener): This {
    const last = listeners.filter((it) => it.event === event && it.listener === listener).pop()
    drop((it) => it === last)
    return this
  }

  const members = {
    Event: EVENTS,
    on,
    addListener: on,
    once(event: string, listener: Listener) {
      add(event, listener, true)
      return this
    },
    off,
    removeListener: off,
    removeAllListeners(event?: string) {
      drop((it) => event === undefined || it.event === event)
      return this
    },
    emit(event: string, ...values: unknown[]) {
      const isHeard = listeners.some((it) => it.event === event)
      emitter.emit(event, values)
      return isHeard
    },
    getStatus,
    // The name that older versions of the official SDK had for it.
    __getStatus: getStatus,
    ready() {
      const promise = whenReady().then(() => undefined)
      promise.catch(() => undefined)
      return promise
    },
    whenReady,
    whenReadyFromCache: () =>
      client.whenReadyFromCache().then(({ readyFromCache, timedOut }) => settle(readyFromCache, timedOut)),
  }
  return { members: members as unknown as SplitIO.IStatusInterface, touch }
}
