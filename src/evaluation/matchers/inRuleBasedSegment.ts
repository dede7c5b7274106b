import type { MatcherType } from '../types'

/** Matches a subject that is in a segment made of rules. The value of an attribute takes the place of the subject's keys. */
export const inRuleBasedSegment: MatcherType<unknown> = {
  data: 'userDefinedSegmentMatcherData',
  read: (value) => value ?? null,
  build:
    ({ segmentName }) =>
    (key, walk) =>
      !!walk.isInRuleBasedSegment(segmentName, walk, key),
  words: 'in rule-based segment',
}
