import type { Clock } from '../../browser/clock'

/** Identities that were recorded in the current hour: by this page, and by others as far as it has read of them. */
export interface Seen {
  /** Start of the hour, epoch ms. What belongs to an hour before is forgotten. */
  hour(): number
  /** Whether this is the first of its hour; from now on it is not. One of an hour before always is. */
  isFirst(id: string, time: number): boolean
  /** What this page noted since it was last stored. */
  unsaved(): string[]
  saved(ids: readonly string[]): void
  /** Records on disk that need not be read again. */
  readonly records: Set<string>
  /** Others recorded these in that hour. */
  learn(ids: readonly string[], itsHour: number): void
  clear(): void
}

const HOUR_MS = 3_600_000

export function createSeen({ now }: Clock): Seen {
  const known = new Set<string>()
  const unsaved = new Set<string>()
  const records = new Set<string>()
  let hour = 0
  const clear = () => {
    for (const set of [known, unsaved, records]) set.clear()
  }
  const current = () => {
    const time = now()
    if (time - (time % HOUR_MS) !== hour) clear()
    return (hour = time - (time % HOUR_MS))
  }

  return {
    hour: current,
    isFirst(id, time) {
      if (time < current()) return true
      if (known.has(id)) return false
      known.add(id)
      unsaved.add(id)
      return true
    },
    unsaved: () => [...unsaved],
    saved(ids) {
      for (const id of ids) unsaved.delete(id)
    },
    records,
    learn(ids, itsHour) {
      if (itsHour === current()) for (const id of ids) known.add(id)
    },
    clear,
  }
}
