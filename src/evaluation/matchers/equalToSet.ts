import { isWithin, setMatcher } from './setMatcher'

/** The set and the list have the same elements. */
export const equalToSet = setMatcher(
  'equal to set',
  (set, list, asSet) => set.size === list.length && isWithin(set, asSet),
)
