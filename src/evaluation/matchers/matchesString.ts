import { cut } from '../quote'
import { toText } from '../toText'
import type { MatcherType } from '../matcher'

// A regular expression cannot be interrupted, and some take a time that grows with the square of the text or worse.
const MAX_LENGTH = 10_000

/** A regular expression, without flags, finds something in the text. */
export const matchesString: MatcherType<string> = {
  read: toText,
  build: ({ stringMatcherData }) => {
    const pattern = new RegExp(stringMatcherData as string)
    return (text, { definitions }) => {
      if (text.length <= MAX_LENGTH) return pattern.test(text)
      definitions.warn?.(`a text of more than ${MAX_LENGTH} units is not compared with a regular expression`)
      return false
    }
  },
  words: ({ stringMatcherData }) => `matches /${cut(stringMatcherData ?? '')}/`,
}
