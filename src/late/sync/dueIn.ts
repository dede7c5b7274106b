import type { Clock } from '../../browser/clock'

/** A moment to come. */
export interface Due {
  /** Epoch ms. */
  readonly at: number
  /** ms; none or fewer once it has come. */
  left(): number
}

/** The moment after so many ms, by both clocks: the wall clock goes on while the machine sleeps, the other one is never set back. */
export function dueIn(ms: number, clock: Pick<Clock, 'now' | 'elapsed'>): Due {
  const at = clock.now() + ms
  const end = clock.elapsed() + ms
  return { at, left: () => Math.min(at - clock.now(), end - clock.elapsed()) }
}
