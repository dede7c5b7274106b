import { HOUR_MS } from '../../../shared/hour'
import { dueIn, type Due } from '../dueIn'
import type { Clock } from '../../../browser/clock'
import type { RefusedResource } from '../../../shared/types'

/** The faults of the stream, and how long it waits because of them. */
export interface Faults {
  /**
   * Begins the pause after a fault.
   *
   * @param isLasting the service refused, or switched streaming off: it will not change its mind soon
   * @param retryAfterMs what the service asked for
   * @returns the length of the pause, ms
   */
  pauseFor(why: string, isLasting: boolean, retryAfterMs: number): number
  /** The rest of the pause, ms; 0 or less when there is none. */
  pauseMs(): number
  /** Says that a connection was opened. */
  end(): void
  /** Says with which status a token was refused; undefined when it was not. */
  noteStatus(status: number | undefined): void
  /** The token, while the service refuses it. */
  refused(): RefusedResource[]
}

interface FaultsParts {
  clock: Pick<Clock, 'now' | 'elapsed'>
  /** Wait before a new connection after so many failures in a row, ms. */
  backoff: (failures: number, baseMs?: number, mostMs?: number) => number
  /** Called with the first fault after each connection that was opened. */
  onFault: (why: string) => void
}

/** The longest wait for a new connection after faults that pass. */
const MOST_WAIT_MS = 30 * 60_000

export function createFaults({ clock, backoff, onFault }: FaultsParts): Faults {
  let failures = 0
  let isTold = false
  /** The end of the pause that is going on: no token is asked for before. */
  let end: Due | undefined
  let refusal: { status: number; since: number } | undefined

  return {
    pauseFor(why, isLasting, retryAfterMs) {
      if (!isTold) onFault(why)
      isTold = true
      // The service refused, or switched streaming off: that may be mended while the page is open.
      const ms = isLasting ? HOUR_MS : Math.max(backoff(failures++, 1_000, MOST_WAIT_MS), retryAfterMs)
      end = dueIn(ms, clock)
      return ms
    },
    pauseMs: () => end?.left() ?? 0,
    end() {
      failures = 0
      isTold = false
    },
    noteStatus(status) {
      refusal = status ? { status, since: refusal?.since ?? clock.now() } : undefined
    },
    // A pause followed each refusal.
    refused: () => (refusal ? [{ resource: 'auth', ...refusal, nextAttempt: (end as Due).at }] : []),
  }
}
