import { MINUTE_MS, numberMatcher } from './numberMatcher'

/** At least a number, or not before a minute. */
export const greaterThanOrEqualTo = numberMatcher(
  'unaryNumericMatcherData',
  MINUTE_MS,
  '>=',
  (value, least) => value >= least,
)
