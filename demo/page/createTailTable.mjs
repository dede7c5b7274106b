// @ts-check
import { byId, element } from './element.mjs'
import { timeElement } from './timeElement.mjs'
import { treatmentElement } from './treatmentElement.mjs'

/** More rows than anyone reads cost more than they tell. */
const maxRows = 200
/** So many at once make no long task. */
const rowsPerFrame = 40

/**
 * The table of impressions received, newest first. Rows that arrive together are put in some each frame.
 */
export function createTailTable() {
  const body = /** @type {HTMLTableElement} */ (byId('tail')).tBodies[0]
  /** Oldest first. @type {any[]} */
  let waiting = []
  let scheduled = false
  let paused = false

  function show() {
    scheduled = false
    if (paused || !body) return
    const rows = waiting.splice(0, rowsPerFrame).reverse()
    body.prepend(...rows.map(row))
    while (body.rows.length > maxRows) body.deleteRow(-1)
    if (waiting.length > 0) schedule()
  }

  function schedule() {
    if (scheduled || paused) return
    scheduled = true
    requestAnimationFrame(show)
  }

  return {
    /** @param {any[]} rows oldest first */
    add(rows) {
      waiting = [...waiting, ...rows].slice(-maxRows)
      schedule()
    },

    clear() {
      waiting = []
      body?.replaceChildren()
    },

    /** While paused the table stands still; afterwards it shows what came meanwhile. @param {boolean} now */
    pause(now) {
      paused = now
      schedule()
    },
  }
}

/** @param {any} impression */
function row(impression) {
  const { bucketingKey, transport } = impression
  const absent = () => element('span', { class: 'quiet' }, 'not available')
  const key = bucketingKey
    ? [element('br', {}), element('span', { class: 'quiet' }, `bucketed by ${bucketingKey}`)]
    : []
  return element(
    'tr',
    {},
    element('td', {}, timeElement(impression.receivedAt, 'milliseconds')),
    element('th', { scope: 'row' }, impression.flag),
    element('td', {}, treatmentElement(impression.treatment)),
    element('td', { class: 'text' }, impression.label ?? absent()),
    element('td', { class: 'key' }, impression.key, ...key),
    element('td', {}, timeElement(impression.time, 'milliseconds')),
    element('td', {}, timeElement(impression.changeNumber, 'minutes')),
    element('td', { title: impression.trafficTypeId }, impression.trafficTypeName),
    element('td', { title: impression.environmentId }, impression.environmentName),
    element('td', {}, impression.sdk ?? absent()),
    element('td', {}, transport),
  )
}
