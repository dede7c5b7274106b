import { toText } from '../toText'
import { cut } from '../quote'
import { isInSegmentOfType } from '../isInSegmentOfType'
import type { MatcherType } from '../matcher'

/** The subject is in a large segment: names of their own. An attribute has to have a text, but which does not matter. */
export const inLargeSegment: MatcherType<string> = {
  read: toText,
  build: (definition) => {
    const name = definition.userDefinedLargeSegmentMatcherData?.largeSegmentName
    return (_, walk) => isInSegmentOfType('large', name, walk)
  },
  words: (definition) => `in large segment ${cut(definition.userDefinedLargeSegmentMatcherData?.largeSegmentName)}`,
}
