import { afterAll, describe, expect, it } from 'vitest'
import { areAttributesValid, validateFlagName, validateProperties } from '../../src/client/validation'
import { validateKey } from '../../src/shared/validateKey'
import { createSubject, evaluate, evaluatorDoor, withoutDefinition } from '../../src/evaluation/evaluate'
import { createExplain } from '../../src/late/explain/explain'
import { createFallback } from '../../src/client/treatments/fallbackTreatment'
import { isPlainObject } from '../../src/shared/isPlainObject'
import { CONTROL, LABELS } from '../../src/evaluation/labels'
import { decode } from './decode'
import { definitionsOf } from './definitionsOf'
import { DIFFERENCES } from './differences'
import { readVectors } from './readVectors'
import type { Attributes, Definitions, Subject } from '../../src/evaluation/types'
import type { ValidKey } from '../../src/shared/validateKey'
import type { Case } from './differences'

const explain = createExplain(evaluatorDoor)

interface FlagRow {
  name: string
  killed?: unknown
  status?: string
  conditions?: { label?: unknown; partitions?: unknown }[]
  impressionsDisabled?: unknown
}

interface Expected {
  treatment: string
  label: string | null
  newLabel?: string
  config?: unknown
  changeNumber?: number
  invalid?: boolean
  imp?: 'disabled' | 'none'
  impKey?: string
  impBk?: string
  properties?: string
  throws?: string
}

interface Call {
  key: unknown
  bk?: unknown
  flag: unknown
  attrs?: unknown
  opts?: unknown
  exp: Expected
  suggested?: { treatment: string; label: string }
}

interface Group {
  id: string
  theme?: string
  state?: 'ready' | 'cache' | 'notready'
  fallback?: unknown
  definitions: FlagRow[]
  rbs?: FlagRow[]
  memberships?: Record<string, { s?: string[]; l?: string[] }>
  calls: Call[]
}

const passed = new Map<string, number>()
const differing = new Map<string, number>()
const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)

afterAll(() => {
  for (const [file, rows] of passed) console.log(`${file}: ${rows} rows as the official SDK`)
  for (const { cause } of DIFFERENCES) console.log(`differ on purpose: ${differing.get(cause) ?? 0} rows: ${cause}`)
})

describe.each(['evaluation', 'algo1', 'dependency', 'throws'])('%s', (file) => {
  // Mutation testing plays a sample of the rows, every other run all of them.
  const groups = readVectors<Group>(file).filter((_, i) => !process.env.QUICK || i % 8 === 0)
  it.each(groups)('$id $theme', (group) => {
    const ask = client(group)
    for (const call of group.calls) {
      const actual = ask(call)
      const expected = expectedOf(call)
      const matched =
        actual.ruleIndex === undefined ? undefined : definitionOf(group, call)?.conditions?.[actual.ruleIndex]
      const row: Case = {
        expected,
        actual: actual.result,
        definition: definitionOf(group, call),
        matched,
        isThrow: !!call.exp.throws,
      }
      const difference = DIFFERENCES.find(({ applies }) => applies(row))
      const where = `${group.id} ${JSON.stringify(call)}`
      if (difference) {
        expect(difference.holds(row), `${where}: ${difference.cause}: ${JSON.stringify(actual.result)}`).toBe(true)
        count(differing, difference.cause)
      } else {
        // For a call in which the official SDK throws, the rows have treatment and label only.
        expect(actual.result, where).toEqual(call.exp.throws ? { ...actual.result, ...expected } : expected)
        count(passed, file)
      }
    }
  })
})

function definitionOf({ definitions }: Group, { flag }: Call): FlagRow | undefined {
  return definitions.find(({ name }) => name === validateFlagName(decode(flag)))
}

type Result = Case['actual'] & {
  config?: unknown
  properties?: string | undefined
  key?: string
  bucketingKey?: string | undefined
}

