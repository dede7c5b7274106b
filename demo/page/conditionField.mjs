// @ts-nocheck
import { element } from './element.mjs'
import { operators } from './operators'

/**
 * @typedef {import('../server/flagForm').MatcherForm} MatcherForm
 * @typedef {{ node: HTMLElement, read: () => MatcherForm }} ConditionField
 */

/** What to write into the value of an operator. */
const hints = {
  list: 'a, b, c',
  text: '^user-\\d+$',
  number: '21',
  range: '18, 65',
  date: '2026-11-21T09:30Z',
  dates: '2026-11-21, 2026-11-28',
  boolean: 'true',
  version: '1.2.3',
  versions: '1.2.0, 2.0.0',
  segment: 'employees',
}

/**
 * One condition of a rule: of the key or of an attribute, what is asked, and the values.
 *
 * @param {MatcherForm} condition
 * @param {() => void} onRemove
 * @returns {ConditionField}
 */
export function conditionField(condition, onRemove) {
  const attribute = input('attribute', 'the key itself')
  attribute.value = condition.attribute ?? ''
  const negate = select('is or is not', { '': 'if', not: 'if not' })
  negate.value = condition.negate ? 'not' : ''
  const operator = select(
    'condition',
    Object.fromEntries(Object.entries(operators).map(([name, { name: words }]) => [name, words])),
  )
  operator.value = condition.operator
  const values = input('value', '')
  values.value = write(condition)
  const remove = element('button', { type: 'button', class: 'small', 'aria-label': 'Remove this condition' }, '×')
  remove.addEventListener('click', onRemove)

  const chosen = () => /** @type {import('./operators').Operator} */ (operators[operator.value])
  const follow = () => {
    const { of, takes } = chosen()
    values.placeholder = hints[takes]
    attribute.disabled = of === 'key'
    attribute.placeholder = of === 'attribute' ? 'name of the attribute' : 'the key itself'
  }
  operator.addEventListener('change', follow)
  follow()

  return {
    node: element('div', { class: 'condition' }, negate, attribute, operator, values, remove),
    read: () => ({
      operator: operator.value,
      attribute: attribute.disabled ? null : attribute.value.trim() || null,
      negate: negate.value === 'not',
      values: parse(chosen().takes, values.value),
    }),
  }
}

/** @param {MatcherForm} condition */
function write({ operator, values }) {
  const takes = operators[operator]?.takes
  return values
    .map((value) => (takes === 'date' || takes === 'dates' ? new Date(value).toISOString() : String(value)))
    .join(', ')
}

/**
 * What was written, as the server checks it: a number that is none goes as it is.
 *
 * @param {import('./operators').Takes} takes
 * @param {string} text
 */
function parse(takes, text) {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  if (takes === 'text') return [text.trim()]
  if (takes === 'number' || takes === 'range')
    return parts.map((part) => (Number.isNaN(Number(part)) ? part : Number(part)))
  if (takes === 'date' || takes === 'dates') return parts.map((part) => Date.parse(part) || part)
  if (takes === 'boolean') return parts.map((part) => (/^(true|false)$/.test(part) ? part === 'true' : part))
  return parts
}

/**
 * @param {string} label
 * @param {string} placeholder
 */
function input(label, placeholder) {
  return /** @type {HTMLInputElement} */ (
    element('input', { 'aria-label': label, placeholder, autocomplete: 'off', spellcheck: 'false' })
  )
}

/**
 * @param {string} label
 * @param {Record<string, string>} options
 */
function select(label, options) {
  return /** @type {HTMLSelectElement} */ (
    element(
      'select',
      { 'aria-label': label },
      ...Object.entries(options).map(([value, text]) => element('option', { value }, text)),
    )
  )
}
