import { DAY_MS, numberMatcher } from './numberMatcher'

/** Matches the same number, or a time on the same day. */
export const equalTo = numberMatcher('unaryNumericMatcherData', DAY_MS, '=', (value, other) => value === other)
