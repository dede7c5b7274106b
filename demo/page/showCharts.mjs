// @ts-check
import { byId, element } from './element.mjs'
import { treatmentElement } from './treatmentElement.mjs'

/**
 * @typedef {object} Charts
 * @property {{ start: number, treatment: string, impressions: number }[]} traffic
 * @property {number} stepMs
 * @property {{ treatment: string, keys: number, impressions: number }[]} treatments
 * @property {{ flag: string, counted: number, uniqueKeys: number }[]} counted
 * @property {number | undefined} untrackedSince epoch ms, when the one flag asked for has its tracking off
 */

/**
 * @param {Charts} charts
 * @param {ReturnType<import('./createTrafficChart.mjs').createTrafficChart>} chart
 */
export function showCharts({ traffic, stepMs, treatments, counted, untrackedSince }, chart) {
  const isEmpty = traffic.length === 0
  const untracked = untrackedSince !== undefined
  byId('traffic').hidden = isEmpty
  byId('traffic-note').textContent = isEmpty
    ? untracked
      ? 'Tracking is off for this flag: its decisions are counted, and the counts stand beside this.'
      : 'No impression meets the criteria yet.'
    : `Impressions of each treatment, by ${stepName(stepMs)}.`
  byId('traffic-text').textContent = treatments
    .map(({ treatment, impressions }) => `${treatment}: ${impressions}`)
    .join(', ')
  chart.show(traffic, stepMs)

  const most = Math.max(1, ...treatments.map(({ keys }) => keys))
  fill(
    'keys',
    treatments.map(({ treatment, keys, impressions }) => {
      const bar = element('meter', { min: '0', max: String(most), value: String(keys), 'aria-hidden': 'true' })
      return [
        element('th', { scope: 'row' }, treatmentElement(treatment)),
        element('td', { class: 'wide' }, element('span', { class: 'amount' }, bar, element('span', {}, String(keys)))),
        element('td', { class: 'number' }, String(impressions)),
      ]
    }),
    untracked ? 'Tracking is off: no key is sent with a treatment.' : 'No impression yet.',
  )
  fill(
    'counted',
    counted.map(({ flag, counted: count, uniqueKeys }) => [
      element('th', { scope: 'row' }, flag),
      element('td', { class: 'number' }, String(count)),
      element('td', { class: 'number' }, String(uniqueKeys)),
    ]),
    'Nothing was counted yet.',
  )
}

/**
 * @param {string} id of the table
 * @param {HTMLElement[][]} rows
 * @param {string} otherwise
 */
function fill(id, rows, otherwise) {
  const body = /** @type {HTMLTableElement} */ (byId(id)).tBodies[0]
  const empty = () => element('tr', {}, element('td', { colspan: '3', class: 'quiet' }, otherwise))
  body?.replaceChildren(...(rows.length > 0 ? rows.map((cells) => element('tr', {}, ...cells)) : [empty()]))
}

/** @param {number} stepMs */
function stepName(stepMs) {
  const minutes = stepMs / 60_000
  if (minutes < 60) return minutes === 1 ? 'minute' : `${minutes} minutes`
  return minutes < 1_440 ? (minutes === 60 ? 'hour' : `${minutes / 60} hours`) : 'day'
}
