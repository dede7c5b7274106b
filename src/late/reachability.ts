/** Tells which purposes seem to be blocked on this page, as by an extension or a network that filters. */
export interface Reachability {
  /** Takes note of a request, and of whether it was answered. */
  note(url: string, isAnswered: boolean): void
  /** The purposes that seem to be blocked now. */
  blocked(): string[]
}

interface ReachabilityParts {
  /** The texts that the addresses of each purpose begin with. */
  addresses: Readonly<Record<string, readonly string[]>>
  now: () => number
  isOnline: () => boolean
}

/** One failure may be a lost connection. So many in a row, while other purposes are answered, look like a block. */
const FAILURES = 3
/** Another purpose must have been answered within this time: otherwise the network itself is gone. */
const WITHIN_MS = 60_000

export function createReachability({ addresses, now, isOnline }: ReachabilityParts): Reachability {
  const failures = new Map<string, number>()
  const answeredAt = new Map<string, number>()

  return {
    note(url, isAnswered) {
      for (const [purpose, starts] of Object.entries(addresses)) {
        if (!starts.some((start) => url.startsWith(start))) continue
        if (isAnswered) answeredAt.set(purpose, now())
        failures.set(purpose, isAnswered ? 0 : isOnline() ? (failures.get(purpose) ?? 0) + 1 : 0)
      }
    },
    blocked: () =>
      [...failures]
        .filter(
          ([purpose, count]) =>
            count >= FAILURES && [...answeredAt].some(([other, at]) => other !== purpose && now() - at <= WITHIN_MS),
        )
        .map(([purpose]) => purpose),
  }
}
