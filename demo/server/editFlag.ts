import { matcherWords } from '../page/matcherWords'
import { operators, type Operator, type Value } from '../page/operators'
import { EditError } from './EditError'
import { conditionsOf, flagForm, type FlagForm, type MatcherForm, type Partition } from './flagForm'
import type { Definition } from './types'

/** What is to be different; what is missing stays. A rule with an `index` and without matchers is the one that stood there. */
export interface FlagChange extends Partial<
  Pick<
    FlagForm,
    | 'killed'
    | 'trackImpressions'
    | 'defaultTreatment'
    | 'trafficAllocation'
    | 'configurations'
    | 'individualTargets'
    | 'defaultRule'
  >
> {
  archived?: boolean
  rules?: { partitions: Partition[]; matchers?: MatcherForm[]; index?: number }[]
}

const members: readonly string[] = [
  'archived',
  'killed',
  'trackImpressions',
  'defaultTreatment',
  'trafficAllocation',
  'configurations',
  'individualTargets',
  'rules',
  'defaultRule',
] satisfies (keyof FlagChange)[]

/** Bodies are limited as well; these keep what is made of them readable. */
const maxRules = 100
const maxTextLength = 1_000
const maxConfigurationLength = 10_000
/** As the service takes them. */
const treatmentPattern = /^([a-zA-Z][\w-]*|\d[\w.-]*)$/

/**
 * The definition after a change, under a new version. Throws an `EditError` that says what is wrong with the change.
 *
 * @param change a `FlagChange`, as it came
 * @param changeNumber epoch ms
 */
export function editFlag(definition: Definition, change: unknown, changeNumber: number): Definition {
  if (!isRecord(change)) throw new EditError('expected an object of what is to change')
  const unknown = Object.keys(change).find((member) => !members.includes(member))
  if (unknown) throw new EditError(`${unknown} is nothing that can be changed`)
  const edit = change as FlagChange
  const edited: Definition = { ...structuredClone(definition), changeNumber }
  if (edit.archived !== undefined) edited.status = boolean('archived', edit.archived) ? 'ARCHIVED' : 'ACTIVE'
  if (edit.killed !== undefined) edited['killed'] = boolean('killed', edit.killed)
  if (edit.trackImpressions !== undefined)
    edited['impressionsDisabled'] = !boolean('trackImpressions', edit.trackImpressions)
  if (edit.defaultTreatment !== undefined) edited['defaultTreatment'] = treatment(edit.defaultTreatment)
  if (edit.trafficAllocation !== undefined)
    edited['trafficAllocation'] = percent('The share of traffic', edit.trafficAllocation)
  if (edit.configurations !== undefined) edited['configurations'] = configurations(edit.configurations)
  if (edit.individualTargets || edit.rules || edit.defaultRule) edited['conditions'] = conditions(definition, edit)
  return edited
}

/** Of treatments whose text is empty there is none. */
function configurations(given: unknown): Record<string, string> {
  if (!isRecord(given)) throw new EditError('configurations: expected an object')
  const texts = Object.entries(given).map(([name, value]) => {
    if (typeof value !== 'string') throw new EditError(`the configuration of ${name} is a text`)
    if (value.length > maxConfigurationLength)
      throw new EditError(`the configuration of ${name} is longer than ${maxConfigurationLength} characters`)
    return [treatment(name), value] as const
  })
  return Object.fromEntries(texts.filter(([, value]) => value.trim()))
}

function conditions(definition: Definition, edit: FlagChange) {
  const before = flagForm(definition)
  const { individualTargets, rules, defaultRule } = { ...before, ...edit }
  const old = conditionsOf(definition)
  return [
    ...records('individualTargets', individualTargets)
      .map(({ treatment: name, keys }) => ({ name, keys: list('keys', keys) as Value[] }))
      // A treatment whose last key was taken away has no target any more.
      .filter(({ keys }) => keys.length > 0)
      .map(({ name, keys }) => ({
        conditionType: 'WHITELIST',
        matcherGroup: group([{ operator: 'list', values: keys }], before.trafficType),
        partitions: [{ treatment: treatment(name), size: 100 }],
        label: 'whitelisted',
      })),
    ...records('rules', rules).map((rule) => {
      const split = partitions(rule['partitions'])
      if (!rule['matchers']) {
        const kept = old[Number(rule['index'])]
        if (!kept) throw new EditError('a rule has no conditions')
        return { ...kept, partitions: split }
      }
      const matchers = list('matchers', rule['matchers'])
      if (matchers.length === 0) throw new EditError('a rule has no conditions')
      return {
        conditionType: 'ROLLOUT',
        matcherGroup: group(matchers, before.trafficType),
        partitions: split,
        label: matchers.map((each) => words(each, before.trafficType)).join(' and '),
      }
    }),
    ...(defaultRule
      ? [
          {
            conditionType: 'ROLLOUT',
            matcherGroup: { combiner: 'AND', matchers: [matcher('ALL_KEYS', before.trafficType, null, false, {})] },
            partitions: partitions(defaultRule),
            label: 'default rule',
          },
        ]
      : []),
  ]
}

