import { quote } from '../quote'
import { toText } from '../toText'
import { whitelistOf } from '../whitelistOf'
import type { MatcherType } from '../matcher'

/** The text is one of a list. */
export const whitelist: MatcherType<string> = {
  read: toText,
  build: (definition) => {
    const list = new Set(whitelistOf(definition))
    return (text) => list.has(text)
  },
  words: (definition) => `in list ${quote(whitelistOf(definition))}`,
}
