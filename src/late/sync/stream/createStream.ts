import { dueIn, type Due } from '../dueIn'
import { createAuthenticate } from './authenticate'
import { createDefinitionUpdates } from './definitionUpdates'
import { createHealth } from './health'
import { createMembershipUpdates, type Hashing } from './membershipUpdates'
import { readMessage } from './messages'
import type { Clock } from '../../../browser/clock'
import type { OpenEventSource } from '../../../browser/eventSource'
import type { Page } from '../../../browser/page'
import type { Http } from '../../http'
import type { Definitions } from '../../../definitions/definitions'
import type { RefusedResource } from '../../../shared/types'
import type { Sync } from '../sync'
import type { Message } from './messages'

/** Brings changes as they happen, by server-sent events. Whatever goes wrong with it, polling covers for it. */
export interface Stream {
  /** Connects, also again after `stop`. */
  start(): void
  /** Says that a key was registered: a new token is asked for, whose channels tell of that key too. */
  addKey(): void
  /** Whether it is connected, and brings changes. */
  isUp(): boolean
  /** The token, where the service refuses it. */
  refused(): RefusedResource[]
  /** Ends connection, timers and listeners, and leaves the rest to polling: at the end, or while the page is in the bfcache. */
  readonly stop: () => void
}

interface StreamParts {
  http: Pick<Http, 'get'>
  sync: Sync
  definitions: Definitions
  openEventSource: OpenEventSource
  page: Pick<Page, 'isActive' | 'onChange'>
  clock: Pick<Clock, 'now' | 'elapsed' | 'after'>
  authUrl: string
  streamingUrl: string
  sdkKey: string
  sdkVersion: string
  hashing: Hashing
  /** Wait before a new connection after so many failures in a row, ms. */
  backoff: (failures: number, baseMs?: number, mostMs?: number) => number
  /** Called with the reason why there is no stream, once per change of state. */
  onFault: (why: string) => void
  /** Called when a message cannot be read, so that everything is fetched in its place. */
  onUnreadable: () => void
}

/** The longest wait for a new connection after faults that pass. */
const MOST_WAIT_MS = 30 * 60_000
/** Wait after the service refused, or switched streaming off, ms: that may be mended while the page is open. */
const REFUSED_WAIT_MS = 3_600_000
/** Messages that cannot be read often come together: one fetch makes up for all that come within so long, ms. */
const UNREADABLE_MS = 1_000
/**
 * A page closes its connection after it was hidden or offline for so long, ms: a connection that dies in the background does so silently,
 * and over HTTP/1.1 six tabs with a stream each would leave no connection for anything else.
 */
const HIDDEN_MS = 60_000
/** A connection that has not opened after so long has failed, ms: some hang without an error. */
const OPENING_MS = 30_000

