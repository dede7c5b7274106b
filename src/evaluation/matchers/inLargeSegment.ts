import { toText } from './toText'
import type { MatcherType } from '../types'

/** Matches a subject that is in a large segment. The names of large segments are apart from those of other segments. */
export const inLargeSegment: MatcherType<string> = {
  data: 'userDefinedLargeSegmentMatcherData',
  read: toText,
  build:
    ({ largeSegmentName }) =>
    (_, { subject }) =>
      subject.largeSegments.has(largeSegmentName as string),
  words: 'in large segment',
}
