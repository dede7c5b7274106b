import { toText } from './toText'
import type { MatcherType } from '../types'

/** The matcher of everybody, or, with an attribute, of everybody whose attribute has a text. */
export const allKeys: MatcherType<string> = {
  read: toText,
  build: () => always,
  words: 'in segment all',
}

const always = () => true
