import { listOf } from './listOf'
import type { MatcherType } from '../types'

/** Matches where another flag gives one of a list of treatments. The value of an attribute takes the place of the subject's keys. */
export const inSplitTreatment: MatcherType<unknown> = {
  data: 'dependencyMatcherData',
  // A missing attribute is a key too, in the official SDK: one that no matcher finds anything in.
  read: (value) => value ?? null,
  build: ({ split, treatments }) => {
    const list = listOf<unknown>(treatments)
    // A treatment that cannot be decided is undefined, which no list of JSON has in it.
    return (key, walk) => list.includes(walk.treatmentOf(split, walk, key))
  },
  words: 'flag',
}
