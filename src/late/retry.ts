import { backoff } from './backoff'

/** When something that failed may be tried again. In monotonic time: a clock that is set back would stop it for a day. */
export interface Retry {
  /** Begins a pause that grows with each failure in a row, behind what the server asked for. */
  fail(toldMs?: number): void
  succeed(): void
  /** Takes over a pause that another page began. */
  pauseFor(ms: number): void
  /** How long the next attempt has to wait, ms. */
  waitMs(): number
  failures(): number
}

/** However long a server asks to wait, an hour later it may be another server. */
export const LONGEST_PAUSE_MS = 3_600_000

export function createRetry(elapsed: () => number): Retry {
  let failures = 0
  let until = 0
  const pauseFor = (ms: number) => {
    until = Math.max(until, elapsed() + Math.min(ms, LONGEST_PAUSE_MS))
  }

  return {
    // Both: pages that were told the same must not come back together.
    fail: (toldMs = 0) => pauseFor(toldMs + backoff(++failures)),
    succeed() {
      failures = 0
      until = 0
    },
    pauseFor,
    // Timers count whole ms: what is less is no wait, or one that fires early would find a pause that is over right after.
    waitMs: () => Math.max(0, Math.trunc(until - elapsed())),
    failures: () => failures,
  }
}
