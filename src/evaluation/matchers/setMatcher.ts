import { listOf } from './listOf'
import type { MatcherType } from '../types'

/**
 * A matcher that compares the user's set with a list. Elements that the list names twice count twice in its length, as in
 * the official SDK.
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

/** Whether every element of the first is in the second. */
export function isWithin(some: Iterable<string>, set: Set<string>): boolean {
  for (const item of some) if (!set.has(item)) return false
  return true
}

/**
 * The set that a matcher sees in a value: the distinct texts of an array's elements; undefined where it never matches.
 *
 * @throws TypeError for an element that has no text
 */
export function toSet(value: unknown): Set<string> | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined
  const set = new Set<string>()
  for (const item of value) set.add((item as string) + '')
  return set
}
