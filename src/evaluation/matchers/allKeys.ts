import { toText } from './toText'
import type { MatcherType } from '../types'

/** Everybody; with an attribute, everybody who has one with a text. */
export const allKeys: MatcherType<string> = {
  read: toText,
  build: () => always,
  words: 'in segment all',
}

const always = () => true
