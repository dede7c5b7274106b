import { HOUR_MS } from '../shared/hour'
import { backoff } from './backoff'

/** Says when something that failed may be tried again. It counts in monotonic time: a clock that is set back would stop it for a day. */
export interface Retry {
  /** Begins a pause that grows with each failure in a row. It is added to what the server asked for, ms. */
  fail(toldMs?: number): void
  /** Ends the pause, and forgets the failures. */
  succeed(): void
  /** Takes over a pause that another page began. */
  pauseFor(ms: number): void
  /** How long the next attempt has to wait, in whole ms. */
  waitMs(): number
  /** The number of failures in a row. */
  failures(): number
}

/** However long a server asks to wait, and however often it refused, an hour later it may be another server. */
export const LONGEST_PAUSE_MS = HOUR_MS

export function createRetry(elapsed: () => number): Retry {
  let failures = 0
  let until = 0
  const pauseFor = (ms: number) => {
    until = Math.max(until, elapsed() + Math.min(ms, LONGEST_PAUSE_MS))
  }

  return {
    // Both pauses are added, because pages that were told the same time must not come back together.
    fail: (toldMs = 0) => pauseFor(toldMs + backoff(++failures)),
    succeed() {
      failures = 0
      until = 0
    },
    pauseFor,
    // Less than a millisecond is no wait: timers count whole ones, and one that fires a little early must find the pause over.
    waitMs: () => Math.max(0, Math.trunc(until - elapsed())),
    failures: () => failures,
  }
}
