import { quote } from '../quote'
import { toSet } from '../toSet'
import { whitelistOf } from '../whitelistOf'
import type { MatcherType } from '../matcher'

interface List {
  readonly items: readonly string[]
  readonly set: ReadonlySet<string>
}

/**
 * A matcher that compares the user's set with a list. The list keeps its doubles, which count in its length: so the
 * official SDK compares.
 */
export function setMatcher(verb: string, holds: (set: Set<string>, list: List) => boolean): MatcherType<Set<string>> {
  return {
    read: toSet,
    build: (definition) => {
      const items = whitelistOf(definition)
      const list = { items, set: new Set(items) }
      return (set) => holds(set, list)
    },
    words: (definition) => `${verb} ${quote(whitelistOf(definition))}`,
  }
}

/** Every element of the user's set is in the list. */
export function isWithin(set: Set<string>, list: List): boolean {
  for (const item of set) if (!list.set.has(item)) return false
  return true
}
