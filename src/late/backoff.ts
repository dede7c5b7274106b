import { HOUR_MS } from '../shared/hour'

/** However long a server asks to wait, and however often it refused, an hour later it may be another server. */
export const LONGEST_PAUSE_MS = HOUR_MS

/** Full jitter, so that pages which failed together do not come back together. */
export function backoff(failures: number, baseMs = 1_000, mostMs = 300_000): number {
  return Math.random() * Math.min(mostMs, baseMs * 2 ** failures)
}
