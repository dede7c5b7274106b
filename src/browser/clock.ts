/** The wall clock, and timers that cancel themselves by their return value. */
export interface Clock {
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
  /** Runs when the page has nothing else to do, or after so many ms. @returns its cancelling */
  whenIdle(withinMs: number, run: () => void): () => void
}

// Safari has no requestIdleCallback: a short wait lets the task that recorded something end first.
const WITHOUT_IDLE_MS = 250
/** Browsers run a timer of more, 24.8 days, at once: a wait of a month would become a flood. */
const LONGEST_MS = 2 ** 31 - 1

export const clock: Clock = {
  now,
  elapsed: () => performance.now(),
  after(ms, run, isBackground = false) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_MS))
    if (isBackground) (timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer)
  },
  whenIdle(withinMs, run) {
    if (typeof requestIdleCallback !== 'function') return clock.after(Math.min(withinMs, WITHOUT_IDLE_MS), run, true)
    const handle = requestIdleCallback(run, { timeout: withinMs })
    return () => cancelIdleCallback(handle)
  },
}

/**
 * The wall clock, epoch ms: the only place that reads it. With Datejs on the page `Date.now()` is a `Date`; where a script made it
 * something that is no number, the constructor is asked, because what counts by hours must not get `NaN`.
 */
export function now(): number {
  return +Date.now() || +new Date()
}
