import { CONTROL, FALLBACK_PREFIX } from './labels'
import type { Evaluation } from './types'

/** A treatment to return instead of `control`, with or without a configuration. */
export type FallbackTreatment = string | { treatment: string; config?: string | null }

/** What to return instead of `control`: by flag, else for all. Entries that are no treatments are left out with a warning. */
export interface FallbackSettings {
  global?: FallbackTreatment
  byFlag?: Readonly<Record<string, FallbackTreatment>>
}

export interface Fallback {
  /** What is served for a decision: itself, unless it is `control` and something else was configured. */
  apply(evaluation: Evaluation): Evaluation
  /** What a refused call is answered with: without label or impression. */
  refused(flag: string | undefined): Served
}

interface Served {
  treatment: string
  config: string | null
}

const MAX_LENGTH = 100
const TREATMENT = /^(\d+[.\w-]*|[a-z]+[\w-]*)$/i

export function createFallback(settings: unknown, warn?: (message: string) => void): Fallback {
  const { global, byFlag } = (settings ?? {}) as { global?: unknown; byFlag?: unknown }
  const forAll = global === undefined ? undefined : read(global, 'for all flags', warn)
  const forFlags = new Map<string, Served>()
  for (const [flag, given] of Object.entries(byFlag ?? {})) {
    if (flag.length > MAX_LENGTH || flag.includes(' '))
      warn?.(`fallback treatment left out: ${flag.slice(0, MAX_LENGTH)} is no flag name`)
    else {
      const treatment = read(given, `for ${flag}`, warn)
      if (treatment) forFlags.set(flag, treatment)
    }
  }
  // By identity: one decision is one object, and so is what is served for it.
  const served = new WeakMap<Evaluation, Evaluation>()

  return {
    apply(evaluation) {
      if (evaluation.treatment !== CONTROL) return evaluation
      const known = served.get(evaluation)
      if (known) return known
      const fallback = forFlags.get(evaluation.flag) ?? forAll
      const result = fallback
        ? Object.freeze({ ...evaluation, ...fallback, label: FALLBACK_PREFIX + evaluation.label })
        : evaluation
      served.set(evaluation, result)
      return result
    },
    refused(flag) {
      return {
        ...((flag === undefined ? undefined : forFlags.get(flag)) ?? forAll ?? { treatment: CONTROL, config: null }),
      }
    },
  }
}

function read(given: unknown, which: string, warn: ((message: string) => void) | undefined): Served | undefined {
  const { treatment, config } = (typeof given === 'string' ? { treatment: given } : (given ?? {})) as Partial<Served>
  if (typeof treatment === 'string' && treatment.length <= MAX_LENGTH && TREATMENT.test(treatment)) {
    return { treatment, config: config ?? null }
  }
  warn?.(`fallback treatment ${which} left out: not 1 to ${MAX_LENGTH} letters, digits, _ or -, or a version number`)
  return undefined
}
