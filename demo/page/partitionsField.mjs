// @ts-check
import { element } from './element.mjs'

/**
 * @typedef {import('../server/flagForm').Partition} Partition
 * @typedef {{ node: HTMLElement, read: () => Partition[] }} PartitionsField
 */

/**
 * Percentages of a rule: one field a treatment, and what they add up to.
 *
 * @param {string} legend
 * @param {readonly string[]} treatments
 * @param {readonly Partition[]} partitions
 * @returns {PartitionsField}
 */
export function partitionsField(legend, treatments, partitions) {
  const sizes = new Map(partitions.map(({ treatment, size }) => [treatment, size]))
  const sum = element('output', { class: 'sum' })
  const fields = treatments.map((treatment) => {
    const input = /** @type {HTMLInputElement} */ (
      element('input', { type: 'number', min: '0', max: '100', step: '1', inputmode: 'numeric' })
    )
    input.value = String(sizes.get(treatment) ?? 0)
    return { treatment, input }
  })
  const add = () => {
    const total = fields.reduce((all, { input }) => all + (Number(input.value) || 0), 0)
    sum.textContent = `= ${total} %`
    sum.classList.toggle('wrong', total !== 100)
  }
  add()
  const node = element(
    'fieldset',
    { class: 'partitions' },
    element('legend', {}, legend),
    ...fields.map(({ treatment, input }) =>
      element('label', {}, element('span', {}, treatment), element('span', { class: 'percent' }, input, ' %')),
    ),
    sum,
  )
  node.addEventListener('input', add)
  return {
    node,
    read: () =>
      fields
        .map(({ treatment, input }) => ({ treatment, size: Number(input.value) }))
        .filter(({ treatment, size }) => size !== 0 || sizes.has(treatment)),
  }
}
