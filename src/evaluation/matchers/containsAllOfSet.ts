import { isWithin, setMatcher } from './setMatcher'

/** The set has every element of the list. */
export const containsAllOfSet = setMatcher(
  'contains all of',
  (set, list) => set.size >= list.length && isWithin(list, set),
)
