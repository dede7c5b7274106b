/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import { render } from 'preact'
import type { StoredImpression } from '../server/types'
import { amount, counted } from './amount'
import { createTailRows } from './createTailRows'
import { followTail } from './followTail'
import { ImpressionsTail } from './TailTable'

/** How long to wait for a beacon that was sent, ms. */
const quietMs = 2_000

const query = new URLSearchParams(location.search)
const leftAt = Number(query.get('left') ?? Date.now())
const rows = createTailRows<StoredImpression>()
const arrived = signal(0)
const byBeacon = signal(0)
const isQuiet = signal(false)

// Only the query is taken from the address, so that the link stays on this origin whatever it says.
const back = new URL('/', location.href)
back.search = query.get('back') ?? ''

setTimeout(() => (isQuiet.value = true), quietMs)

followTail({
  begin() {
    arrived.value = 0
    byBeacon.value = 0
    rows.clear()
  },
  impressions(all) {
    const since = all.filter((row) => row.receivedAt >= leftAt)
    arrived.value += since.length
    byBeacon.value += since.filter((row) => row.transport === 'beacon').length
    rows.add(since)
  },
})

function Away() {
  return (
    <>
      <header class="top">
        <div>
          <h1>You left the page</h1>
          <p class="quiet">What it had not sent yet goes by beacon while it is left. Here is what arrived.</p>
        </div>
        <a class="button" id="back" href={back.href}>
          Back to the page
        </a>
      </header>
      <main>
        <section class="card" aria-labelledby="arrived-title">
          <h2 id="arrived-title">
            Arrived since you left{' '}
            <span class="count" id="arrived-count">
              {arrived.value > 0 && amount(arrived.value)}
            </span>
          </h2>
          <p class="status" id="status" role="status">
            {arrived.value > 0
              ? `${counted(arrived.value, 'impression')} arrived, ${amount(byBeacon.value)} by beacon.`
              : isQuiet.value
                ? 'No impression was waiting. Repeated decisions are only counted.'
                : 'Waiting for the first impression.'}
          </p>
          <ImpressionsTail rows={rows} />
        </section>
      </main>
    </>
  )
}

render(<Away />, document.getElementById('app') as HTMLElement)
