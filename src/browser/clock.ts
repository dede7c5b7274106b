/** The wall clock, and timers that cancel themselves by their return value. */
export interface Timers {
  /** The wall clock, epoch ms. */
  now(): number
  /** Time since the page began, ms. It never jumps, as the wall clock does when it is set: for everything that waits. */
  elapsed(): number
  /**
   * Runs a function once, after so many ms, but after 24.8 days at the latest.
   *
   * @param isBackground `true`: the timer alone does not keep a script of Node alive
   * @returns a function that cancels it
   */
  after(ms: number, run: () => void, isBackground?: boolean): () => void
}

/** Longest timer, 24.8 days. Browsers run a longer one at once, so that a wait of a month would become a flood. */
const LONGEST_MS = 2 ** 31 - 1

/** A clock that knows when the page has time. */
export interface Clock extends Timers {
  /** Runs a function once, when the page has nothing else to do or after so many ms. @returns a function that cancels it */
  whenIdle(withinMs: number, run: () => void): () => void
}

export const clock: Timers = {
  now,
  elapsed: () => performance.now(),
  after(ms, run, isBackground = false) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    // A script of the page that wraps `setTimeout` may return nothing.
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
