import { DAY_MS, numberMatcher } from './numberMatcher'

/** The same number, or the same day. */
export const equalTo = numberMatcher('unaryNumericMatcherData', DAY_MS, '=', (value, other) => value === other)
