/** The time over which keys are spread where the message does not say. */
const DEFAULT_INTERVAL_MS = 60_000

/**
 * The wait of a key before it fetches what a stream message announces, ms: all users at once would be a storm.
 *
 * @param message `i`: the time to spread keys over, ms. `h`: 0 for no wait. `s`: the seed of the hash that spreads them
 */
export function fetchDelay(
  key: string,
  message: { i?: number; h?: number; s?: number },
  hash32: (text: string, seed: number) => number,
): number {
  if (message.h === 0) return 0
  return hash32(key, message.s || 0) % (message.i || DEFAULT_INTERVAL_MS)
}
