// @ts-check
import { matcherOf } from './matcherOf.mjs'

/**
 * @typedef {import('./createServer.mjs').Fault} Fault
 * @typedef {import('./createServer.mjs').Received} Received
 * @typedef {import('./createServer.mjs').Where} Where
 */

/** Faults in play. The one installed last wins. */
export function createFaults() {
  /** @type {{ matches: (request: Received) => boolean, fault: Fault, left: number }[]} */
  const inPlay = []

  return {
    /**
     * @param {Where} where
     * @param {Fault} fault
     * @returns {() => void} takes the fault away
     */
    add(where, fault) {
      const entry = { matches: matcherOf(where), fault, left: fault.times ?? Infinity }
      inPlay.unshift(entry)
      return () => {
        entry.left = 0
      }
    },

    /**
     * @param {Received} request
     * @returns {Fault | undefined}
     */
    of(request) {
      const entry = inPlay.find(({ left, matches }) => left > 0 && matches(request))
      if (!entry) return undefined
      entry.left -= 1
      return entry.fault
    },
  }
}
