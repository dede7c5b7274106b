import { listOf } from '../listOf'
import { treatmentOf } from '../treatmentOf'
import type { MatcherType } from '../matcher'

/** Another flag gives the subject one of some treatments. */
export const inSplitTreatment: MatcherType<true> = {
  data: 'dependencyMatcherData',
  read: () => true,
  build: ({ split, treatments }) => {
    const list = listOf(treatments)
    return (_, walk) => list.includes(treatmentOf(split, walk))
  },
  words: 'flag',
}
