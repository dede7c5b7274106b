import { MINUTE_MS, numberMatcher } from './numberMatcher'

/** Matches a number that is at most this one, or a time that is not after this minute. */
export const lessThanOrEqualTo = numberMatcher(
  'unaryNumericMatcherData',
  MINUTE_MS,
  '<=',
  (value, most) => value <= most,
)
