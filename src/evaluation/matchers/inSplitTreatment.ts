import { FAULT } from '../faults'
import { cut, quote } from '../quote'
import { treatmentOf } from '../treatmentOf'
import type { MatcherType } from '../matcher'

/** Another flag gives the subject one of some treatments. */
export const inSplitTreatment: MatcherType<true> = {
  read: () => true,
  build: ({ dependencyMatcherData }) => {
    const treatments = dependencyMatcherData?.treatments
    if (!Array.isArray(treatments)) throw FAULT
    return (_, walk) => treatments.includes(treatmentOf(dependencyMatcherData?.split, walk))
  },
  words: ({ dependencyMatcherData }) =>
    `in flag ${cut(dependencyMatcherData?.split)} with treatment ${quote(dependencyMatcherData?.treatments)}`,
}