export function createStream(parts: StreamParts): Stream {
  const { sync, definitions, openEventSource, page, clock, backoff, onFault, onUnreadable } = parts
  const authenticate = createAuthenticate({ ...parts, spec: sync.spec })
  const definitionUpdates = createDefinitionUpdates({ sync, definitions, clock })
  const membershipUpdates = createMembershipUpdates({ sync, clock, hashing: parts.hashing })

  let health = createHealth()
  let isUp = false
  let isFaulty = false
  /** Whether the next connection waits until the page is active. */
  let isAwaited = false
  let failures = 0
  /** The end of the pause that is going on: no token is asked for before. */
  let notBefore: Due | undefined
  let refusal: { status: number; since: number } | undefined
  let close: (() => void) | undefined
  /** Whether the connection was opened, and has not failed since. */
  let isOpen = false
  let cancelTimer = () => {}
  let cancelOpening = () => {}
  let cancelHiding = () => {}
  let cancelDoubt: (() => void) | undefined
  let abort: AbortController | undefined
  let stopListening: (() => void) | undefined
  /** The keys that the last request for a token named. */
  let asked: readonly string[] = []
  /** The keys whose memberships the connection tells of. */
  let heard: ReadonlySet<string> = new Set()
  // The queue keeps messages in the order they came, although some take time to be inflated.
  let queue: Promise<unknown> = Promise.resolve()

  /** Leaves changes to the stream, or to polling while it brings none. What happened around the switch is fetched. */
  const setUp = (isGood: boolean): void => {
    if (isGood === isUp) return
    isUp = isGood
    if (!isGood) cancelUpdates()
    // The fetch comes first, so that nothing is overdue when polling begins or ends. An inactive page fetches when it is active again.
    if (isGood || page.isActive()) void sync.refreshAll()
    sync.setStreamed(isGood ? heard : undefined)
  }
  const cancelUpdates = () => {
    definitionUpdates.cancel()
    membershipUpdates.cancel()
    cancelDoubt?.()
    cancelDoubt = undefined
  }

  const disconnect = (): void => {
    abort?.abort()
    cancelTimer()
    cancelOpening()
    close?.()
    close = undefined
    isOpen = false
  }
  /** Tries again later. A connection that is open goes on meanwhile: its token is good for some time yet. */
  const retry = (why: string, waitMs: number): void => {
    if (!isOpen) {
      disconnect()
      setUp(false)
    }
    if (!isFaulty) onFault(why)
    isFaulty = true
    notBefore = dueIn(waitMs, clock)
    wait(waitMs)
  }
  const retrySoon = (why: string, retryAfterMs = 0): void =>
    retry(why, Math.max(backoff(failures++, 1_000, MOST_WAIT_MS), retryAfterMs))
  /** Ends the stream for long, because the service does not want it. */
  const giveUp = (why: string): void => {
    isOpen = false
    retry(why, REFUSED_WAIT_MS)
  }
  /** Ends the stream without a fetch, because nobody looks at the page or it goes away. */
  const rest = (): void => {
    disconnect()
    cancelUpdates()
    isUp = false
    sync.setStreamed(undefined)
  }
  const wait = (ms: number): void => {
    cancelTimer()
    cancelTimer = clock.after(ms, () => void connect())
  }

  const connect = async (): Promise<void> => {
    isAwaited = !page.isActive()
    if (isAwaited) return
    // A pause that is going on counts for a key that was added, too.
    const pauseMs = notBefore?.left() ?? 0
    if (pauseMs > 0) return wait(pauseMs)
    abort?.abort()
    const mine = (abort = new AbortController())
    asked = sync.keys().map(({ matchingKey }) => matchingKey)
    const granted = await authenticate(asked, mine.signal)
    if (mine.signal.aborted) return
    const { kind } = granted
    refusal =
      kind === 'refused' && granted.status
        ? { status: granted.status, since: refusal?.since ?? clock.now() }
        : undefined
    if (kind === 'failed') return retrySoon(granted.why, granted.retryAfterMs)
    // A token that was refused does not end the one that is in use; a service that switched streaming off does.
    if (kind === 'refused') return granted.status ? retry(granted.why, REFUSED_WAIT_MS) : giveUp(granted.why)
    // The old connection stays until the wait before the new one is over.
    cancelTimer()
    cancelTimer = clock.after(granted.connectInMs, () => {
      close?.()
      cancelOpening()
      isOpen = false
      health = createHealth()
      heard = granted.keys
      close = openEventSource(granted.url, { onOpen, onMessage, onError })
      cancelOpening = clock.after(OPENING_MS, () => retrySoon('the connection does not open'))
      wait(granted.refreshInMs - granted.connectInMs)
    })
  }
  const onOpen = (): void => {
    cancelOpening()
    failures = 0
    isFaulty = false
    isOpen = true
    // Everything is fetched even if the stream was up before, because nobody repeats what happened between the two connections.
    isUp = false
    setUp(true)
  }
  const onError = (data: string | undefined): void => {
    close = undefined
    isOpen = false
    let code = 0
    try {
      code = Number((JSON.parse(data as string) as { code?: unknown }).code)
    } catch {
      // Without a code it was the network that failed.
    }
    // The service's own codes: 4014x is a token that expired, other 4xxxx will not get better soon.
    const isRefused = code >= 40000 && code < 50000 && !(code >= 40140 && code < 40150)
    if (isRefused) giveUp(`error ${code}`)
    else retrySoon(code ? `error ${code}` : 'the connection failed')
  }
  /** Fetches everything: something changed, and the message cannot say what. */
  const doubt = (): void => {
    onUnreadable()
    cancelDoubt ??= clock.after(UNREADABLE_MS, () => {
      cancelDoubt = undefined
      void sync.refreshAll({ noCache: true })
    })
  }
  const onMessage = (data: string): void => {
    const message = readMessage(data, clock.now())
    if (message === 'unreadable') return isUp ? doubt() : undefined
    if (!message) return
    if (message.isOccupancy) {
      health.occupancy(message.channel, message.timestamp, message.metrics?.publishers)
      return setUp(health.isGood())
    }
    if (message.type === 'CONTROL') return control(message)
    if (!isUp) return
    // A kill is applied at once, without waiting for messages that are still being inflated.
    if (message.type === 'SPLIT_KILL') return definitionUpdates.kill(message)
    const connection = health
    queue = queue.then(() => (isUp && connection === health ? update(message) : undefined)).catch(() => {})
  }
  const update = (message: Message): Promise<void> | undefined => {
    const { kind } = message
    if (kind === 'ms' || kind === 'ls') return membershipUpdates.update(kind, message)
    return kind && definitionUpdates.update(kind, message)
  }
  const control = ({ controlType, channel, timestamp }: Message): void => {
    if (controlType === 'STREAMING_RESET') return void connect()
    if (!health.isNew('control', channel, timestamp)) return
    if (controlType === 'STREAMING_DISABLED') return giveUp('the service switched it off')
    if (controlType === 'STREAMING_PAUSED') health.pause(true)
    if (controlType === 'STREAMING_RESUMED') health.pause(false)
    setUp(health.isGood())
  }

  const stop = (): void => {
    stopListening?.()
    stopListening = undefined
    cancelHiding()
    rest()
  }

  return {
    start() {
      if (stopListening) return
      stopListening = page.onChange(() => {
        cancelHiding()
        if (!page.isActive()) {
          cancelHiding = clock.after(HIDDEN_MS, () => {
            rest()
            isAwaited = true
          })
        } else if (isAwaited) void connect()
      })
      void connect()
    },
    addKey() {
      // Keys that are registered in one go share one request.
      const isNew = () => sync.keys().some(({ matchingKey }) => !asked.includes(matchingKey))
      if (stopListening && isNew()) wait(0)
    },
    isUp: () => isUp,
    refused: () => (refusal ? [{ resource: 'auth', ...refusal, nextAttempt: notBefore?.at ?? Infinity }] : []),
    stop,
  }
}
