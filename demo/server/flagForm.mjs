// @ts-check
import { operators } from '../page/operators.mjs'

/**
 * @typedef {import('./createServer.mjs').Definition} Definition
 * @typedef {{ treatment: string, size: number }} Partition
 * @typedef {{ operator: string, attribute?: string | null, negate?: boolean, values: any[] }} MatcherForm
 * @typedef {object} RuleForm
 * @property {string} label
 * @property {Partition[]} partitions
 * @property {MatcherForm[]} [matchers] missing when the form has no fields for one of them: the rule can stay or go
 * @property {number} index of the condition in the definition
 *
 * @typedef {object} FlagForm What people can change of a flag.
 * @property {string} name
 * @property {string} trafficType
 * @property {boolean} killed
 * @property {boolean} trackImpressions
 * @property {number | undefined} changeNumber
 * @property {number} trafficAllocation percent
 * @property {string} defaultTreatment
 * @property {string[]} treatments all that the definition names
 * @property {{ treatment: string, keys: string[] }[]} individualTargets
 * @property {RuleForm[]} rules
 * @property {Partition[] | undefined} defaultRule undefined when there is none: then no rule may match
 */

/**
 * A definition as a form shows it.
 *
 * @param {Definition} definition
 * @returns {FlagForm}
 */
export function flagForm(definition) {
  const flag = /** @type {any} */ (definition)
  /** @type {FlagForm} */
  const form = {
    name: flag.name,
    trafficType: flag.trafficTypeName ?? 'user',
    killed: flag.killed === true,
    trackImpressions: flag.impressionsDisabled !== true,
    changeNumber: flag.changeNumber,
    trafficAllocation: flag.trafficAllocation ?? 100,
    defaultTreatment: flag.defaultTreatment ?? 'control',
    treatments: [],
    individualTargets: [],
    rules: [],
    defaultRule: undefined,
  }
  const treatments = new Set(Object.keys(flag.configurations ?? {}))
  const conditions = Array.isArray(flag.conditions) ? flag.conditions : []
  conditions.forEach((/** @type {any} */ condition, /** @type {number} */ index) => {
    /** @type {Partition[]} */
    const partitions = condition.partitions ?? []
    for (const { treatment } of partitions) treatments.add(treatment)
    const matchers = condition.matcherGroup?.matchers ?? []
    const [first] = matchers
    const isAlone = matchers.length === 1 && !first.negate && !first.keySelector?.attribute
    if (condition.conditionType === 'WHITELIST' && isAlone && first.matcherType === 'WHITELIST') {
      const keys = first.whitelistMatcherData?.whitelist ?? []
      form.individualTargets.push({ treatment: partitions[0]?.treatment ?? form.defaultTreatment, keys })
    } else if (isAlone && first.matcherType === 'ALL_KEYS' && index === conditions.length - 1) {
      form.defaultRule = partitions
    } else {
      const forms = matchers.map(matcherForm)
      const label = condition.label ?? ''
      form.rules.push({ label, partitions, index, ...(forms.every(Boolean) && { matchers: forms }) })
    }
  })
  treatments.add(form.defaultTreatment)
  form.treatments = [...treatments]
  return form
}

/**
 * @param {any} matcher
 * @returns {MatcherForm | undefined}
 */
function matcherForm(matcher) {
  for (const [operator, { matcherType, read }] of Object.entries(operators)) {
    if (matcher.matcherType !== matcherType) continue
    const values = read(matcher)
    const attribute = matcher.keySelector?.attribute ?? null
    if (Array.isArray(values)) return { operator, attribute, negate: matcher.negate === true, values }
  }
  return undefined
}
