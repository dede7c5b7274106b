// @ts-check
import { operators } from '../page/operators.mjs'
import { EditError } from './EditError.mjs'
import { flagForm } from './flagForm.mjs'

/**
 * @typedef {import('./createServer.mjs').Definition} Definition
 * @typedef {import('./flagForm.mjs').Partition} Partition
 * @typedef {import('./flagForm.mjs').MatcherForm} MatcherForm
 */

/**
 * What is to be different; what is missing stays. A rule with an `index` and without matchers is the one that stood there.
 *
 * @typedef {object} FlagChange
 * @property {boolean} [killed]
 * @property {boolean} [trackImpressions]
 * @property {string} [defaultTreatment]
 * @property {number} [trafficAllocation] percent
 * @property {{ treatment: string, keys: string[] }[]} [individualTargets]
 * @property {{ partitions: Partition[], matchers?: MatcherForm[], index?: number }[]} [rules]
 * @property {Partition[]} [defaultRule]
 */

const members = [
  'killed',
  'trackImpressions',
  'defaultTreatment',
  'trafficAllocation',
  'individualTargets',
  'rules',
  'defaultRule',
]
/** Bodies are limited as well; these keep what is made of them readable. */
const maxRules = 100
const maxTextLength = 1_000
/** As the service takes them. */
const treatmentPattern = /^([a-zA-Z][\w-]*|\d[\w.-]*)$/

/**
 * The definition after a change, under a new version. Throws an `EditError` that says what is wrong with the change.
 *
 * @param {Definition} definition
 * @param {unknown} change a `FlagChange`, as it came
 * @param {number} changeNumber epoch ms
 * @returns {Definition}
 */
export function editFlag(definition, change, changeNumber) {
  if (!isRecord(change)) throw new EditError('expected an object of what is to change')
  const unknown = Object.keys(change).find((member) => !members.includes(member))
  if (unknown) throw new EditError(`${unknown} is nothing that can be changed`)
  const edit = /** @type {FlagChange} */ (change)
  /** @type {any} */
  const edited = { ...structuredClone(definition), changeNumber }
  if (edit.killed !== undefined) edited.killed = boolean('killed', edit.killed)
  if (edit.trackImpressions !== undefined)
    edited.impressionsDisabled = !boolean('trackImpressions', edit.trackImpressions)
  if (edit.defaultTreatment !== undefined) edited.defaultTreatment = treatment(edit.defaultTreatment)
  if (edit.trafficAllocation !== undefined)
    edited.trafficAllocation = percent('The share of traffic', edit.trafficAllocation)
  if (edit.individualTargets || edit.rules || edit.defaultRule) edited.conditions = conditions(definition, edit)
  return edited
}

/**
 * @param {Definition} definition
 * @param {FlagChange} edit
 */
