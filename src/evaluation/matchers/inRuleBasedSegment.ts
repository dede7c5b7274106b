import type { MatcherType } from '../types'

/** The subject is in a segment that is made of rules. The value of an attribute takes the place of the subject's keys. */
export const inRuleBasedSegment: MatcherType<unknown> = {
  data: 'userDefinedSegmentMatcherData',
  read: (value) => value ?? null,
  build:
    ({ segmentName }) =>
    (key, walk) =>
      !!walk.isInRuleBasedSegment(segmentName, walk, key),
  words: 'in rule-based segment',
}
