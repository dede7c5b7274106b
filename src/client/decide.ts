import { evaluate, withoutDefinition } from '../evaluation/evaluate'
import { CONTROL, LABELS } from '../evaluation/labels'
import { mergeAttributes } from './attributes'
import { isPlainObject } from '../shared/isPlainObject'
import { sayUnknownOptions } from '../shared/sayUnknownOptions'
import { areAttributesValid, validateFlagName, validateProperties } from './validation'
import type { Fallback } from './treatments/fallbackTreatment'
import type { Attributes, Definitions, Subject } from '../evaluation/types'
import type { Impressions } from '../impressions/impressions'
import type { ImpressionKey, ImpressionOptions } from '../impressions/types'
import type { Late } from '../late/types'
import type { Log } from '../shared/log'
import type { BoundAttributes } from './attributes'
import type { Readiness } from './readiness'
import type { TreatmentOptions } from './types/client'
import type { TreatmentWithConfig } from './types/flags'

const OPTIONS = ['properties', 'impressionsDisabled']

/**
 * Decides a flag and records the impression. Never throws: what cannot be decided is the fallback treatment, or else `control`.
 *
 * @param isPeek `true`: no impression is made
 */
export type Decide = (
  flag: string,
  attributes?: Attributes,
  options?: TreatmentOptions,
  isPeek?: boolean,
) => TreatmentWithConfig

/** The part of one client that decisions read. Its members are plain, so that a repeated decision enters no other file for them. */
export interface DecidingUser {
  /** The key; undefined where the application gave an invalid one, so that every call is refused. */
  readonly key: ImpressionKey | undefined
  /**
   * The user that decisions are made for; undefined without a key. Changed memberships bring a new subject, because a subject keeps the
   * decisions that were made for it.
   */
  subject: Subject | undefined
  readonly attributes: Pick<BoundAttributes, 'all'>
  readonly reached: Readiness['reached']
  isDestroyed: boolean
}

/** The parts that decisions read, and that the clients of all keys share. */
export interface DecidingParts {
  definitions: Definitions
  fallback: Fallback
  recorder: Impressions['recorder']
  impressionsForUnknownFlags: boolean
  log: Log
  /** Once it is loaded, the second file knows the treatments that QA set on this page. */
  secondFile: { readonly late: Pick<Late, 'overridden'> | undefined }
}

export function createDecide(user: DecidingUser, parts: DecidingParts): Decide {
  const { key, attributes: bound, reached } = user
  const { definitions, fallback, recorder, impressionsForUnknownFlags, secondFile, log } = parts

  const refuse = (flag: unknown, name: string | undefined, attributes: unknown): TreatmentWithConfig => {
    if (user.isDestroyed) log.once('warn', 'destroyed', 'destroyed')
    else if (name === undefined) log.mistake('invalid flag name', typeof flag)
    else if (key) log.warn('invalid attributes', typeof attributes, name)
    return fallback.refused(name)
  }

  /** The attributes of this many more calls are checked for mistakes. A mistake is in code, so the first calls show it. */
  let checksLeft = 100
  const check = (attributes: Attributes) => {
    checksLeft--
    try {
      for (const [name, value] of Object.entries(attributes)) {
        if (isPlainObject(value) || name === 'impressionsDisabled') log.mistake('misplaced attribute', name)
      }
    } catch {
      // A getter or a proxy may throw.
    }
  }

  const optionsOf = (options: TreatmentOptions): ImpressionOptions | undefined => {
    try {
      if (!isPlainObject(options)) {
        log.warn('invalid options')
        return undefined
      }
      sayUnknownOptions(options, OPTIONS, log)
      const properties = validateProperties(options.properties ?? {}, log)
      if (!properties) log.warn('invalid options')
      return {
        // Impressions with properties are never deduplicated, so empty properties must count as none.
        ...(properties && Object.keys(properties).length > 0 && { properties }),
        impressionsDisabled: !!options.impressionsDisabled,
      }
    } catch (fault) {
      // A getter or a proxy may throw.
      log.warn('unreadable options', fault)
      return undefined
    }
  }

  return (flag, attributes, options, isPeek) => {
    const name = validateFlagName(flag)
    if (name === undefined || key === undefined || user.isDestroyed || !areAttributesValid(attributes)) {
      return refuse(flag, name, attributes)
    }
    const known = bound.all ? mergeAttributes(bound.all, attributes) : (attributes ?? undefined)
    const override = secondFile.late?.overridden?.(name)
    if (override) {
      if (!isPeek) recorder.show(override, key, known, options && optionsOf(options))
      return override
    }
    const evaluated = reached.readyFromCache
      ? evaluate(name, user.subject as Subject, known, definitions)
      : withoutDefinition(name, LABELS.notReady)
    const evaluation = evaluated.treatment === CONTROL ? fallback.apply(evaluated) : evaluated
    if (isPeek) return evaluation
    const isUnknown = evaluated.label === LABELS.definitionNotFound
    if (isUnknown && reached.ready) log.mistake('unknown flag', name, definitions)
    if (!reached.readyFromCache) log.once('warn', 'early', 'asked before ready', name)
    if (attributes && checksLeft > 0) check(attributes)
    if (!isUnknown || impressionsForUnknownFlags || !reached.ready) {
      recorder.record(evaluation, key, known, options && optionsOf(options))
    }
    return evaluation
  }
}
