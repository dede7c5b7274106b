// @ts-check
import { createHeader } from './createHeader.mjs'
import { createTailTable } from './createTailTable.mjs'
import { createTrafficChart } from './createTrafficChart.mjs'
import { byId, element } from './element.mjs'
import { exportImpressions } from './exportImpressions.mjs'
import { followTail } from './followTail.mjs'
import { request } from './request.mjs'
import { showCharts } from './showCharts.mjs'

/** Charts follow what arrives, at a pace at which they can be read. */
const redrawMs = 1_000

const { environment, retentionDays } = await createHeader()
/** @type {HTMLFormElement} */
const form = byId('criteria')
const chart = createTrafficChart(byId('traffic'))
const table = createTailTable()
/** @type {() => void} */
let stopFollowing = () => {}
/** Criteria of what is shown. */
let shown = new URLSearchParams()
/** @type {ReturnType<typeof setTimeout> | undefined} */
let redraw

readAddress()
for (const name of await flagNames()) byId('flag-names').append(element('option', { value: name }))
form.addEventListener('submit', (event) => {
  event.preventDefault()
  writeAddress()
  void show()
})
byId('any').addEventListener('click', () => {
  form.reset()
  writeAddress()
  void show()
})
const pause = byId('pause')
pause.addEventListener('click', () => {
  const paused = pause.getAttribute('aria-pressed') !== 'true'
  pause.setAttribute('aria-pressed', String(paused))
  table.pause(paused)
})
exportImpressions(() => shown)
await show()

async function show() {
  shown = criteria()
  byId('criteria-error').textContent = ''
  stopFollowing()
  table.clear()
  if (!(await draw())) return
  stopFollowing = followTail(
    {
      begin: table.clear,
      impressions(rows) {
        table.add(rows)
        scheduleDraw()
      },
      totals: scheduleDraw,
    },
    shown,
  )
}

function scheduleDraw() {
  redraw ??= setTimeout(() => {
    redraw = undefined
    if (!document.hidden) void draw()
  }, redrawMs)
}

/** @returns {Promise<boolean>} false when the criteria are refused */
async function draw() {
  try {
    const data = await request(`/qa/charts?${shown}`)
    showCharts(data, chart)
    const { total, stored, deleted } = data
    byId('matching').textContent = total === stored ? `${total}` : `${total} of ${stored}`
    byId('retention').textContent =
      `Kept for ${retentionDays} days; ${deleted} ${deleted === 1 ? 'row' : 'rows'} deleted since the server started.`
    return true
  } catch (error) {
    byId('criteria-error').textContent = `${/** @type {Error} */ (error).message}.`
    return false
  }
}

/** What the form says, as the server takes it. */
function criteria() {
  const query = new URLSearchParams({ environment: environment.name })
  for (const [name, value] of new FormData(form)) {
    const text = String(value).trim()
    if (!text) continue
    // A field of the browser's means local time.
    query.set(name, name === 'from' || name === 'to' ? new Date(text).toISOString() : text)
  }
  return query
}

function readAddress() {
  for (const [name, value] of new URLSearchParams(location.search)) {
    const input = form.elements.namedItem(name)
    if (input instanceof HTMLInputElement) input.value = value
  }
}

function writeAddress() {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of new FormData(form)) {
    if (value) query.set(name, String(value))
    else query.delete(name)
  }
  history.replaceState(null, '', `?${query}`)
}

/** @returns {Promise<string[]>} */
async function flagNames() {
  const flags = await request(`/qa/forms?${new URLSearchParams({ environment: environment.name })}`)
  return flags.map((/** @type {{ name: string }} */ { name }) => name).sort()
}
