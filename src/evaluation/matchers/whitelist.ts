import { listOf } from './listOf'
import { toText } from './toText'
import type { MatcherType } from '../types'

/** Matches a text that is one of a list. */
export const whitelist: MatcherType<string> = {
  data: 'whitelistMatcherData',
  read: toText,
  build: (data) => {
    const list = listOf(data.whitelist)
    // Most flags of a page are asked for once, and a set is slow to make: it pays from the second time on.
    let isAgain = false
    let set: Set<unknown> | undefined
    return (text) => {
      if (set) return set.has(text)
      if (isAgain) set = new Set(list)
      isAgain = true
      return list.includes(text)
    }
  },
  words: 'in list',
}
