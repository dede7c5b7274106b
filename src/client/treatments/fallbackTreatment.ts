import { CONTROL, FALLBACK_PREFIX } from '../../evaluation/labels'
import { readTreatment } from '../../shared/readTreatment'
import type { Evaluation } from '../../evaluation/types'

export interface Fallback {
  /** @returns what is served for a decision that is `control`: the fallback treatment of its flag; without one, the decision itself */
  apply(evaluation: Evaluation): Evaluation
  /** The answer to a call that is refused, which has neither a label nor an impression. */
  refused(flag: string | undefined): Served
}

interface Served {
  treatment: string
  config: string | null
}

const MAX_LENGTH = 100
/** The treatments that the official SDK takes as fallbacks. A definition may serve others. */
const TREATMENT = /^(\d[.\w-]*|[a-z][\w-]*)$/i

/** Reads the setting `fallbackTreatments`. Entries that are no treatments are left out with a warning. */
export function createFallback(settings: unknown, warn?: (line: string, given: unknown, of: string) => void): Fallback {
  const { global, byFlag } = (settings ?? {}) as { global?: unknown; byFlag?: object }
  /** @param of the name of the flag, or `global` */
  const read = (given: unknown, of: string): Served | undefined => {
    const served = of.length <= MAX_LENGTH && !of.includes(' ') ? readTreatment(given) : undefined
    if (served && TREATMENT.test(served.treatment)) return { config: null, ...served }
    warn?.('fallback treatment ignored', given, of)
    return undefined
  }
  const forAll = global === undefined ? undefined : read(global, 'global')
  const forFlags = new Map(Object.entries(byFlag ?? {}).map(([flag, given]) => [flag, read(given, flag)]))
  const find = (flag: string | undefined) => forFlags.get(flag as string) ?? forAll
  // Dedupe finds repetitions by identity, so what is served for the same decision must always be the same object.
  const served = new WeakMap<Evaluation, Evaluation>()

  return {
    apply(evaluation) {
      const fallback = find(evaluation.flag)
      if (!fallback) return evaluation
      let result = served.get(evaluation)
      if (!result) {
        result = Object.freeze({ ...evaluation, ...fallback, label: FALLBACK_PREFIX + evaluation.label })
        served.set(evaluation, result)
      }
      return result
    },
    refused: (flag) => ({ treatment: CONTROL, config: null, ...find(flag) }),
  }
}
