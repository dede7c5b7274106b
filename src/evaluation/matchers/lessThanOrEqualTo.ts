import { MINUTE_MS, numberMatcher } from './numberMatcher'

/** At most a number, or not after a minute. */
export const lessThanOrEqualTo = numberMatcher(
  'unaryNumericMatcherData',
  MINUTE_MS,
  '<=',
  (value, most) => value <= most,
)
