/** The wall clock, and timers that cancel themselves by their return value. */
export interface Timers {
  /** Epoch ms. */
  now(): number
  /** Time since the page began, ms. It never jumps, as the wall clock does when it is set: for everything that waits. */
  elapsed(): number
  /**
   * Runs once after so many ms, or 24.8 days. `isBackground`: does not keep a script alive that is done otherwise, where there is no page.
   *
   * @returns its cancelling
   */
  after(ms: number, run: () => void, isBackground?: boolean): () => void
}

/** Browsers run a timer of more, 24.8 days, at once: a wait of a month would become a flood. */
const LONGEST_MS = 2 ** 31 - 1

/** A clock that knows when the page has time. */
export interface Clock extends Timers {
  /** Runs when the page has nothing else to do, or after so many ms. @returns its cancelling */
  whenIdle(withinMs: number, run: () => void): () => void
}

export const clock: Timers = {
  now,
  elapsed: () => performance.now(),
  after(ms, run, isBackground = false) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    // A script's wrapper may return nothing.
    if (isBackground) (timer as { unref?: () => void } | undefined)?.unref?.()
    return () => clearTimeout(timer)
  },
}

/**
 * The wall clock, epoch ms: the only place that reads it. With Datejs on the page `Date.now()` is a `Date`; where a script made it
 * something that is no number, the constructor is asked, because what counts by hours must not get `NaN`.
 */
export function now(): number {
  return +Date.now() || +new Date()
}
