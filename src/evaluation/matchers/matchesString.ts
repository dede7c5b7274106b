import { toText } from './toText'
import type { MatcherType } from '../types'

// Longest text that is tested, in UTF-16 units: a regular expression cannot be interrupted, and some take a time that grows with the
// square of the text.
const MAX_LENGTH = 10_000

/** Matches a text in which a regular expression, without flags, finds something. */
export const matchesString: MatcherType<string> = {
  data: 'stringMatcherData',
  read: toText,
  build: (data) => {
    const pattern = new RegExp(data as unknown as string)
    return (text, { definitions }) => {
      if (text.length <= MAX_LENGTH) return pattern.test(text)
      definitions.warn?.('text too long')
      return false
    }
  },
  words: 'matches',
}
