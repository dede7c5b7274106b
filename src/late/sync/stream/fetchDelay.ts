const DEFAULT_INTERVAL_MS = 60_000

/** How long a key waits before it fetches what a stream message speaks of, ms: all users at once would be a storm. */
export function fetchDelay(
  key: string,
  message: { i?: number; h?: number; s?: number },
  hash32: (text: string, seed: number) => number,
): number {
  if (message.h === 0) return 0
  return hash32(key, message.s || 0) % (message.i || DEFAULT_INTERVAL_MS)
}
