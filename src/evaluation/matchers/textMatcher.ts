import { listOf } from './listOf'
import { toText } from './toText'
import type { MatcherType } from '../types'

/** A matcher that looks for any text of a list inside another text. */
export function textMatcher(words: string, has: (text: string, part: string) => boolean): MatcherType<string> {
  return {
    data: 'whitelistMatcherData',
    read: toText,
    build: ({ whitelist }) => {
      const parts = listOf<string>(whitelist).filter((part) => typeof part === 'string')
      return (text) => parts.some((part) => has(text, part))
    },
    words,
  }
}
