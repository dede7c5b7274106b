import type { Clock } from '../../../../src/browser/clock'

interface Timer {
  ms: number
  run: () => void
  isBackground: boolean | undefined
}

/** A clock that stands still, and whose timers run when a test says so. */
export function createHandClock() {
  const time = { now: 1_700_000_000_000, elapsed: 1_000_000 }
  const timers: Timer[] = []
  const clock = {
    now: () => time.now,
    elapsed: () => time.elapsed,
    after(ms: number, run: () => void, isBackground?: boolean) {
      const timer = { ms, run, isBackground }
      timers.push(timer)
      return () => void (timers.includes(timer) && timers.splice(timers.indexOf(timer), 1))
    },
  } as Clock
  return { time, timers, clock }
}

/** Lets everything run that waits for nothing but its turn. */
export const turn = () => new Promise((resolve) => setImmediate(resolve))
