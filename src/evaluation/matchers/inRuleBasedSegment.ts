import { isInSegmentOfType } from '../isInSegmentOfType'
import type { MatcherType } from '../matcher'

/** The subject is in a segment that is made of rules, which read what they need themselves. */
export const inRuleBasedSegment: MatcherType<true> = {
  data: 'userDefinedSegmentMatcherData',
  read: () => true,
  build:
    ({ segmentName }) =>
    (_, walk) =>
      isInSegmentOfType('rule-based', segmentName, walk),
  words: 'in rule-based segment',
}
