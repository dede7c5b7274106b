import { operators, type Matcher, type Value } from '../page/operators'
import type { Definition } from './types'

export interface Partition {
  treatment: string
  /** Percent. */
  size: number
}

export interface MatcherForm {
  operator: string
  attribute?: string | null
  negate?: boolean
  values: Value[]
}

export interface RuleForm {
  label: string
  partitions: Partition[]
  /** The conditions of the rule; missing when the form has no fields for one of them: such a rule can stay or go. */
  matchers?: MatcherForm[]
  /** Index of the condition in the definition. */
  index: number
}

export interface TargetForm {
  treatment: string
  keys: string[]
}

/** A flag that must give one of these treatments, or this one gives its default. */
export interface PrerequisiteForm {
  flag: string
  treatments: string[]
}

/** The members of a flag that people can change. */
export interface FlagForm {
  name: string
  trafficType: string
  killed: boolean
  trackImpressions: boolean
  changeNumber: number | undefined
  /** Percent. */
  trafficAllocation: number
  defaultTreatment: string
  /** All treatments that the definition names. */
  treatments: string[]
  /** Configurations by treatment, as the texts that applications get. */
  configurations: Record<string, string>
  prerequisites: PrerequisiteForm[]
  sets: string[]
  individualTargets: TargetForm[]
  rules: RuleForm[]
  /** The default rule; missing where there is none: then no rule may match. */
  defaultRule?: Partition[]
}

/** A condition of a definition, as far as a form looks at it. */
export interface Condition {
  conditionType?: string
  label?: string
  partitions?: Partition[]
  matcherGroup?: { combiner?: string; matchers?: Matcher[] }
}

/** The conditions of a definition, which may be anything. */
export const conditionsOf = ({ conditions }: Definition) =>
  Array.isArray(conditions) ? (conditions as Condition[]) : []

/** A definition as a form shows it. */
export function flagForm(definition: Definition): FlagForm {
  const flag = definition as Definition & Partial<Omit<FlagForm, 'name'>> & { impressionsDisabled?: boolean }
  const form: FlagForm = {
    name: flag.name,
    trafficType: flag.trafficTypeName ?? 'user',
    killed: flag.killed === true,
    trackImpressions: flag.impressionsDisabled !== true,
    changeNumber: flag.changeNumber,
    trafficAllocation: flag.trafficAllocation ?? 100,
    defaultTreatment: flag.defaultTreatment ?? 'control',
    treatments: [],
    configurations: flag.configurations ?? {},
    prerequisites: prerequisitesOf(definition),
    sets: flag.sets ?? [],
    individualTargets: [],
    rules: [],
  }
  const treatments = new Set(Object.keys(form.configurations))
  const conditions = conditionsOf(definition)
  conditions.forEach((condition, index) => {
    const { conditionType, label = '', partitions = [], matcherGroup } = condition
    for (const { treatment } of partitions) treatments.add(treatment)
    const matchers = matcherGroup?.matchers ?? []
    const [first] = matchers
    const alone = matchers.length === 1 && first && !first['negate'] && !attributeOf(first) ? first['matcherType'] : ''
    if (conditionType === 'WHITELIST' && alone === 'WHITELIST') {
      const { whitelist = [] } = (first?.['whitelistMatcherData'] ?? {}) as { whitelist?: string[] }
      form.individualTargets.push({ treatment: partitions[0]?.treatment ?? form.defaultTreatment, keys: whitelist })
    } else if (alone === 'ALL_KEYS' && index === conditions.length - 1) {
      form.defaultRule = partitions
    } else {
      const forms = matcherForms(condition)
      form.rules.push({ label, partitions, index, ...(forms && { matchers: forms }) })
    }
  })
  treatments.add(form.defaultTreatment)
  form.treatments = [...treatments]
  return form
}

const attributeOf = ({ keySelector }: Matcher) =>
  (keySelector as { attribute?: string | null } | null)?.attribute ?? null

function prerequisitesOf({ prerequisites }: Definition): PrerequisiteForm[] {
  const asked = Array.isArray(prerequisites) ? (prerequisites as { n?: string; ts?: string[] }[]) : []
  return asked.map(({ n = '', ts = [] }) => ({ flag: n, treatments: ts }))
}

/** The matchers of a condition; undefined when a form has no fields for one of them. */
export function matcherForms({ matcherGroup }: Condition): MatcherForm[] | undefined {
  const matchers = matcherGroup?.matchers ?? []
  const forms = matchers.flatMap((matcher) => matcherForm(matcher) ?? [])
  return forms.length === matchers.length ? forms : undefined
}

function matcherForm(matcher: Matcher): MatcherForm | undefined {
  for (const [operator, { matcherType, read }] of Object.entries(operators)) {
    if (matcher['matcherType'] !== matcherType) continue
    const values = read(matcher)
    if (Array.isArray(values)) {
      return { operator, attribute: attributeOf(matcher), negate: matcher['negate'] === true, values }
    }
  }
  return undefined
}
