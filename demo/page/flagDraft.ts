import type { FlagChange } from '../server/editFlag'
import type { FlagForm, MatcherForm, Partition, RuleForm, TargetForm } from '../server/flagForm'
import { matcherWords } from './matcherWords'
import { operators, type Takes, type Value } from './operators'

/** A condition of a rule, as it stands in its fields. */
export interface ConditionDraft {
  id: number
  operator: string
  attribute: string
  negate: boolean
  text: string
}

export interface RuleDraft {
  id: number
  label: string
  /** Of the condition in the definition; a new rule has none. */
  index?: number
  /** Missing where the page has no fields for one of them. */
  conditions?: ConditionDraft[]
  sizes: Sizes
}

/** Percentages by treatment, as they were typed. */
export type Sizes = Record<string, string>

/** A flag as it stands in the fields of its editor. */
export interface FlagDraft {
  archived: boolean
  killed: boolean
  trackImpressions: boolean
  defaultTreatment: string
  trafficAllocation: string
  treatments: readonly string[]
  configurations: Record<string, string>
  /** Keys by treatment, one a line or with commas between them. */
  targets: Record<string, string>
  rules: readonly RuleDraft[]
  defaultRule: Sizes
}

let ids = 0

/** What stands in the fields before anybody changed anything. */
export function draftOf(form: FlagForm): FlagDraft {
  return {
    archived: false,
    killed: form.killed,
    trackImpressions: form.trackImpressions,
    defaultTreatment: form.defaultTreatment,
    trafficAllocation: String(form.trafficAllocation),
    treatments: form.treatments,
    configurations: form.configurations,
    targets: targetsOf(form.individualTargets),
    rules: form.rules.map(ruleDraft),
    defaultRule: sizesOf(form.defaultRule ?? []),
  }
}

export const newRule = (): RuleDraft => ({ id: ++ids, label: '', conditions: [newCondition()], sizes: {} })

export const newCondition = (): ConditionDraft => ({
  id: ++ids,
  operator: 'list',
  attribute: '',
  negate: false,
  text: '',
})

/** What is to be saved: the members that differ from what is served. */
export function changeOf(form: FlagForm, draft: FlagDraft): FlagChange {
  const before = draftOf(form)
  const differs = (member: keyof FlagDraft) => comparable(before[member]) !== comparable(draft[member])
  return {
    ...(draft.archived && { archived: true }),
    ...(differs('killed') && { killed: draft.killed }),
    ...(differs('trackImpressions') && { trackImpressions: draft.trackImpressions }),
    ...(differs('defaultTreatment') && { defaultTreatment: draft.defaultTreatment }),
    ...(differs('trafficAllocation') && { trafficAllocation: numberOf(draft.trafficAllocation) }),
    ...(differs('configurations') && { configurations: draft.configurations }),
    ...(differs('targets') && { individualTargets: targetForms(draft) }),
    ...(differs('rules') && { rules: draft.rules.map((rule) => ruleForm(rule, draft.treatments)) }),
    ...(differs('defaultRule') && { defaultRule: partitionsOf(draft.defaultRule, draft.treatments) }),
  }
}

/** The label that a rule will get, as far as its fields are filled in. */
export function labelOf({ label, conditions }: RuleDraft, trafficType: string): string {
  if (!conditions) return label
  const words = conditions.map(({ operator, attribute, negate, text }) => {
    const chosen = operators[operator]
    const values = chosen ? valuesOf(chosen.takes, text) : []
    if (!chosen || values.length === 0) return ''
    try {
      return matcherWords(chosen, { attribute, negate, values }, trafficType)
    } catch {
      // A date that is only half typed.
      return ''
    }
  })
  return words.every(Boolean) ? words.join(' and ') : label
}

/** Without the ids, which say nothing, and without fields that are empty. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => (key === 'id' || member === '' ? undefined : member))
}

function ruleDraft({ label, matchers, partitions, index }: RuleForm): RuleDraft {
  return {
    id: ++ids,
    label,
    index,
    ...(matchers && { conditions: matchers.map(conditionDraft) }),
    sizes: sizesOf(partitions),
  }
}

function conditionDraft({ operator, attribute, negate, values }: MatcherForm): ConditionDraft {
  const takes = operators[operator]?.takes
  const isDate = takes === 'date' || takes === 'dates'
  const texts = values.map((value) => (isDate ? new Date(Number(value)).toISOString() : String(value)))
  return { id: ++ids, operator, attribute: attribute ?? '', negate: negate === true, text: texts.join(', ') }
}

function ruleForm({ conditions, sizes, index }: RuleDraft, treatments: readonly string[]) {
  const partitions = partitionsOf(sizes, treatments)
  if (!conditions) return { partitions, ...(index !== undefined && { index }) }
  const matchers = conditions.map(({ operator, attribute, negate, text }) => {
    const { takes = 'list', of = 'both' } = operators[operator] ?? {}
    return {
      operator,
      attribute: of === 'key' ? null : attribute.trim() || null,
      negate,
      values: valuesOf(takes, text),
    }
  })
  return { partitions, matchers }
}

/** What was typed, as the server checks it: a number that is none goes as it is. */
function valuesOf(takes: Takes, text: string): Value[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (takes === 'text') return text.trim() ? [text.trim()] : []
  if (takes === 'number' || takes === 'range') {
    return parts.map((part) => (Number.isNaN(Number(part)) ? part : Number(part)))
  }
  if (takes === 'date' || takes === 'dates') return parts.map((part) => Date.parse(part) || part)
  if (takes === 'boolean') return parts.map((part) => (/^(true|false)$/.test(part) ? part === 'true' : part))
  return parts
}

const sizesOf = (partitions: readonly Partition[]): Sizes =>
  Object.fromEntries(partitions.map(({ treatment, size }) => [treatment, String(size)]))

/** A treatment of 0 % stays where it stood. */
const partitionsOf = (sizes: Sizes, treatments: readonly string[]): Partition[] =>
  treatments
    .filter((treatment) => sizes[treatment] !== undefined)
    .map((treatment) => ({ treatment, size: numberOf(sizes[treatment] ?? '') }))

/** An empty field is no number: the server says what it has to be. */
const numberOf = (text: string) => (text.trim() ? Number(text) : NaN)

const targetsOf = (targets: readonly TargetForm[]) => {
  const texts: Record<string, string> = {}
  for (const { treatment, keys } of targets) {
    texts[treatment] = [texts[treatment], ...keys].filter(Boolean).join(', ')
  }
  return texts
}

const targetForms = ({ treatments, targets }: FlagDraft): TargetForm[] =>
  treatments
    .map((treatment) => ({ treatment, keys: keysOf(targets[treatment] ?? '') }))
    .filter(({ keys }) => keys.length > 0)

const keysOf = (text: string) =>
  text
    .split(/[,\n]/)
    .map((key) => key.trim())
    .filter(Boolean)
