import { setMatcher } from './setMatcher'

/** Matches a set that has an element of the list. */
export const containsAnyOfSet = setMatcher('contains any of', (set, list) => list.some((item) => set.has(item)))
