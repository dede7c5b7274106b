import type { Clock } from '../browser/clock'

/** What one try came to. */
export interface Outcome {
  readonly isDone: boolean
  /** The answer's, when it gave a time to wait for, ms. */
  readonly retryAfterMs?: number | undefined
}

/** One thing that is fetched again and again, never twice at a time. */
export interface Task<Options> {
  /** Fetches now, or after the run that is going on. Resolves with whether it was done; never rejects. */
  readonly run: (options?: Options) => Promise<boolean>
  /** Looks again whether, and when, the next run is due. At once, when it is overdue. */
  wake(): void
  stop(): void
}

interface TaskParts<Options> {
  work: (options: Options | undefined) => Promise<Outcome>
  periodMs: number
  /** Whether it runs again by itself after a success: not while a stream tells when. */
  isPolling: () => boolean
  /** Whether it runs by itself at all: not while the page is hidden or offline. */
  isWanted: () => boolean
  /** Wait before the retry that follows so many failures in a row, ms. */
  backoff: (failures: number) => number
  clock: Pick<Clock, 'now' | 'after'>
}

export function createTask<Options>(parts: TaskParts<Options>): Task<Options> {
  const { work, periodMs, isPolling, isWanted, backoff, clock } = parts
  let tail: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let failures = 0
  let hasSucceeded = false
  let dueAt: number | undefined
  let cancel: (() => void) | undefined
  let isStopped = false

  const execute = async (options: Options | undefined): Promise<boolean> => {
    waiting--
    if (isStopped) return false
    cancel?.()
    const { isDone, retryAfterMs = 0 } = await work(options).catch((): Outcome => ({ isDone: false }))
    failures = isDone ? 0 : failures + 1
    hasSucceeded ||= isDone
    // The first failure of a start is often the network's waking up: it is tried again at once.
    const pause = isDone ? periodMs : failures === 1 && !hasSucceeded ? 0 : backoff(failures)
    dueAt = clock.now() + Math.max(pause, retryAfterMs)
    wake()
    return isDone
  }
  const run = (options?: Options): Promise<boolean> => {
    waiting++
    const done = tail.then(() => execute(options))
    tail = done
    return done
  }
  const wake = (): void => {
    cancel?.()
    // Before the first run there is nothing to catch up on, and one that is going on looks for itself when it ends.
    if (isStopped || waiting || dueAt === undefined || !isWanted()) return
    // A clock that was set back must not stretch the wait.
    const inMs = Math.min(dueAt - clock.now(), Math.max(periodMs, 3_600_000))
    if (inMs <= 0) void run()
    else if (isPolling() || failures) cancel = clock.after(inMs, () => void run())
  }

  return {
    run,
    wake,
    stop() {
      isStopped = true
      cancel?.()
    },
  }
}
