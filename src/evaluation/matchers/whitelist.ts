import { listOf } from '../listOf'
import { toText } from '../toText'
import type { MatcherType } from '../matcher'

/** The text is one of a list. */
export const whitelist: MatcherType<string> = {
  data: 'whitelistMatcherData',
  read: toText,
  build: (data) => {
    const list = new Set(listOf(data?.whitelist))
    return (text) => list.has(text)
  },
  words: 'in list',
}
