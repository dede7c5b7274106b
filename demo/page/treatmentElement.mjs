// @ts-check
import { element } from './element.mjs'

const known = new Set(['on', 'off', 'control'])

/** @param {string} treatment */
export function treatmentElement(treatment) {
  return element('span', { class: `treatment ${known.has(treatment) ? treatment : 'other'}` }, treatment)
}
