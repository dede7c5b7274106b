import { createAuthenticate } from './authenticate'
import { createDefinitionUpdates } from './definitionUpdates'
import { createHealth } from './health'
import { createMembershipUpdates } from './membershipUpdates'
import { readMessage } from './messages'
import type { Clock } from '../../../browser/clock'
import type { OpenEventSource } from '../../../browser/eventSource'
import type { Page } from '../../../browser/page'
import type { Http } from '../../http'
import type { Definitions } from '../../../definitions/definitions'
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
  /** Lets go of everything and leaves the rest to polling: at the end, or while the page is in the bfcache. */
  readonly stop: () => void
}

interface StreamParts {
  http: Pick<Http, 'get'>
  sync: Sync
  definitions: Definitions
  openEventSource: OpenEventSource
  page: Pick<Page, 'isActive' | 'onChange'>
  clock: Pick<Clock, 'after'>
  authUrl: string
  streamingUrl: string
  sdkKey: string
  sdkVersion: string
  /** Wait before a new connection after so many failures in a row, ms. */
  backoff: (failures: number, baseMs?: number, mostMs?: number) => number
  /** Why there is no stream, once per change of state; `isFinal`: there will be none on this page. */
  onFault: (why: string, isFinal: boolean) => void
}

/** The longest wait for a new connection. */
const MOST_WAIT_MS = 30 * 60_000
/**
 * A page that nobody looked at for so long lets go of its connection: one that dies in the background does so silently, and
 * over HTTP/1.1 six tabs with a stream each would leave no connection for anything else.
 */
const HIDDEN_MS = 60_000

export function createStream(parts: StreamParts): Stream {
  const { sync, definitions, openEventSource, page, clock, backoff, onFault } = parts
  const authenticate = createAuthenticate({ ...parts, spec: sync.spec })
  const definitionUpdates = createDefinitionUpdates({ sync, definitions, clock })
  const membershipUpdates = createMembershipUpdates({ sync, clock })

  let health = createHealth()
  let isUp = false
  let isOver = false
  let isFaulty = false
  /** The next connection is due when somebody looks at the page again. */
  let isAwaited = false
  let failures = 0
  let close: (() => void) | undefined
  let cancelTimer = () => {}
  let cancelHiding = () => {}
  let abort: AbortController | undefined
  let leave: (() => void) | undefined
  let keys: readonly string[] = []
  // Messages in the order they came, although some take time to be inflated.
  let queue: Promise<unknown> = Promise.resolve()

  const syncAll = (): void => {
    for (const { matchingKey } of sync.keys()) void sync.refreshMemberships(matchingKey)
    void sync.refresh()
  }
  /** Polls while the stream brings nothing. What happened around the change of state is fetched. */
  const look = (isGood: boolean): void => {
    if (isGood === isUp) return
    isUp = isGood
    if (!isGood) cancelUpdates()
    // First the fetch, so that nothing is overdue when polling begins or ends.
    syncAll()
    sync.setPolling(!isGood)
  }
  const cancelUpdates = () => {
    definitionUpdates.cancel()
    membershipUpdates.cancel()
  }

  const disconnect = (): void => {
    abort?.abort()
    cancelTimer()
    close?.()
    close = undefined
  }
  const end = (why: string): void => {
    isOver = true
    stop()
    syncAll()
    onFault(why, true)
  }
  const retry = (why: string, retryAfterMs = 0): void => {
    disconnect()
    look(false)
    if (!isFaulty) onFault(why, false)
    isFaulty = true
    wait(Math.max(backoff(failures++, 1_000, MOST_WAIT_MS), retryAfterMs))
  }
  /** Leaves it to polling without a request: nobody looks, or the page goes away. */
  const rest = (): void => {
    disconnect()
    cancelUpdates()
    isUp = false
    sync.setPolling(true)
  }
  const wait = (ms: number): void => {
    cancelTimer()
    cancelTimer = clock.after(ms, () => void connect())
  }

  const connect = async (): Promise<void> => {
    isAwaited = !page.isActive()
    if (isAwaited) return
    abort?.abort()
    const mine = (abort = new AbortController())
    keys = sync.keys().map(({ matchingKey }) => matchingKey)
    const granted = await authenticate(keys, mine.signal)
    if (mine.signal.aborted) return
    if (granted.kind === 'refused') return end(granted.why)
    if (granted.kind === 'failed') return retry(granted.why, granted.retryAfterMs)
    // Until the new connection is there, the old one goes on.
    cancelTimer()
    cancelTimer = clock.after(granted.connectInMs, () => {
      close?.()
      health = createHealth()
      close = openEventSource(granted.url, { onOpen, onMessage, onError })
      wait(granted.refreshInMs - granted.connectInMs)
    })
  }
  const onOpen = (): void => {
    failures = 0
    isFaulty = false
    // Also when it was up before: what came between the two connections is not repeated.
    isUp = false
    look(true)
  }
  const onError = (data: string | undefined): void => {
    close = undefined
    let code = 0
    try {
      code = Number((JSON.parse(data as string) as { code?: unknown }).code)
    } catch {
      // The network.
    }
    // The service's own codes: 4014x is a token that expired, other 4xxxx will not get better.
    const isFinal = code >= 40000 && code < 50000 && !(code >= 40140 && code < 40150)
    if (isFinal) end(`error ${code}`)
    else retry(code ? `error ${code}` : 'the connection failed')
  }
  const onMessage = (data: string): void => {
    const message = readMessage(data)
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
    const { type } = message
    if (type === 'SPLIT_UPDATE') return definitionUpdates.update('flags', message)
    if (type === 'RB_SEGMENT_UPDATE') return definitionUpdates.update('ruleBasedSegments', message)
    if (type === 'MEMBERSHIPS_MS_UPDATE') return membershipUpdates.update('ms', message)
    if (type === 'MEMBERSHIPS_LS_UPDATE') return membershipUpdates.update('ls', message)
    return undefined
  }
  const control = ({ controlType, channel, timestamp }: Message): void => {
    if (controlType === 'STREAMING_RESET') return void connect()
    if (!health.isNew('control', channel, timestamp)) return
    if (controlType === 'STREAMING_DISABLED') return end('the service switched it off')
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
      if (leave || isOver) return
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
      const isNew = () => sync.keys().some(({ matchingKey }) => !keys.includes(matchingKey))
      if (leave && isNew()) wait(0)
    },
    isUp: () => isUp,
    stop,
  }
}
