import { listOf } from '../listOf'
import { treatmentOf } from '../treatmentOf'
import type { MatcherType } from '../matcher'

/** Another flag gives the subject one of some treatments. */
export const inSplitTreatment: MatcherType<true> = {
  data: 'dependencyMatcherData',
  read: () => true,
  build: (data) => {
    const treatments = listOf(data?.treatments)
    return (_, walk) => treatments.includes(treatmentOf(data?.split, walk))
  },
  words: 'flag',
}
