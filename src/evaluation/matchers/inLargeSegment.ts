import { toText } from './toText'
import type { MatcherType } from '../types'

/** The subject is in a large segment. Large segments have names of their own, apart from those of other segments. */
export const inLargeSegment: MatcherType<string> = {
  data: 'userDefinedLargeSegmentMatcherData',
  read: toText,
  build:
    ({ largeSegmentName }) =>
    (_, { subject }) =>
      subject.largeSegments.has(largeSegmentName as string),
  words: 'in large segment',
}
