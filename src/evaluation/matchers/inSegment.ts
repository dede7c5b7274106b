import { toText } from '../toText'
import { cut } from '../quote'
import { isInSegmentOfType } from '../isInSegmentOfType'
import type { MatcherType } from '../matcher'

/** The subject is in a segment. An attribute has to have a text, but which one does not matter. */
export const inSegment: MatcherType<string> = {
  read: toText,
  build: (definition) => {
    const name = definition.userDefinedSegmentMatcherData?.segmentName
    return (_, walk) => isInSegmentOfType('standard', name, walk)
  },
  words: (definition) => `in segment ${cut(definition.userDefinedSegmentMatcherData?.segmentName)}`,
}
