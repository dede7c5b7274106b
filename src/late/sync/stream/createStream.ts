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

/** Hears of changes as they happen. Whatever goes wrong with it, polling covers for it. */
export interface Stream {
  /** Connects, also again after `stop`. */
  start(): void
  /** A key was registered: the service is asked for its channels too. */
  addKey(): void
  /** It is connected, and brings what happens. */
  isUp(): boolean
  /** What the service refuses of it. */
  refused(): RefusedResource[]
  /** Lets go of everything and leaves the rest to polling: at the end, or while the page is in the bfcache. */
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
  /** Why there is no stream, or none before long, once per change of state. */
  onFault: (why: string) => void
  /** A message could not be read, and everything is fetched in its place. */
  onUnreadable: () => void
}

/** The longest wait for a new connection after faults that pass. */
const MOST_WAIT_MS = 30 * 60_000
/** Wait after the service refused, or switched streaming off: that may be mended while the page is open. */
const REFUSED_WAIT_MS = 3_600_000
/** Messages that cannot be read often come together: one fetch makes up for all that came within, ms. */
const UNREADABLE_MS = 1_000
/**
 * A page that nobody looked at for so long lets go of its connection: one that dies in the background does so silently, and
 * over HTTP/1.1 six tabs with a stream each would leave no connection for anything else.
 */
const HIDDEN_MS = 60_000
/** A connection may hang without a word of failure: after so long it has failed, or polling would stay off, ms. */
const OPENING_MS = 30_000

export function createStream(parts: StreamParts): Stream {
  const { sync, definitions, openEventSource, page, clock, backoff, onFault, onUnreadable } = parts
  const authenticate = createAuthenticate({ ...parts, spec: sync.spec })
  const definitionUpdates = createDefinitionUpdates({ sync, definitions, clock })
  const membershipUpdates = createMembershipUpdates({ sync, clock, hashing: parts.hashing })

  let health = createHealth()
  let isUp = false
  let isFaulty = false
  /** The next connection is due when somebody looks at the page again. */
  let isAwaited = false
  let failures = 0
  /** The pause that runs: no token is asked for before its end. */
  let notBefore: Due | undefined
  let refusal: { status: number; since: number } | undefined
  let close: (() => void) | undefined
  /** The connection was opened, and has not failed since. */
  let isOpen = false
  let cancelTimer = () => {}
  let cancelOpening = () => {}
  let cancelHiding = () => {}
  let cancelDoubt: (() => void) | undefined
  let abort: AbortController | undefined
  let leave: (() => void) | undefined
  /** The keys that the last question for a token was about, and those that the connection tells of. */
  let asked: readonly string[] = []
  let heard: ReadonlySet<string> = new Set()
  // The queue keeps messages in the order they came, although some take time to be inflated.
  let queue: Promise<unknown> = Promise.resolve()

  /** Polls while the stream brings nothing. What happened around the change of state is fetched. */
  const look = (isGood: boolean): void => {
    if (isGood === isUp) return
    isUp = isGood
    if (!isGood) cancelUpdates()
    // The fetch comes first, so that nothing is overdue when polling begins or ends. A page that went offline fetches when it is back.
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
      look(false)
    }
    if (!isFaulty) onFault(why)
    isFaulty = true
    notBefore = dueIn(waitMs, clock)
    wait(waitMs)
  }
  const retrySoon = (why: string, retryAfterMs = 0): void =>
    retry(why, Math.max(backoff(failures++, 1_000, MOST_WAIT_MS), retryAfterMs))
  /** The service does not want a stream: it is left to polling for long. */
  const giveUp = (why: string): void => {
    isOpen = false
    retry(why, REFUSED_WAIT_MS)
  }
  /** Leaves it to polling without a request: nobody looks, or the page goes away. */
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
    // A pause that runs counts for everybody, for a key that was added too.
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
    // The old connection goes on until the new one is there.
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
    // Everything is fetched even if the stream was up before: what came between the two connections is not repeated.
    isUp = false
    look(true)
  }
  const onError = (data: string | undefined): void => {
    close = undefined
    isOpen = false
    let code = 0
    try {
      code = Number((JSON.parse(data as string) as { code?: unknown }).code)
    } catch {
      // The network failed.
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
      return look(health.isGood())
    }
    if (message.type === 'CONTROL') return control(message)
    if (!isUp) return
    // A kill does not wait for what is being inflated.
    if (message.type === 'SPLIT_KILL') return definitionUpdates.kill(message)
    const of = health
    queue = queue.then(() => (isUp && of === health ? update(message) : undefined)).catch(() => {})
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
    look(health.isGood())
  }

  const stop = (): void => {
    leave?.()
    leave = undefined
    cancelHiding()
    rest()
  }

  return {
    start() {
      if (leave) return
      leave = page.onChange(() => {
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
      // Keys that are registered in one go share one question.
      const isNew = () => sync.keys().some(({ matchingKey }) => !asked.includes(matchingKey))
      if (leave && isNew()) wait(0)
    },
    isUp: () => isUp,
    refused: () => (refusal ? [{ resource: 'auth', ...refusal, nextAttempt: notBefore?.at ?? Infinity }] : []),
    stop,
  }
}
