import { toText } from './toText'
import type { MatcherType } from '../types'

/** Matches everybody or, with an attribute, everybody whose attribute has a text. */
export const allKeys: MatcherType<string> = {
  read: toText,
  build: () => always,
  words: 'in segment all',
}

const always = () => true
