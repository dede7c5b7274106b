import type { Client } from '../client/types/client'
import type { Attributes } from '../evaluation/types'
import type { Explanation } from '../late/explain/types'

/** Decisions as the page would get them now. They come from `explain`, so that looking makes no impressions. */
export interface Decisions {
  of(flag: string): Explanation
  attributes(): Attributes | undefined
  /** What a call of the application would pass along. */
  setAttributes(attributes: Attributes | undefined): void
  /** Forgets the decisions: something that they depend on has changed. */
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
      // The second file of pennon, which explains, is there a moment later.
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
