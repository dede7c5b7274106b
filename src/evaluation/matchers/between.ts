import { MINUTE_MS, numberMatcher } from './numberMatcher'

/** Matches from one number or minute to another, both included. */
export const between = numberMatcher(
  'betweenMatcherData',
  MINUTE_MS,
  'between',
  (value, least, most) => least <= value && value <= most,
)
