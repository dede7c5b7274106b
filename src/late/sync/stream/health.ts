/** Whether a stream that is open also brings changes: it has publishers and is not paused. */
export interface Health {
  isGood(): boolean
  /** Takes note of how many publishers a region has. */
  occupancy(channel: string, timestamp: number, publishers: unknown): void
  /** Takes note of a pause or of its end. @returns whether that is news; so is the end of a pause that began before the connection */
  pause(isPaused: boolean): boolean
  /** Whether a message of this kind is newer than the last one of its region. */
  readonly isNew: (kind: 'occupancy' | 'control', channel: string, timestamp: number) => boolean
}

/** The health of one connection. Each has its own, because a pause whose end was missed between two would last for ever. */
export function createHealth(): Health {
  const seen: Record<string, number> = {}
  // Both regions are taken to have a publisher until they say otherwise.
  const publishers: Record<string, number> = { pri: 1, sec: 1 }
  let isPaused: boolean | undefined
  // The names of channels end with `pri` or `sec`.
  const region = (channel: string) => channel.slice(-3)

  const isNew: Health['isNew'] = (kind, channel, timestamp) => {
    const name = kind + region(channel)
    if (timestamp <= (seen[name] as number)) return false
    seen[name] = timestamp
    return true
  }

  return {
    isGood: () => !isPaused && Object.keys(publishers).some((name) => (publishers[name] as number) > 0),
    occupancy(channel, timestamp, count) {
      if (typeof count === 'number' && isNew('occupancy', channel, timestamp)) publishers[region(channel)] = count
    },
    pause(paused) {
      const isNews = isPaused !== paused
      isPaused = paused
      return isNews
    },
    isNew,
  }
}
