import { isWithin, setMatcher } from './setMatcher'

/** Matches a set that has every element of the list. */
export const containsAllOfSet = setMatcher(
  'contains all of',
  (set, list) => set.size >= list.length && isWithin(list, set),
)
