import type { Heard, Impression, ImpressionKey } from './types'
import type { Log } from '../shared/log'

export type ImpressionListener = (impression: Impression, key: ImpressionKey) => unknown

/** The most impressions that are kept: for integrations, which start with the second file, and while the page is prerendered. */
const MOST_KEPT = 2_000

/** Hands impressions to listeners, after the decision: all that one task made, together. */
export interface ImpressionListeners {
  /** Adds a listener and returns its removal. */
  add(listener: ImpressionListener): () => void
  /** Keeps impressions from now on, for listeners that come with the second file. */
  keep(): void
  /** Gives the impressions that were kept, and keeps no more. */
  takeKept(): readonly Heard[]
  /** Hands nothing over until the function that it returns is called, because nobody sees the page yet. */
  hold(): () => void
  /** Takes an impression; undefined while nobody listens. It is a plain member because every decision reads it. */
  readonly take: ImpressionListener | undefined
  /** Hands over what waits, without waiting for the end of the task. */
  deliverNow(): void
  /** Forgets what waits, because the user declined. */
  forget(): void
}

/** @param soon runs something after the present task, and before the page goes */
export function createImpressionListeners(soon: (run: () => void) => void, log: Log): ImpressionListeners {
  const listeners = new Set<ImpressionListener>()
  const kept: Heard[] = []
  let stopKeeping: (() => void) | undefined
  let waiting: [Impression, ImpressionKey][] = []

  let isHeld = false
  /** How often everything was forgotten. */
  let forgotten = 0
  const deliverNow = () => {
    if (isHeld) return
    const batch = waiting
    const begun = forgotten
    waiting = []
    for (const [impression, key] of batch) {
      for (const listener of [...listeners]) {
        // A listener may remove others, or decline for the user.
        if (begun !== forgotten || !listeners.has(listener)) continue
        try {
          // Each listener gets a copy, so that none sees what another one changed.
          listener({ ...impression }, key)
        } catch (fault) {
          log.error('impression listener threw', fault)
        }
      }
    }
  }

  const take: ImpressionListener = (impression, key) => {
    if (isHeld && waiting.length === MOST_KEPT) return
    if (waiting.push([impression, key]) === 1) soon(deliverNow)
  }

  const own = {
    take: undefined as ImpressionListener | undefined,
    add(listener: ImpressionListener) {
      listeners.add(listener)
      own.take = take
      return () => {
        listeners.delete(listener)
        if (!listeners.size) own.take = undefined
      }
    },
    keep() {
      stopKeeping = own.add((...heard) => kept.length < MOST_KEPT && kept.push(heard))
    },
    takeKept() {
      stopKeeping?.()
      return kept.splice(0)
    },
    hold() {
      isHeld = true
      return () => {
        isHeld = false
        soon(deliverNow)
      }
    },
    deliverNow,
    forget() {
      forgotten++
      waiting = []
      kept.length = 0
    },
  }
  return own
}
