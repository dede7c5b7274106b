import type { Impression, ImpressionKey } from './types'
import type { Log } from '../shared/log'

type ImpressionListener = (impression: Impression, key: ImpressionKey) => void

/** Hands impressions to those who listen: after the decision, in one microtask for all that a task made. */
export interface ImpressionFeed {
  /** Adds a listener and returns its removal. */
  add(listener: ImpressionListener): () => void
  /** Takes an impression; undefined while nobody listens. */
  taker(): ImpressionListener | undefined
  /** Hands over what waits, now. At page hide there is no later microtask to rely on. */
  drain(): void
  /** Forgets what waits: after a decline nobody hears of it. */
  clear(): void
}

export function createImpressionFeed(log: Log): ImpressionFeed {
  const listeners = new Set<ImpressionListener>()
  let waiting: [Impression, ImpressionKey][] = []

  const drain = () => {
    const batch = waiting
    waiting = []
    for (const [impression, key] of batch) {
      for (const listener of [...listeners]) {
        try {
          // A copy each: what one listener changes, the next one does not see.
          listener({ ...impression }, key)
        } catch (fault) {
          log.error(`an impression listener threw: ${String(fault)}`)
        }
      }
    }
  }

  const take: ImpressionListener = (impression, key) => {
    if (waiting.push([impression, key]) === 1) queueMicrotask(drain)
  }

  return {
    add(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    taker: () => (listeners.size ? take : undefined),
    drain,
    clear: () => {
      waiting = []
    },
  }
}
