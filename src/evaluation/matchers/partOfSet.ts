import { isWithin, setMatcher } from './setMatcher'

/** The set has no element that is not in the list. */
export const partOfSet = setMatcher('part of', (set, _list, asSet) => isWithin(set, asSet))
