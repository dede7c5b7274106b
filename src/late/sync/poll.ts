import type { Clock } from '../../browser/clock'
import type { HttpAnswer } from '../http'

/** One thing that is fetched again and again, never twice at a time. */
export interface Poll<Options> {
  /** Fetches now, or after the run that is going on. Resolves with whether it was answered; never rejects. */
  readonly run: (options?: Options) => Promise<boolean>
  /** Looks again whether, and when, the next run is due. At once, when it is overdue. */
  wake(): void
  stop(): void
}

interface PollParts<Options> {
  /** Its name in errors. */
  what: string
  ask: (options: Partial<Options>) => Promise<HttpAnswer>
  /** Takes an answer. @throws when it is none */
  take: (body: object) => void
  /** The service will not have us. */
  onRefused: (status: number) => void
  /** Once per change of state. */
  onError: (error: Error) => void
  periodMs: number
  /** Whether it runs again by itself after a success: not while a stream tells when. */
  isPolling: () => boolean
  /** It runs when it is told to, and never by itself, not even after a failure. */
  isOnce: boolean
  /** Whether it runs by itself at all: not while the page is hidden or offline. */
  isWanted: () => boolean
  /** Wait before the retry that follows so many failures in a row, ms. */
  backoff: (failures: number) => number
  clock: Pick<Clock, 'now' | 'after'>
}

/** After too many requests, where the service does not say how long to wait. */
const TOO_MANY_MS = 30_000
/** However far a clock was set back, something is tried within the hour. */
const LONGEST_WAIT_MS = 3_600_000

export function createPoll<Options>(parts: PollParts<Options>): Poll<Options> {
  const { what, ask, take, onRefused, onError, periodMs, isPolling, isOnce, isWanted, backoff, clock } = parts
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let failures = 0
  let hasSucceeded = false
  let dueAt: number | undefined
  let cancel = () => {}
  let isStopped = false

  /** Undefined, or what went wrong. */
  const attempt = async (answer: HttpAnswer): Promise<string | undefined> => {
    const { status = 0 } = answer
    if (status < 200 || status > 299) return status ? `status ${status}` : 'no answer'
    try {
      const body = await answer.json()
      if (!isStopped) take(body as object)
      return undefined
    } catch {
      return 'malformed answer'
    }
  }
  const execute = async (options: Partial<Options> = {}): Promise<boolean> => {
    waiting--
    if (isStopped) return false
    cancel()
    const answer = await ask(options)
    const { status, retryAfterMs = status === 429 ? TOO_MANY_MS : 0 } = answer
    const fault = await attempt(answer)
    if (isStopped) return false
    if (status === 401 || status === 403) onRefused(status)
    else if (fault && !failures) onError(new Error(`${what} could not be fetched (${fault}); trying again`))
    failures = fault ? failures + 1 : 0
    hasSucceeded ||= !fault
    if (isOnce) return !fault
    // The first failure of a start is often the network's waking up: it is tried again at once.
    const pause = fault ? (failures === 1 && !hasSucceeded ? 0 : backoff(failures)) : periodMs
    dueAt = clock.now() + Math.max(pause, retryAfterMs)
    wake()
    return !fault
  }
  const run = (options?: Partial<Options>): Promise<boolean> => {
    waiting++
    const done = tail.then(() => execute(options))
    tail = done
    return done
  }
  const wake = (): void => {
    cancel()
    // Before the first run there is nothing to catch up on, and one that is going on looks for itself when it ends.
    if (isStopped || waiting || dueAt === undefined || !isWanted()) return
    const inMs = Math.min(dueAt - clock.now(), Math.max(periodMs, LONGEST_WAIT_MS))
    if (inMs <= 0) void run()
    else if (isPolling() || failures) cancel = clock.after(inMs, () => isWanted() && void run())
  }

  return {
    run,
    wake,
    stop() {
      isStopped = true
      cancel()
    },
  }
}
