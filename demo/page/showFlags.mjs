// @ts-check
import { byId, element } from './element.mjs'
import { timeElement } from './timeElement.mjs'
import { treatmentElement } from './treatmentElement.mjs'

/**
 * The table of flags.
 *
 * @param {import('./decideAll.mjs').Decision[]} decisions
 * @param {Map<string, any>} definitions as the server has them, by name
 * @param {string} filter
 */
export function showFlags(decisions, definitions, filter) {
  const wanted = filter.trim().toLowerCase()
  const shown = decisions.filter(({ flag, treatment, label }) =>
    [flag, treatment, label ?? ''].some((text) => text.toLowerCase().includes(wanted)),
  )
  const body = /** @type {HTMLTableElement} */ (byId('flags')).tBodies[0]
  body?.replaceChildren(...shown.map((decision) => row(decision, definitions.get(decision.flag))))
  if (shown.length === 0) {
    const text = decisions.length === 0 ? 'No flags yet.' : 'No flag has this in its name, treatment or label.'
    body?.append(element('tr', {}, element('td', { colspan: '6', class: 'quiet' }, text)))
  }
  byId('flags-count').textContent =
    shown.length === decisions.length ? `${decisions.length}` : `${shown.length} of ${decisions.length}`
}

/**
 * @param {import('./decideAll.mjs').Decision} decision
 * @param {any} definition
 */
function row({ flag, treatment, label, config, changeNumber }, definition) {
  const badges = [
    ...(definition?.killed ? [element('span', { class: 'badge' }, 'killed')] : []),
    ...(definition?.impressionsDisabled ? [element('span', { class: 'badge' }, 'tracking off')] : []),
  ]
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, flag, ...badges.flatMap((badge) => [' ', badge])),
    element('td', {}, treatmentElement(treatment)),
    element('td', { class: 'text' }, label ?? element('span', { class: 'quiet' }, 'not available')),
    element(
      'td',
      { class: 'text' },
      config === null ? element('span', { class: 'quiet' }, 'none') : element('code', {}, config),
    ),
    element('td', {}, timeElement(changeNumber, 'minutes')),
    element('td', {}, definition?.trafficTypeName ?? 'user'),
  )
}
