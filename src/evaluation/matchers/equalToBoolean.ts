import { cut } from '../quote'
import { toBoolean } from '../toBoolean'
import type { MatcherType } from '../matcher'

/** The same boolean. */
export const equalToBoolean: MatcherType<boolean> = {
  read: toBoolean,
  build:
    ({ booleanMatcherData }) =>
    (value) =>
      value === booleanMatcherData,
  words: ({ booleanMatcherData }) => `is ${cut(booleanMatcherData)}`,
}
