import type { Clock, Timers } from './clock'

// Safari has no requestIdleCallback. There, a short wait lets the task that recorded something end first.
const WITHOUT_IDLE_MS = 250

/** @returns a clock that also knows when the page has time */
export function createIdleClock(timers: Timers): Clock {
  return {
    ...timers,
    whenIdle(withinMs, run) {
      if (typeof requestIdleCallback !== 'function') return timers.after(Math.min(withinMs, WITHOUT_IDLE_MS), run, true)
      const handle = requestIdleCallback(run, { timeout: withinMs })
      return () => cancelIdleCallback(handle)
    },
  }
}
