// @ts-check
import { conditionField } from './conditionField.mjs'
import { element } from './element.mjs'
import { partitionsField } from './partitionsField.mjs'

/**
 * @typedef {import('../server/flagForm').RuleForm} RuleForm
 * @typedef {import('./conditionField.mjs').ConditionField} ConditionField
 * @typedef {{ node: HTMLElement, read: () => object }} Rule
 */

/**
 * The targeting rules, in the order in which they are asked.
 *
 * @param {readonly string[]} treatments
 * @param {readonly RuleForm[]} rules
 */
export function rulesField(treatments, rules) {
  const list = element('ol', { class: 'rules' })
  /** @type {Rule[]} */
  let made = []
  const show = () => list.replaceChildren(...made.map(({ node }) => node))

  /** @param {Partial<RuleForm>} rule */
  const make = (rule) => {
    const one = createRule(treatments, rule, {
      remove() {
        made = made.filter((other) => other !== one)
        show()
      },
      earlier() {
        const at = made.indexOf(one)
        if (at > 0) made.splice(at - 1, 2, one, /** @type {Rule} */ (made[at - 1]))
        show()
      },
    })
    return one
  }
  made = rules.map(make)
  show()

  const add = element('button', { type: 'button' }, 'Add a rule')
  add.addEventListener('click', () => {
    made.push(make({ matchers: [{ operator: 'list', values: [] }], partitions: [] }))
    show()
    list.querySelector('li:last-child input')?.scrollIntoView({ block: 'nearest' })
  })
  return {
    node: element('div', { class: 'stack' }, list, element('div', {}, add)),
    read: () => made.map((one) => one.read()),
  }
}

/**
 * @param {readonly string[]} treatments
 * @param {Partial<RuleForm>} rule
 * @param {{ remove: () => void, earlier: () => void }} on
 * @returns {Rule}
 */
function createRule(treatments, { label = '', matchers, partitions = [], index }, { remove, earlier }) {
  const split = partitionsField('Serve', treatments, partitions)
  const buttons = [
    ['Move up', earlier],
    ['Remove rule', remove],
  ].map(([text, act]) => {
    const button = element('button', { type: 'button', class: 'small' }, /** @type {string} */ (text))
    button.addEventListener('click', /** @type {() => void} */ (act))
    return button
  })
  const bar = element(
    'div',
    { class: 'bar' },
    element('strong', {}, label || 'New rule'),
    element('span', { class: 'buttons' }, ...buttons),
  )

  if (!matchers) {
    const note = element('p', { class: 'quiet' }, 'This page has no fields for its conditions; they stay as they are.')
    return { node: element('li', {}, bar, note, split.node), read: () => ({ index, partitions: split.read() }) }
  }
  const rows = element('div', { class: 'conditions' })
  /** @type {ConditionField[]} */
  let conditions = []
  const show = () => rows.replaceChildren(...conditions.map(({ node }) => node))
  /** @param {import('../server/flagForm').MatcherForm} matcher */
  const make = (matcher) => {
    const one = conditionField(matcher, () => {
      conditions = conditions.filter((other) => other !== one)
      show()
    })
    return one
  }
  conditions = matchers.map(make)
  show()
  const and = element('button', { type: 'button', class: 'small' }, 'And…')
  and.addEventListener('click', () => {
    conditions.push(make({ operator: 'list', values: [] }))
    show()
  })
  return {
    node: element('li', {}, bar, rows, element('div', {}, and), split.node),
    read: () => ({ matchers: conditions.map((one) => one.read()), partitions: split.read() }),
  }
}
