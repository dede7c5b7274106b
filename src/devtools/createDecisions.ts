import type { Client } from '../client/types/client'
import type { Attributes } from '../evaluation/types'
import type { Explanation } from '../late/explain/types'

/** The decisions that the page would get now. They come from `explain`, so that the panel makes no impressions. */
export interface Decisions {
  of(flag: string): Explanation
  attributes(): Attributes | undefined
  /** Sets the attributes that decisions are made with, as a call of the application would pass them. */
  setAttributes(attributes: Attributes | undefined): void
  /** Forgets the decisions, because something that they depend on has changed. */
  clear(): void
}

const UNEXPLAINED = {
  treatment: 'control',
  config: null,
  label: 'not ready',
  prerequisites: [],
  rules: [],
  matchers: [],
}

export function createDecisions(client: Client): Decisions {
  const known = new Map<string, Explanation>()
  let attributes: Attributes | undefined

  return {
    of(flag) {
      const decision = known.get(flag) ?? client.explain(flag, attributes)
      // The second file of pennon, which explains, may come a moment later.
      if (!decision) return { flag, ...UNEXPLAINED }
      known.set(flag, decision)
      return decision
    },
    attributes: () => attributes,
    setAttributes(given) {
      attributes = given
      known.clear()
    },
    clear: () => known.clear(),
  }
}
