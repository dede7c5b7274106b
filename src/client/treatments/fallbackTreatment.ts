import { CONTROL, FALLBACK_PREFIX } from '../../evaluation/labels'
import { readTreatment } from '../../shared/readTreatment'
import type { Evaluation } from '../../evaluation/types'

export interface Fallback {
  /** What is served for a decision that is `control`: itself, unless something else was configured. */
  apply(evaluation: Evaluation): Evaluation
  /** What a refused call is answered with: without label or impression. */
  refused(flag: string | undefined): Served
}

interface Served {
  treatment: string
  config: string | null
}

const MAX_LENGTH = 100
/** Narrower than what a definition may serve: as the official SDK takes them. */
const TREATMENT = /^(\d[.\w-]*|[a-z][\w-]*)$/i

/** Entries that are no treatments are left out with a warning. */
export function createFallback(settings: unknown, warn?: (line: string, given: unknown) => void): Fallback {
  const { global, byFlag } = (settings ?? {}) as { global?: unknown; byFlag?: object }
  const read = (given: unknown, isAllowed = true): Served | undefined => {
    const served = isAllowed ? readTreatment(given) : undefined
    if (served && TREATMENT.test(served.treatment)) return { config: null, ...served }
    warn?.('fallback treatment ignored', given)
    return undefined
  }
  const forAll = global === undefined ? undefined : read(global)
  const forFlags = new Map(
    Object.entries(byFlag ?? {}).map(([flag, given]) => [
      flag,
      read(given, flag.length <= MAX_LENGTH && !flag.includes(' ')),
    ]),
  )
  const find = (flag: string | undefined) => forFlags.get(flag as string) ?? forAll
  // One decision is one object, and so must be what is served for it: repetitions are found by identity.
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