function conditions(definition, edit) {
  const before = flagForm(definition)
  const { individualTargets: targets, rules, defaultRule } = { ...before, ...edit }
  const old = /** @type {any[]} */ (definition.conditions ?? [])
  return [
    ...list('individualTargets', targets)
      // A treatment whose last key was taken away has no target any more.
      .filter((target) => isRecord(target) && list('keys', target.keys).length > 0)
      .map(({ treatment: given, keys }) => ({
        conditionType: 'WHITELIST',
        matcherGroup: group([{ operator: 'list', values: keys }], before.trafficType),
        partitions: [{ treatment: treatment(given), size: 100 }],
        label: 'whitelisted',
      })),
    ...list('rules', rules).map((rule) => {
      if (!isRecord(rule)) throw new EditError('rules: expected objects')
      const split = partitions(rule.partitions)
      if (!rule.matchers) {
        const kept = old[rule.index]
        if (!kept) throw new EditError('a rule has no conditions')
        return { ...kept, partitions: split }
      }
      if (list('matchers', rule.matchers).length === 0) throw new EditError('a rule has no conditions')
      const label = rule.matchers.map((/** @type {any} */ each) => words(each, before.trafficType)).join(' and ')
      return {
        conditionType: 'ROLLOUT',
        matcherGroup: group(rule.matchers, before.trafficType),
        partitions: split,
        label,
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

/**
 * @param {MatcherForm[]} forms
 * @param {string} trafficType
 */
function group(forms, trafficType) {
  return {
    combiner: 'AND',
    matchers: forms.map((form) => {
      const { operator, attribute, values } = checked(form)
      return matcher(operator.matcherType, trafficType, attribute, form.negate === true, operator.data(values))
    }),
  }
}

/**
 * @param {MatcherForm} form
 * @param {string} trafficType
 */
function words(form, trafficType) {
  const { operator, attribute, values } = checked(form)
  const subject = attribute ? `${trafficType}.${attribute} ` : ''
  return `${subject}${form.negate ? 'not ' : ''}${operator.words(values)}`
}

/** @param {any} form */
function checked(form) {
  const operator = isRecord(form) && Object.hasOwn(operators, form.operator) ? operators[form.operator] : undefined
  if (!operator) throw new EditError('a condition has no operator')
  const attribute = form.attribute ? text('attribute', form.attribute) : null
  if (operator.of === 'attribute' && !attribute) throw new EditError(`“${operator.name}” needs an attribute`)
  if (operator.of === 'key' && attribute) throw new EditError(`“${operator.name}” asks about the key, not an attribute`)
  return { operator, attribute, values: valuesOf(operator, list('values', form.values)) }
}

/**
 * @param {import('../page/operators.mjs').Operator} operator
 * @param {any[]} values
 */
function valuesOf({ name, takes }, values) {
  const of = {
    list: () => values.map((value) => text(name, value)),
    text: () => [text(name, values[0])],
    segment: () => [text(name, values[0])],
    version: () => [text(name, values[0])],
    versions: () => [text(name, values[0]), text(name, values[1])],
    number: () => [number(name, values[0])],
    date: () => [number(name, values[0])],
    range: () => [number(name, values[0]), number(name, values[1])],
    dates: () => [number(name, values[0]), number(name, values[1])],
    boolean: () => [boolean(name, values[0])],
  }
  const read = of[takes]()
  if (read.length === 0) throw new EditError(`“${name}” needs a value`)
  return read
}

/**
 * @param {string} matcherType
 * @param {string} trafficType
 * @param {string | null} attribute
 * @param {boolean} negate
 * @param {object} data
 */
function matcher(matcherType, trafficType, attribute, negate, data) {
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

/** @param {unknown} given @returns {Partition[]} */
function partitions(given) {
  const split = list('partitions', given).map((each) => {
    if (!isRecord(each)) throw new EditError('partitions: expected objects')
    return { treatment: treatment(each.treatment), size: percent('A percentage', each.size) }
  })
  if (new Set(split.map((each) => each.treatment)).size < split.length)
    throw new EditError('a treatment stands twice in the same rule')
  const sum = split.reduce((total, { size }) => total + size, 0)
  if (sum !== 100) throw new EditError(`the percentages add up to ${sum}, not to 100`)
  return split
}

/** @param {unknown} value */
function treatment(value) {
  const name = text('treatment', value)
  if (!treatmentPattern.test(name) || name.length > 100 || name === 'control')
    throw new EditError(`${name} cannot be the name of a treatment: letters, digits, - and _, and not control`)
  return name
}

/**
 * @param {string} what
 * @param {unknown} value
 */
function percent(what, value) {
  if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 100)
    throw new EditError(`${what} is a whole number from 0 to 100`)
  return Number(value)
}

/**
 * @param {string} what
 * @param {unknown} value
 */
function boolean(what, value) {
  if (typeof value !== 'boolean') throw new EditError(`“${what}” is true or false`)
  return value
}

/**
 * @param {string} what
 * @param {unknown} value
 */
function number(what, value) {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EditError(`“${what}” needs a number`)
  return value
}

/**
 * @param {string} what
 * @param {unknown} value
 */
function text(what, value) {
  if (typeof value !== 'string' || value.trim() === '') throw new EditError(`“${what}” needs a value`)
  if (value.length > maxTextLength) throw new EditError(`“${what}”: a value is longer than ${maxTextLength} characters`)
  return value.trim()
}

/**
 * @param {string} what
 * @param {unknown} value
 * @returns {any[]}
 */
function list(what, value) {
  if (!Array.isArray(value)) throw new EditError(`${what}: expected a list`)
  if (what === 'rules' && value.length > maxRules) throw new EditError(`more than ${maxRules} rules`)
  return value
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, any>}
 */
function isRecord(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
