import { MINUTE_MS, numberMatcher } from './numberMatcher'

/** Matches a number that is at least this one, or a time that is not before this minute. */
export const greaterThanOrEqualTo = numberMatcher(
  'unaryNumericMatcherData',
  MINUTE_MS,
  '>=',
  (value, least) => value >= least,
)
