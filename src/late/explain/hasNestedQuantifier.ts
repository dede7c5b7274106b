import type { MatcherDefinition } from '../../evaluation/types'

/**
 * Whether a matcher's pattern repeats a group that itself repeats something, as in `(a+)+`: almost all expressions whose time
 * explodes look so. It is a hint for people, and may be wrong either way.
 */
export function hasNestedQuantifier({ matcherType, stringMatcherData }: MatcherDefinition): boolean {
  // The pattern is cut, because this search would take long as well on one of a megabyte.
  const pattern = typeof stringMatcherData === 'string' ? stringMatcherData.slice(0, 1_000) : ''
  return matcherType === 'MATCHES_STRING' && /\([^()]*[*+}][^()]*\)+[*+{]/.test(pattern)
}
