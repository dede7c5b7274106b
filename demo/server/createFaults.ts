import { matcherOf } from './matcherOf'
import type { Fault, Received, Where } from './types'

export type Faults = ReturnType<typeof createFaults>

/** Faults in play. The one installed last wins. */
export function createFaults() {
  const inPlay: { matches: (request: Received) => boolean; fault: Fault; left: number }[] = []

  return {
    /** @returns a function that takes the fault away */
    add(where: Where, fault: Fault): () => void {
      const entry = { matches: matcherOf(where), fault, left: fault.times ?? Infinity }
      inPlay.unshift(entry)
      return () => {
        entry.left = 0
      }
    },

    of(request: Received): Fault | undefined {
      const entry = inPlay.find(({ left, matches }) => left > 0 && matches(request))
      if (!entry) return undefined
      entry.left -= 1
      return entry.fault
    },
  }
}
