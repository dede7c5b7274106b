import { toBoolean } from '../toBoolean'
import type { MatcherType } from '../matcher'

/** The same boolean. */
export const equalToBoolean: MatcherType<boolean> = {
  data: 'booleanMatcherData',
  read: toBoolean,
  build: (data) => (value) => value === (data as unknown),
  words: 'is',
}
