import { encodeText } from './encodeText'
import type { ChangeNumbers } from './types'

export type Spec = '1.3' | '1.2'

/** The addresses that definitions and memberships are asked for at. */
export interface Service {
  readonly definitionsUrl: string
  readonly membershipsUrl: string
  definitions(spec: Spec, since: ChangeNumbers): string
  memberships(matchingKey: string): string
}

/** @param filterQuery the part of the query that says which flags are wanted */
export function createService(definitionsUrl: string, membershipsUrl: string, filterQuery: string): Service {
  return {
    definitionsUrl,
    membershipsUrl,
    definitions(spec, { flags, ruleBasedSegments }) {
      const rbSince = spec === '1.3' ? `&rbSince=${ruleBasedSegments}` : ''
      return `${definitionsUrl}?s=${spec}&since=${flags}${rbSince}${filterQuery}`
    },
    memberships: (matchingKey) => `${membershipsUrl}/${encodeText(matchingKey)}`,
  }
}
