import { toText } from './toText'
import type { MatcherType } from '../types'

/** Matches a subject that is in a segment. An attribute has to have some text, no matter which: memberships are the key's. */
export const inSegment: MatcherType<string> = {
  data: 'userDefinedSegmentMatcherData',
  read: toText,
  build:
    ({ segmentName }) =>
    (_, { subject }) =>
      subject.segments.has(segmentName as string),
  words: 'in segment',
}
