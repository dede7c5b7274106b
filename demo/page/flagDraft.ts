import type { FlagChange } from '../server/editFlag'
import type { FlagForm, Partition, PrerequisiteForm, RuleForm, TargetForm } from '../server/flagForm'
import { conditionDraft, matcherOf, newCondition, nextId, type ConditionDraft } from './conditionDraft'

export interface RuleDraft {
  id: number
  label: string
  /** Index of the condition in the definition; a new rule has none. */
  index?: number
  /** The conditions of the rule; missing where the page has no fields for one of them. */
  conditions?: ConditionDraft[]
  sizes: Sizes
}

/** Percentages by treatment, as they were typed. */
export type Sizes = Record<string, string>

/** A flag as the fields of its editor have it. */
export interface FlagDraft {
  archived: boolean
  killed: boolean
  trackImpressions: boolean
  defaultTreatment: string
  trafficAllocation: string
  treatments: readonly string[]
  configurations: Record<string, string>
  prerequisites: readonly PrerequisiteForm[]
  /** Flag sets, with commas between them. */
  sets: string
  /** Keys by treatment, one a line or with commas between them. */
  targets: Record<string, string>
  rules: readonly RuleDraft[]
  defaultRule: Sizes
}

/** The content of the fields before anybody changed anything. */
export function draftOf(form: FlagForm): FlagDraft {
  return {
    archived: false,
    killed: form.killed,
    trackImpressions: form.trackImpressions,
    defaultTreatment: form.defaultTreatment,
    trafficAllocation: String(form.trafficAllocation),
    treatments: form.treatments,
    configurations: form.configurations,
    prerequisites: form.prerequisites,
    sets: form.sets.join(', '),
    targets: targetsOf(form.individualTargets),
    rules: form.rules.map(ruleDraft),
    defaultRule: sizesOf(form.defaultRule ?? []),
  }
}

export const newRule = (): RuleDraft => ({ id: nextId(), label: '', conditions: [newCondition()], sizes: {} })

/** The change that is to be saved: the members that differ from what is served. */
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
    ...(differs('prerequisites') && { prerequisites: [...draft.prerequisites] }),
    ...(differs('sets') && { sets: keysOf(draft.sets) }),
    ...(differs('targets') && { individualTargets: targetForms(draft) }),
    ...(differs('rules') && { rules: draft.rules.map((rule) => ruleForm(rule, draft.treatments)) }),
    ...(differs('defaultRule') && { defaultRule: partitionsOf(draft.defaultRule, draft.treatments) }),
  }
}

/** The draft without its ids, which mean nothing, and without empty fields. */
export function comparable(value: unknown): string {
  return JSON.stringify(value, (key, member: unknown) => (key === 'id' || member === '' ? undefined : member))
}

function ruleDraft({ label, matchers, partitions, index }: RuleForm): RuleDraft {
  return {
    id: nextId(),
    label,
    index,
    ...(matchers && { conditions: matchers.map(conditionDraft) }),
    sizes: sizesOf(partitions),
  }
}

function ruleForm({ conditions, sizes, index }: RuleDraft, treatments: readonly string[]) {
  const partitions = partitionsOf(sizes, treatments)
  if (!conditions) return { partitions, ...(index !== undefined && { index }) }
  return { partitions, matchers: conditions.map(matcherOf) }
}

const sizesOf = (partitions: readonly Partition[]): Sizes =>
  Object.fromEntries(partitions.map(({ treatment, size }) => [treatment, String(size)]))

/** The percentages, where a treatment of 0 % keeps its place. */
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

/** Keys, or names, one a line or with commas between them. */
export const keysOf = (text: string) =>
  text
    .split(/[,\n]/)
    .map((key) => key.trim())
    .filter(Boolean)
