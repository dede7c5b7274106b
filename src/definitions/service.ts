import { encodeText } from '../shared/encodeText'
import { createFilter, type Filter, type FilterSettings } from './filter'
import type { ChangeNumbers } from '../shared/changeNumbers'
import type { Spec } from './types'

/** The addresses that definitions and memberships are asked for at, and which flags are asked for. */
export interface Service extends Filter {
  readonly definitionsUrl: string
  readonly membershipsUrl: string
  definitions(spec: Spec, since: ChangeNumbers): string
  memberships(matchingKey: string): string
}

export function createService(definitionsUrl: string, membershipsUrl: string, wanted: FilterSettings): Service {
  const filter = createFilter(wanted)
  return {
    ...filter,
    definitionsUrl,
    membershipsUrl,
    definitions(spec, { flags, ruleBasedSegments }) {
      const rbSince = spec === '1.3' ? `&rbSince=${ruleBasedSegments}` : ''
      return `${definitionsUrl}?s=${spec}&since=${flags}${rbSince}${filter.query}`
    },
    memberships: (matchingKey) => `${membershipsUrl}/${encodeText(matchingKey)}`,
  }
}
