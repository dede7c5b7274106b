import type { MatcherDefinition } from './definition'

/**
 * Whether a matcher's pattern repeats a group that itself repeats something, as in `(a+)+`: the shape of almost all expressions
 * whose time explodes. A hint for people: it may be wrong either way.
 */
export function hasNestedQuantifier({ matcherType, stringMatcherData }: MatcherDefinition): boolean {
  return matcherType === 'MATCHES_STRING' && /\([^()]*[*+}][^()]*\)+[*+{]/.test(stringMatcherData as string)
}
