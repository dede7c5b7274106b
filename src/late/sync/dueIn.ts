import type { Clock } from '../../browser/clock'

/** A moment to come. */
export interface Due {
  /** The moment by the wall clock, epoch ms. */
  readonly at: number
  /** The time until then, ms; 0 or less once it has come. */
  left(): number
}

/**
 * The moment after so many ms, by whichever clock says so first: the wall clock goes on while the machine sleeps, and the monotonic one
 * is never set back.
 */
export function dueIn(ms: number, clock: Pick<Clock, 'now' | 'elapsed'>): Due {
  const at = clock.now() + ms
  const end = clock.elapsed() + ms
  return { at, left: () => Math.min(at - clock.now(), end - clock.elapsed()) }
}
