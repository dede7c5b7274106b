import { isWithin, setMatcher } from './setMatcher'

/** Matches a set that has no element outside the list. */
export const partOfSet = setMatcher('part of', (set, _list, asSet) => isWithin(set, asSet))
