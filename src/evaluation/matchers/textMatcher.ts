import { quote } from '../quote'
import { toText } from '../toText'
import { whitelistOf } from '../whitelistOf'
import type { MatcherType } from '../matcher'

/** A matcher that looks for any text of a list inside another text. */
export function textMatcher(verb: string, has: (text: string, part: string) => boolean): MatcherType<string> {
  return {
    read: toText,
    build: (definition) => {
      const parts = whitelistOf(definition).filter((part) => typeof part === 'string')
      return (text) => parts.some((part) => has(text, part))
    },
    words: (definition) => `${verb} ${quote(whitelistOf(definition))}`,
  }
}
