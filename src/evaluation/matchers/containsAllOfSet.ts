import { setMatcher } from './setMatcher'

/** The set has every element of the list. */
export const containsAllOfSet = setMatcher(
  'contains all of',
  (set, { items }) => set.size >= items.length && items.every((item) => set.has(item)),
)
