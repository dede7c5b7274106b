// @ts-check
import { createTailTable } from './createTailTable.mjs'
import { byId } from './element.mjs'
import { followTail } from './followTail.mjs'

/** A beacon that was sent is here by then. */
const quietMs = 2000

const query = new URLSearchParams(location.search)
const leftAt = Number(query.get('left') ?? Date.now())
const table = createTailTable()
let arrived = 0
let byBeacon = 0

// Only the query is taken over, so that the link leads to this origin whatever it says.
const back = new URL('/', location.href)
back.search = query.get('back') ?? ''
/** @type {HTMLAnchorElement} */
const backLink = byId('back')
backLink.href = back.href

setTimeout(() => {
  if (arrived === 0) byId('status').textContent = 'No impression was waiting. Repeated decisions are only counted.'
}, quietMs)

followTail({
  begin() {
    arrived = 0
    byBeacon = 0
    table.clear()
  },
  impressions(rows) {
    const since = rows.filter((row) => row.receivedAt >= leftAt)
    arrived += since.length
    byBeacon += since.filter((row) => row.transport === 'beacon').length
    table.add(since)
    byId('arrived-count').textContent = String(arrived)
    if (arrived > 0) {
      byId('status').textContent =
        `${arrived} ${arrived === 1 ? 'impression' : 'impressions'} arrived, ${byBeacon} by beacon.`
    }
  },
  totals() {},
})
