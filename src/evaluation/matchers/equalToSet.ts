import { isWithin, setMatcher } from './setMatcher'

/** Matches a set that has the same elements as the list. */
export const equalToSet = setMatcher(
  'equal to set',
  (set, list, asSet) => set.size === list.length && isWithin(set, asSet),
)
