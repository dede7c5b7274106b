import { toText } from './toText'
import type { MatcherType } from '../types'

/** The subject is in a segment. An attribute has to have a text, but which does not matter: memberships are the key's. */
export const inSegment: MatcherType<string> = {
  data: 'userDefinedSegmentMatcherData',
  read: toText,
  build:
    ({ segmentName }) =>
    (_, { subject }) =>
      subject.segments.has(segmentName as string),
  words: 'in segment',
}
