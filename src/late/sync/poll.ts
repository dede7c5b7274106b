import { LONGEST_PAUSE_MS } from '../backoff'
import { dueIn, type Due } from './dueIn'
import { createTurns } from './turns'
import type { Clock } from '../../browser/clock'
import type { RefusedResource } from '../../shared/types'
import type { HttpAnswer } from '../http'

/** One thing that is fetched again and again, never twice at a time. */
export interface Poll<Options> {
  /** Fetches now, or after the run that is going on. Resolves with whether it was answered; never rejects. */
  readonly run: (options?: Options) => Promise<boolean>
  /** Looks again when the next run is due. One that is overdue begins at once. */
  wake(): void
  /** Whether no run is going on or waits. */
  readonly isIdle: () => boolean
  /** The refusal; undefined while the service does not refuse it. */
  refusal(): RefusedResource | undefined
  stop(): void
}

/** The answer to a request, and the function that uses it. */
export interface Asked {
  answer: HttpAnswer
  /** Uses a good answer. @throws when it is not what was asked for */
  take: (json: HttpAnswer['json']) => void
}

export interface PollParts<Options> {
  /** The name of what is fetched, in the words of an error. */
  what: string
  /** The address that an error names. */
  url: string
  /** The name that `status().refused` gives it. @default `what` */
  resource?: string
  ask: (options: Partial<Options>, signal: AbortSignal) => Promise<Asked>
  /** Begins a run, at once or when there is a place for it. @default at once */
  place?: <Result>(begin: () => Promise<Result>) => Promise<Result>
  /** Called at each refusal. */
  onRefused: () => void
  /** Called at the first of several failures in a row, and when failures become refusals or the other way round. */
  onError: (error: Error) => void
  periodMs: number
  /** Whether it runs again by itself after a success; not while a stream says when something changed. */
  isPolling: () => boolean
  /** Whether it runs only when it is told to, and never by itself, not even after a failure. @default false */
  isOnce?: boolean | undefined
  /** Whether it runs by itself at all: not while the page is hidden or offline. */
  isWanted: () => boolean
  /** Wait before the retry that follows so many failures in a row, ms. */
  backoff: (failures: number) => number
  clock: Pick<Clock, 'now' | 'elapsed' | 'after'>
}

/** Pause after a 429 that does not say how long to wait. */
const TOO_MANY_MS = 30_000
/** Pause after a first refusal. It doubles with each further one: an SDK key that was wrong for an hour is wrong still. */
const REFUSED_MS = 60_000

export function createPoll<Options>(parts: PollParts<Options>): Poll<Options> {
  const {
    what,
    resource = what,
    url,
    ask,
    place = (begin) => begin(),
    onRefused,
    onError,
    periodMs,
    isPolling,
    isOnce,
    isWanted,
    backoff,
    clock,
  } = parts
  let abort: AbortController | undefined
  let cancel = () => {}
  let isStopped = false
  /** The record of the runs so far. */
  const past = {
    failures: 0,
    hasSucceeded: false,
    refused: undefined as { status: number; since: number } | undefined,
    due: undefined as Due | undefined,
  }

  const execute = async (options: Partial<Options> = {}): Promise<boolean> => {
    if (isStopped) return false
    cancel()
    abort = new AbortController()
    const { answer, take } = await ask(options, abort.signal)
    if (isStopped) return false
    const fault = faultOf(answer, take, url)
    note(fault, answer)
    return !fault
  }
  const note = (
    fault: string | undefined,
    { status = 0, retryAfterMs = status === 429 ? TOO_MANY_MS : 0 }: HttpAnswer,
  ) => {
    const isRefused = status === 401 || status === 403
    const isNews = !past.failures || isRefused !== !!past.refused
    past.failures = fault ? past.failures + 1 : 0
    past.hasSucceeded ||= !fault
    past.refused = isRefused ? { status, since: past.refused?.since ?? clock.now() } : undefined
    past.due = isOnce ? undefined : dueIn(Math.max(pauseAfter(fault), retryAfterMs), clock)
    if (fault && isNews) {
      const hint = status === 401 ? '; a browser needs a client-side SDK key' : ''
      onError(new Error(`${what} could not be fetched (${fault}${hint})${isOnce ? '' : '; trying again'}`))
    }
    if (isRefused) onRefused()
  }
  const pauseAfter = (fault: string | undefined): number => {
    const { failures, hasSucceeded, refused } = past
    if (!fault) return periodMs
    if (hasSucceeded) return backoff(failures)
    if (refused) return Math.min(REFUSED_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
    // At the start of a page the first failure is often a network that is waking up: the request is repeated at once.
    return failures === 1 ? 0 : backoff(failures)
  }
  const wake = (): void => {
    cancel()
    const { due, failures } = past
    // Before the first run there is nothing to catch up on, and a run that is going on calls this itself when it ends.
    if (isStopped || !turns.isIdle() || !due || !isWanted()) return
    const inMs = due.left()
    if (inMs <= 0) void turns.run()
    else if (isPolling() || failures) cancel = clock.after(inMs, () => isWanted() && void turns.run())
  }

  const turns = createTurns<Options>({ execute, place, onIdle: wake })

  return {
    run: turns.run,
    isIdle: turns.isIdle,
    wake,
    refusal: () => past.refused && { resource, ...past.refused, nextAttempt: past.due?.at ?? Infinity },
    stop() {
      isStopped = true
      cancel()
      abort?.abort()
    },
  }
}

/** The fault of an answer; undefined when there is none. */
function faultOf(answer: HttpAnswer, take: Asked['take'], url: string): string | undefined {
  const { status } = answer
  if (!status) return `no answer from ${url}`
  if (status < 200 || status > 299) return `status ${status}`
  try {
    take(answer.json)
    return undefined
  } catch {
    return 'malformed answer'
  }
}