function expectedOf({ key, bk, exp, suggested }: Call): Result {
  if (exp.throws) return { ...suggested! }
  const imp = exp.imp ?? 'queued'
  return {
    treatment: exp.treatment,
    label: exp.newLabel ?? exp.label,
    config: exp.config ?? null,
    changeNumber: exp.changeNumber,
    imp,
    ...(imp !== 'none' && {
      key: exp.impKey ?? (isPair(key) ? String(key.matchingKey) : (key as string)),
      bucketingKey: exp.impBk ?? (bk as string | undefined),
      properties: exp.properties,
    }),
  }
}

function isPair(key: unknown): key is { matchingKey: unknown } {
  return isPlainObject(key) && 'matchingKey' in key
}

/** Validation, decision, fallback and the rule of impressions, put together as a client of this group does. */
function client({ state = 'ready', fallback, definitions, rbs, memberships = {} }: Group) {
  const snapshot = definitionsOf(definitions, rbs)
  const fallbacks = createFallback(fallback)
  const subjects = new Map<string, Subject>()

  return ({ key, bk, flag, attrs, opts }: Call): { result: Result; ruleIndex?: number | undefined } => {
    const validKey = validateKey(
      bk === undefined ? decode(key) : { matchingKey: decode(key), bucketingKey: decode(bk) },
    )
    const name = validateFlagName(decode(flag))
    const attributes = decode(attrs) as Attributes | undefined
    if (!validKey || name === undefined || !areAttributesValid(attributes)) {
      return { result: { ...fallbacks.refused(name), label: null, changeNumber: undefined, imp: 'none' } }
    }
    const id = JSON.stringify(validKey)
    const subject = subjects.get(id) ?? subjectOf(validKey, memberships)
    subjects.set(id, subject)
    const known = attributes ?? undefined
    const { evaluation, ruleIndex } =
      state === 'notready'
        ? { evaluation: withoutDefinition(name, LABELS.notReady), ruleIndex: undefined }
        : decideTwice(name, subject, known, snapshot)
    const served = evaluation.treatment === CONTROL ? fallbacks.apply(evaluation) : evaluation
    const options = decode(opts)
    const { properties, impressionsDisabled } = isPlainObject(options) ? options : {}
    const isKnown = evaluation.changeNumber !== undefined || snapshot.flag(name) !== undefined
    const isDisabled = state !== 'notready' && isKnown && (evaluation.impressionsDisabled || !!impressionsDisabled)
    const isSilent = state === 'ready' && evaluation.label === LABELS.definitionNotFound
    const valid = validateProperties(properties, { once: () => undefined }) ?? {}
    return {
      result: {
        treatment: served.treatment,
        label: served.label,
        config: served.config,
        changeNumber: served.changeNumber,
        imp: isSilent ? 'none' : isDisabled ? 'disabled' : 'queued',
        ...(!isSilent && {
          key: validKey.matchingKey,
          bucketingKey: validKey.bucketingKey,
          properties: Object.keys(valid).length ? JSON.stringify(valid) : undefined,
        }),
      },
      ruleIndex,
    }
  }
}

function subjectOf({ matchingKey, bucketingKey }: ValidKey, memberships: NonNullable<Group['memberships']>): Subject {
  const { s, l } = Object.hasOwn(memberships, matchingKey) ? memberships[matchingKey]! : {}
  return createSubject(matchingKey, bucketingKey, new Set(s), new Set(l))
}

/** A decision must be the same object when it is repeated, and `explain` must say the same. */
function decideTwice(name: string, subject: Subject, attributes: Attributes | undefined, definitions: Definitions) {
  const evaluation = evaluate(name, subject, attributes, definitions)
  expect(evaluate(name, subject, attributes, definitions)).toBe(evaluation)
  const { treatment, label, config, ruleIndex } = explain(name, subject, attributes, definitions)
  expect({ treatment, label, config }).toEqual({
    treatment: evaluation.treatment,
    label: evaluation.label,
    config: evaluation.config,
  })
  return { evaluation, ruleIndex }
}
