import { isWithin, setMatcher } from './setMatcher'

/** The set has no element that is not in the list. */
export const partOfSet = setMatcher('part of', (set, list, asSet) => set.size <= list.length && isWithin(set, asSet))
