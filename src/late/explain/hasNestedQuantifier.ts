import type { MatcherDefinition } from '../../evaluation/types'

/**
 * Whether a matcher's pattern repeats a group that itself repeats something, as in `(a+)+`: the shape of almost all expressions
 * whose time explodes. A hint for people: it may be wrong either way.
 */
export function hasNestedQuantifier({ matcherType, stringMatcherData }: MatcherDefinition): boolean {
  // This one could take its time as well, on a pattern of a megabyte.
  const pattern = typeof stringMatcherData === 'string' ? stringMatcherData.slice(0, 1_000) : ''
  return matcherType === 'MATCHES_STRING' && /\([^()]*[*+}][^()]*\)+[*+{]/.test(pattern)
}
