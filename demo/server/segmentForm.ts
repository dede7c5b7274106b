import { EditError } from './EditError'
import { conditionsOf, matcherForms, type MatcherForm } from './flagForm'
import { boolean, isRecord, list, records, text } from './formFields'
import { matchersOf } from './matchersOf'
import type { Definition } from './types'

const segmentTypes = ['standard', 'large', 'rule-based'] as const

export interface ExcludedSegment {
  type: (typeof segmentTypes)[number]
  name: string
}

export interface SegmentRuleForm {
  label: string
  /** The conditions of the rule; missing when the form has no fields for one of them: such a rule can stay or go. */
  matchers?: MatcherForm[]
  /** Index of the condition in the definition. */
  index: number
}

/** The members of a rule-based segment that people can change. Whoever meets one of the rules is in it, unless excluded. */
export interface SegmentForm {
  name: string
  trafficType: string
  changeNumber: number | undefined
  excludedKeys: string[]
  excludedSegments: ExcludedSegment[]
  rules: SegmentRuleForm[]
}

/** What is to be different; what is missing stays. A rule with an `index` and without matchers is the one that stood there. */
export interface SegmentChange extends Partial<Pick<SegmentForm, 'excludedKeys' | 'excludedSegments'>> {
  archived?: boolean
  rules?: { matchers?: MatcherForm[]; index?: number }[]
}

const members: readonly string[] = [
  'archived',
  'excludedKeys',
  'excludedSegments',
  'rules',
] satisfies (keyof SegmentChange)[]

/** A definition as a form shows it. */
export function segmentForm(definition: Definition): SegmentForm {
  const { keys, segments } = excludedOf(definition)
  return {
    name: definition.name,
    trafficType: trafficTypeOf(definition),
    changeNumber: definition.changeNumber,
    excludedKeys: keys,
    excludedSegments: segments,
    rules: conditionsOf(definition).map((condition, index) => {
      const matchers = matcherForms(condition)
      return { label: condition.label ?? '', index, ...(matchers && { matchers }) }
    }),
  }
}

/**
 * The definition after a change. Throws an `EditError` that says what is wrong with the change.
 *
 * @param change a `SegmentChange`, as it came
 */
export function editSegment(definition: Definition, change: unknown): Definition {
  if (!isRecord(change)) throw new EditError('expected an object of what is to change')
  const unknown = Object.keys(change).find((member) => !members.includes(member))
  if (unknown) throw new EditError(`${unknown} is nothing that can be changed`)
  const { archived, excludedKeys, excludedSegments, rules } = change
  const { keys, segments } = excludedOf(definition)
  const old = conditionsOf(definition)
  return {
    ...definition,
    ...(archived !== undefined && { status: boolean('archived', archived) ? 'ARCHIVED' : 'ACTIVE' }),
    excluded: {
      keys: excludedKeys === undefined ? keys : list('keys', excludedKeys).map((key) => text('key', key)),
      segments:
        excludedSegments === undefined
          ? segments
          : records('excludedSegments', excludedSegments).map((each) => excluded(definition.name, each)),
    },
    ...(rules !== undefined && {
      conditions: records('rules', rules).map((rule) => {
        const kept = rule['matchers'] ? undefined : old[Number(rule['index'])]
        return kept ?? { conditionType: 'ROLLOUT', ...matchersOf(rule['matchers'] ?? [], trafficTypeOf(definition)) }
      }),
    }),
  }
}

function excluded(own: string, given: Record<string, unknown>): ExcludedSegment {
  const type = segmentTypes.find((each) => each === given['type'])
  if (!type) throw new EditError('an excluded segment is standard, large or rule-based')
  const name = text('segment', given['name'])
  if (type === 'rule-based' && name === own) throw new EditError('a segment cannot exclude itself')
  return { type, name }
}

const trafficTypeOf = ({ trafficTypeName }: Definition) => trafficTypeName ?? 'user'

function excludedOf(definition: Definition): { keys: string[]; segments: ExcludedSegment[] } {
  const { keys, segments } = (definition['excluded'] ?? {}) as { keys?: string[]; segments?: ExcludedSegment[] }
  return { keys: keys ?? [], segments: segments ?? [] }
}
