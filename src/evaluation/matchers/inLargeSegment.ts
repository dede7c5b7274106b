import { isInSegmentOfType } from '../isInSegmentOfType'
import { toText } from '../toText'
import type { MatcherType } from '../matcher'

/** The subject is in a large segment. Their names are apart from those of other segments. */
export const inLargeSegment: MatcherType<string> = {
  data: 'userDefinedLargeSegmentMatcherData',
  read: toText,
  build:
    ({ largeSegmentName }) =>
    (_, walk) =>
      isInSegmentOfType('large', largeSegmentName, walk),
  words: 'in large segment',
}
