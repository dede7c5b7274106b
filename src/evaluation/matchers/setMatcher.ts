import { listOf } from '../listOf'
import { toSet } from '../toSet'
import type { MatcherType } from '../matcher'

/**
 * A matcher that compares the user's set with a list. The list keeps its doubles, which count in its length: so the
 * official SDK compares.
 */
export function setMatcher(
  words: string,
  holds: (set: Set<string>, list: string[], asSet: Set<string>) => boolean,
): MatcherType<Set<string>> {
  return {
    data: 'whitelistMatcherData',
    read: toSet,
    build: ({ whitelist }) => {
      const list = listOf<string>(whitelist)
      const asSet = new Set(list)
      return (set) => holds(set, list, asSet)
    },
    words,
  }
}

/** Every element of one is in the other. */
export function isWithin(some: Iterable<string>, set: Set<string>): boolean {
  for (const item of some) if (!set.has(item)) return false
  return true
}
