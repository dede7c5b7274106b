import { cut } from '../quote'
import { isInSegmentOfType } from '../isInSegmentOfType'
import type { MatcherType } from '../matcher'

/** The subject is in a segment that is made of rules. */
export const inRuleBasedSegment: MatcherType<true> = {
  read: () => true,
  build: (definition) => {
    const name = definition.userDefinedSegmentMatcherData?.segmentName
    return (_, walk) => isInSegmentOfType('rule-based', name, walk)
  },
  words: (definition) => `in rule-based segment ${cut(definition.userDefinedSegmentMatcherData?.segmentName)}`,
}
