import type { Value } from '../page/operators'
import { EditError } from './EditError'
import { conditionsOf, flagForm, type FlagForm, type MatcherForm, type Partition } from './flagForm'
import { boolean, isRecord, list, percent, records, text } from './formFields'
import { group, matcher, matchersOf } from './matchersOf'
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
    | 'prerequisites'
    | 'sets'
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
  'prerequisites',
  'sets',
] satisfies (keyof FlagChange)[]

/** Limits that keep a definition made from a form readable. */
const maxConfigurationLength = 10_000
/** The names that the service takes for sets. */
const setPattern = /^[a-z0-9][a-z0-9_]{0,49}$/
/** The names that the service takes for treatments. */
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
  if (edit.prerequisites !== undefined) edited['prerequisites'] = prerequisites(definition.name, edit.prerequisites)
  if (edit.sets !== undefined) edited.sets = sets(edit.sets)
  if (edit.individualTargets || edit.rules || edit.defaultRule) edited['conditions'] = conditions(definition, edit)
  return edited
}

/** The configurations; a treatment whose text is empty has none. */
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

function prerequisites(name: string, given: unknown) {
  const asked = records('prerequisites', given).map((each) => {
    const flag = text('prerequisite', each['flag'])
    if (flag === name) throw new EditError('a flag cannot be its own prerequisite')
    const treatments = list('treatments', each['treatments']).map(treatment)
    if (treatments.length === 0) throw new EditError(`the prerequisite ${flag} needs a treatment`)
    return { n: flag, ts: treatments }
  })
  if (new Set(asked.map(({ n }) => n)).size < asked.length) throw new EditError('a prerequisite stands there twice')
  return asked
}

function sets(given: unknown): string[] {
  const names = list('sets', given).map((each) => text('flag set', each))
  const wrong = names.find((name) => !setPattern.test(name))
  if (wrong) throw new EditError(`${wrong} cannot be the name of a flag set: small letters, digits and _, 50 at most`)
  return [...new Set(names)]
}

function conditions(definition: Definition, edit: FlagChange) {
  const before = flagForm(definition)
  const { individualTargets, rules, defaultRule } = { ...before, ...edit }
  const old = conditionsOf(definition)
  return [
    ...records('individualTargets', individualTargets)
      .map(({ treatment: name, keys }) => ({ name, keys: list('keys', keys) as Value[] }))
      // A treatment whose last key was taken away has no targets any more.
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
      return {
        conditionType: 'ROLLOUT',
        partitions: split,
        ...matchersOf(rule['matchers'], before.trafficType),
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
