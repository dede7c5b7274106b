import { createAuthenticate } from './authenticate'
import { createConnection } from './connection'
import { createFaults } from './faults'
import { createInbox } from './inbox'
import { watchPresence } from './presence'
import type { Clock } from '../../../browser/clock'
import type { OpenEventSource } from '../../../browser/eventSource'
import type { Page } from '../../../browser/page'
import type { Http } from '../../http'
import type { FlagData } from '../../../definitions/flagData'
import type { RefusedResource } from '../../../shared/types'
import type { Polling } from '../polling'
import type { Hashing } from './membershipUpdates'

/** Brings changes as they happen, by server-sent events. Whatever goes wrong with it, polling covers for it. */
export interface Stream {
  /** Connects to the stream, also again after `stop`. */
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
  polling: Polling
  definitions: FlagData['definitions']
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

export function createStream(parts: StreamParts): Stream {
  const { polling, page, clock } = parts
  const authenticate = createAuthenticate({
    http: parts.http,
    authUrl: parts.authUrl,
    streamingUrl: parts.streamingUrl,
    sdkKey: parts.sdkKey,
    sdkVersion: parts.sdkVersion,
    spec: polling.spec,
  })
  const faults = createFaults({
    clock,
    backoff: parts.backoff,
    onFault: parts.onFault,
  })

  let stopWatching: (() => void) | undefined
  /** Ends the step that is going on: a wait, or the request for a token. */
  let cancelStep = () => {}
  /** Whether the next request for a token waits until the page is active. */
  let isAwaited = false
  /** The keys that the last request for a token named. */
  let asked: readonly string[] = []

  const wait = (ms: number, run: () => unknown = ask): void => {
    cancelStep()
    cancelStep = clock.after(ms, run)
  }
  /** Tries again after a pause. A connection that is open goes on meanwhile: its token is good for some time yet. */
  const retry = (why: string, isLasting: boolean, retryAfterMs = 0): void => {
    if (!connection.isOpen()) {
      connection.close()
      inbox.giveUp()
    }
    wait(faults.pauseFor(why, isLasting, retryAfterMs))
  }
  /** Ends the stream without a fetch, because nobody looks at the page or it goes away. */
  const rest = (): void => {
    cancelStep()
    connection.close()
    inbox.rest()
  }

  const inbox = createInbox({
    polling,
    definitions: parts.definitions,
    page,
    clock,
    hashing: parts.hashing,
    onReset: () => void ask(),
    onDisabled() {
      connection.close()
      retry('the service switched it off', true)
    },
    onUnreadable: parts.onUnreadable,
  })
  const connection = createConnection({
    openEventSource: parts.openEventSource,
    clock,
    onOpen() {
      faults.end()
      inbox.open()
    },
    onMessage: inbox.receive,
    onFailed: retry,
  })

  async function ask(): Promise<void> {
    isAwaited = !page.isActive()
    if (isAwaited) return
    // A pause that is going on counts for a key that was added, too.
    const pauseMs = faults.pauseMs()
    if (pauseMs > 0) return wait(pauseMs)
    const request = new AbortController()
    cancelStep()
    cancelStep = () => request.abort()
    asked = polling.keys().map(({ matchingKey }) => matchingKey)
    const answer = await authenticate(asked, request.signal)
    if (request.signal.aborted) return
    faults.noteStatus(answer.status)
    if (answer.kind !== 'granted') {
      const isRefused = answer.kind === 'refused'
      // A token that was refused does not end the one that is in use; a service that switched streaming off does.
      if (isRefused && !answer.status) connection.close()
      return retry(answer.why, isRefused, answer.retryAfterMs)
    }
    // The old connection stays until the wait before the new one is over.
    wait(answer.connectInMs, () => {
      inbox.expect(answer.keys)
      // A connection that fails at once puts its own pause in the place of this one.
      wait(answer.refreshInMs - answer.connectInMs)
      connection.open(answer.url)
    })
  }

  return {
    start() {
      if (stopWatching) return
      stopWatching = watchPresence({
        page,
        clock,
        onAway() {
          rest()
          isAwaited = true
        },
        onBack() {
          if (isAwaited) void ask()
        },
      })
      void ask()
    },
    addKey() {
      // Keys that are registered in one go share one request.
      const isNew = () => polling.keys().some(({ matchingKey }) => !asked.includes(matchingKey))
      if (stopWatching && isNew()) wait(0)
    },
    isUp: inbox.isUp,
    refused: faults.refused,
    stop() {
      stopWatching?.()
      stopWatching = undefined
      rest()
    },
  }
}
