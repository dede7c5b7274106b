import { element } from './element'

const KNOWN = new Set(['on', 'off', 'control'])

/** A treatment, drawn so that it is recognised at a glance. */
export function treatmentElement(treatment: string): HTMLElement {
  return element(
    'span',
    { class: `treatment ${KNOWN.has(treatment) ? treatment : 'other'}`, title: treatment },
    treatment,
  )
}
