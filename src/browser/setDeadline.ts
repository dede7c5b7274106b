import type { Timers } from './clock'

/** A timer that fires so late, ms, says that the page was busy, stopped by a debugger, or asleep. */
const BUSY_MS = 50

/**
 * Runs a function when an answer of the browser or the network has had so many ms to come. After a long task, the timer may run before an
 * answer that came during it is heard: where the page was busy when the time was up, half of it is waited again, once.
 *
 * @returns a function that cancels it
 */
export function setDeadline(clock: Pick<Timers, 'elapsed' | 'after'>, ms: number, run: () => void): () => void {
  const half = ms / 2
  const wait = (next: () => void) => {
    cancel = clock.after(half, next)
  }
  let cancel: () => void
  // In two parts, so that a task that ends just before the time is up does not take all of it.
  wait(() => {
    const due = clock.elapsed() + half
    wait(() => (clock.elapsed() < due + BUSY_MS ? run() : wait(run)))
  })
  return () => cancel()
}
