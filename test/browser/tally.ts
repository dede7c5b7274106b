/** What became of the impressions that were to arrive, in numbers: thousands of names would say little. */
export interface Tally {
  once: number
  /** Those that never came. */
  lost: number
  /** Those that came more than once. */
  doubled: number
  /** Those that came although they should not. */
  unknown: number
}

/** Counts what arrived, by any text that names it. */
export function tally(wanted: readonly string[], arrived: readonly string[]): Tally {
  const times = new Map<string, number>()
  for (const one of arrived) times.set(one, (times.get(one) ?? 0) + 1)
  const counts = wanted.map((one) => times.get(one) ?? 0)
  const isWanted = new Set(wanted)
  return {
    once: counts.filter((count) => count === 1).length,
    lost: counts.filter((count) => count === 0).length,
    doubled: counts.filter((count) => count > 1).length,
    unknown: [...times.keys()].filter((one) => !isWanted.has(one)).length,
  }
}

export const allOnce = (count: number): Tally => ({ once: count, lost: 0, doubled: 0, unknown: 0 })
