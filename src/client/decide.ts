import { evaluate, withoutDefinition } from '../evaluation/evaluate'
import { LABELS } from '../evaluation/labels'
import { overridden } from './treatments/overridden'
import { areAttributesValid, mergeAttributes } from './attributes'
import { validateFlagName } from './names'
import { validateProperties } from './properties'
import type { Fallback } from './treatments/fallbackTreatment'
import type { Attributes, Definitions, Subject } from '../evaluation/types'
import type { Recorder } from '../impressions/recorder'
import type { ImpressionKey, ImpressionOptions } from '../impressions/types'
import type { Log } from '../shared/log'
import type { Readiness } from './readiness'
import type { Overrides, TreatmentOptions } from './types/client'
import type { TreatmentWithConfig } from './types/flags'

/** One decision and its impression. Never throws; what cannot be decided is the fallback treatment, else `control`. */
export type Decide = (flag: string, attributes?: Attributes, options?: TreatmentOptions) => TreatmentWithConfig

interface DecideParts {
  /** Undefined: the application gave an invalid key, and every call is refused. */
  key: ImpressionKey | undefined
  subject: () => Subject
  definitions: Definitions
  /** Undefined while none are bound. */
  boundAttributes: () => Attributes | undefined
  reached: Readiness['reached']
  isDestroyed: () => boolean
  fallback: Fallback
  /** What QA set on this page; undefined where that is not allowed, and before the second file is there. */
  overrides: () => Overrides | undefined
  recorder: Recorder
  impressionsForUnknownFlags: boolean
  log: Log
}

export function createDecide(parts: DecideParts): Decide {
  const { key, subject, definitions, boundAttributes, reached, isDestroyed } = parts
  const { fallback, overrides, recorder, impressionsForUnknownFlags, log } = parts

  const refuse = (flag: unknown, name: string | undefined, attributes: unknown): TreatmentWithConfig => {
    if (isDestroyed()) log.once('warn', 'destroyed', 'destroyed')
    else if (name === undefined) log.warn('invalid flag name', typeof flag)
    else if (key) log.warn('invalid attributes', typeof attributes, name)
    return fallback.refused(name)
  }

  const optionsOf = (options: TreatmentOptions): ImpressionOptions | undefined => {
    if (typeof options !== 'object' || options === null) {
      log.warn('invalid options')
      return undefined
    }
    try {
      const properties = validateProperties(options.properties, log) ?? {}
      return {
        // None are not empty ones: with properties an impression is its own.
        ...(Object.keys(properties).length > 0 && { properties }),
        impressionsDisabled: !!options.impressionsDisabled,
      }
    } catch (fault) {
      // A getter of the application's that throws.
      log.warn('unreadable options', fault)
      return undefined
    }
  }

  return (flag, attributes, options) => {
    const name = validateFlagName(flag)
    if (name === undefined || key === undefined || isDestroyed() || !areAttributesValid(attributes)) {
      return refuse(flag, name, attributes)
    }
    const known = mergeAttributes(boundAttributes(), attributes)
    const override = overrides()?.get(name)
    if (override) {
      const evaluation = overridden(name, override, definitions)
      recorder.show(evaluation, key, known, options && optionsOf(options))
      return evaluation
    }
    const evaluated = reached.readyFromCache
      ? evaluate(name, subject(), known, definitions)
      : withoutDefinition(name, LABELS.notReady)
    const evaluation = fallback.apply(evaluated)
    if (evaluated.label !== LABELS.definitionNotFound || impressionsForUnknownFlags || !reached.ready) {
      recorder.record(evaluation, key, known, options && optionsOf(options))
    }
    return evaluation
  }
}