function group(forms: readonly unknown[], trafficType: string) {
  return {
    combiner: 'AND',
    matchers: forms.map((form) => {
      const { operator, attribute, negate, values } = checked(form)
      return matcher(operator.matcherType, trafficType, attribute, negate, operator.data(values))
    }),
  }
}

function words(form: unknown, trafficType: string) {
  const { operator, attribute, negate, values } = checked(form)
  return matcherWords(operator, { attribute, negate, values }, trafficType)
}

function checked(form: unknown) {
  const given = isRecord(form) ? form : {}
  const name = String(given['operator'])
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined
  if (!operator) throw new EditError('a condition has no operator')
  const attribute = given['attribute'] ? text('attribute', given['attribute']) : null
  if (operator.of === 'attribute' && !attribute) throw new EditError(`“${operator.name}” needs an attribute`)
  if (operator.of === 'key' && attribute) throw new EditError(`“${operator.name}” asks about the key, not an attribute`)
  return {
    operator,
    attribute,
    negate: given['negate'] === true,
    values: valuesOf(operator, list('values', given['values'])),
  }
}

function valuesOf({ name, takes }: Operator, values: unknown[]): Value[] {
  const [first, second] = values
  const of: Record<Operator['takes'], () => Value[]> = {
    list: () => values.map((value) => text(name, value)),
    text: () => [text(name, first)],
    segment: () => [text(name, first)],
    version: () => [text(name, first)],
    versions: () => [text(name, first), text(name, second)],
    number: () => [number(name, first)],
    date: () => [number(name, first)],
    range: () => [number(name, first), number(name, second)],
    dates: () => [number(name, first), number(name, second)],
    boolean: () => [boolean(name, first)],
  }
  const read = of[takes]()
  if (read.length === 0) throw new EditError(`“${name}” needs a value`)
  return read
}

function matcher(matcherType: string, trafficType: string, attribute: string | null, negate: boolean, data: object) {
  return {
    keySelector: { trafficType, attribute },
    matcherType,
    negate,
    userDefinedSegmentMatcherData: null,
    whitelistMatcherData: null,
    unaryNumericMatcherData: null,
    betweenMatcherData: null,
    booleanMatcherData: null,
    dependencyMatcherData: null,
    stringMatcherData: null,
    ...data,
  }
}

function partitions(given: unknown): Partition[] {
  const split = records('partitions', given).map((each) => ({
    treatment: treatment(each['treatment']),
    size: percent('A percentage', each['size']),
  }))
  if (new Set(split.map((each) => each.treatment)).size < split.length)
    throw new EditError('a treatment stands twice in the same rule')
  const sum = split.reduce((total, { size }) => total + size, 0)
  if (sum !== 100) throw new EditError(`the percentages add up to ${sum}, not to 100`)
  return split
}

function treatment(value: unknown) {
  const name = text('treatment', value)
  if (!treatmentPattern.test(name) || name.length > 100 || name === 'control')
    throw new EditError(`${name} cannot be the name of a treatment: letters, digits, - and _, and not control`)
  return name
}

function percent(what: string, value: unknown) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 100)
    throw new EditError(`${what} is a whole number from 0 to 100`)
  return Number(value)
}

function boolean(what: string, value: unknown) {
  if (typeof value !== 'boolean') throw new EditError(`“${what}” is true or false`)
  return value
}

function number(what: string, value: unknown) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EditError(`“${what}” needs a number`)
  return value
}

function text(what: string, value: unknown) {
  if (typeof value !== 'string' || value.trim() === '') throw new EditError(`“${what}” needs a value`)
  if (value.length > maxTextLength) throw new EditError(`“${what}”: a value is longer than ${maxTextLength} characters`)
  return value.trim()
}

function list(what: string, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new EditError(`${what}: expected a list`)
  if (what === 'rules' && value.length > maxRules) throw new EditError(`more than ${maxRules} rules`)
  return value
}

const records = (what: string, value: unknown) =>
  list(what, value).map((each) => {
    if (!isRecord(each)) throw new EditError(`${what}: expected objects`)
    return each
  })

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
