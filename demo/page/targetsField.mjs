// @ts-check
import { element } from './element.mjs'

/**
 * Keys that get a treatment whatever the rules say.
 *
 * @param {readonly string[]} treatments
 * @param {readonly { treatment: string, keys: string[] }[]} targets
 */
export function targetsField(treatments, targets) {
  const fields = treatments.map((treatment) => {
    const keys = targets.filter((target) => target.treatment === treatment).flatMap((target) => target.keys)
    const area = /** @type {HTMLTextAreaElement} */ (
      element('textarea', { rows: '1', spellcheck: 'false', placeholder: 'keys, one a line or with commas' })
    )
    area.value = keys.join(', ')
    return { treatment, area }
  })
  return {
    node: element(
      'div',
      { class: 'targets' },
      ...fields.map(({ treatment, area }) => element('label', {}, element('span', {}, treatment), area)),
    ),
    read: () =>
      fields
        .map(({ treatment, area }) => ({
          treatment,
          keys: area.value
            .split(/[,\n]/)
            .map((key) => key.trim())
            .filter(Boolean),
        }))
        .filter(({ keys }) => keys.length > 0),
  }
}
