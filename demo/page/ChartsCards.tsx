/** @jsxImportSource preact */
import type { Charts } from '../server/types'
import { amount } from './amount'
import { ChartTable } from './ChartTable'
import { minutes } from './Moment'
import { TrafficChart } from './TrafficChart'
import { Treatment } from './Treatment'

/** Counts come by the hour. */
const hourMs = 3_600_000

/** The charts of the rows, each with a table for readers who cannot see it. */
export function ChartsCards({ charts }: { charts: Charts | undefined }) {
  const {
    traffic = [],
    treatments = [],
    counted = [],
    counts = [],
    changes = [],
    stepMs = 60_000,
    untrackedSince,
  } = charts ?? {}
  const isEmpty = traffic.length === 0
  const trafficChanges = inSight(changes, traffic, stepMs)
  const changeTimes = trafficChanges.map((time) => minutes(new Date(time)))
  const isUntracked = untrackedSince !== undefined
  // Counts on the wire have no treatment, so that there is one line for all.
  const countTraffic = counts.map(({ start, count }) => ({ start, treatment: 'counts', impressions: count }))
  const most = Math.max(1, ...treatments.map(({ keys }) => keys))
  return (
    <div class="charts">
      <section class="card" aria-labelledby="traffic-title">
        <h2 id="traffic-title">Traffic over time</h2>
        <p class="quiet" id="traffic-note">
          {charts &&
            (!isEmpty
              ? `Impressions of each treatment, by ${stepName(stepMs)}. ${dashed(changeTimes)}`
              : isUntracked
                ? 'Tracking is off for this flag: its decisions are counted, and the counts stand beside this.'
                : 'No impression meets the criteria yet.')}
        </p>
        <div hidden={isEmpty}>
          <TrafficChart
            id="traffic"
            labelledBy="traffic-title traffic-text"
            traffic={traffic}
            stepMs={stepMs}
            changes={trafficChanges}
          />
        </div>
        <p class="hidden" id="traffic-text">
          {treatments.map(({ treatment, impressions }) => `${treatment}: ${amount(impressions)}`).join(', ')}
          {changeTimes.length > 0 && `. The definition changed ${changeTimes.join(', ')}`}
        </p>
        {!isEmpty && (
          <details>
            <summary>As a table</summary>
            <ChartTable id="traffic-table" name="traffic" heads={['From', 'Treatment', 'Impressions']} numbers={1}>
              {traffic.map(({ start, treatment, impressions }) => (
                <tr key={`${start} ${treatment}`}>
                  <th scope="row">{minutes(new Date(start))}</th>
                  <td>
                    <Treatment of={treatment} />
                  </td>
                  <td class="number">{amount(impressions)}</td>
                </tr>
              ))}
            </ChartTable>
          </details>
        )}
      </section>
      <section class="card" aria-labelledby="keys-title">
        <h2 id="keys-title">Keys per treatment</h2>
        <ChartTable
          id="keys"
          name="keys"
          heads={['Treatment', 'Keys', 'Impressions']}
          numbers={1}
          empty={
            treatments.length === 0 &&
            (isUntracked ? 'Tracking is off: no key is sent with a treatment.' : 'No impression yet.')
          }
        >
          {treatments.map(({ treatment, keys, impressions }) => (
            <tr key={treatment}>
              <th scope="row">
                <Treatment of={treatment} />
              </th>
              <td class="amount">
                <meter min={0} max={most} value={keys} aria-hidden="true" />
                {amount(keys)}
              </td>
              <td class="number">{amount(impressions)}</td>
            </tr>
          ))}
        </ChartTable>
      </section>
      <section class="card" aria-labelledby="counted-title">
        <h2 id="counted-title">Counted, not sent</h2>
        <p class="quiet">Repetitions, and flags whose tracking is off: what is sent of these names no treatment.</p>
        <div hidden={counts.length === 0}>
          <TrafficChart
            id="counts"
            labelledBy="counted-title counts-text"
            traffic={countTraffic}
            stepMs={hourMs}
            changes={inSight(changes, counts, hourMs)}
          />
        </div>
        <p class="hidden" id="counts-text">
          {counts.map(({ start, count }) => `${minutes(new Date(start))}: ${amount(count)}`).join(', ')}
        </p>
        <ChartTable
          id="counted"
          name="counts"
          heads={['Flag', 'Counts', 'Unique keys']}
          numbers={2}
          empty={counted.length === 0 && 'Nothing was counted yet.'}
        >
          {counted.map(({ flag, counted: count, uniqueKeys }) => (
            <tr key={flag}>
              <th scope="row" class="text">
                {flag}
              </th>
              <td class="number">{amount(count)}</td>
              <td class="number">{amount(uniqueKeys)}</td>
            </tr>
          ))}
        </ChartTable>
      </section>
    </div>
  )
}

/** The time that the chart shows: it begins a step before its first point, and ends a step after its last one. */
function inSight(times: readonly number[], points: readonly { start: number }[], stepMs: number) {
  const from = (points[0]?.start ?? NaN) - stepMs
  const to = (points.at(-1)?.start ?? NaN) + stepMs
  return times.filter((time) => time >= from && time <= to).sort((a, b) => a - b)
}

function dashed(changeTimes: readonly string[]) {
  const { length } = changeTimes
  if (length === 0) return ''
  return `Dashed: ${length > 3 ? `${length} changes of the definition` : `the definition changed ${changeTimes.join(', ')}`}.`
}

function stepName(stepMs: number) {
  const inMinutes = stepMs / 60_000
  if (inMinutes < 60) return inMinutes === 1 ? 'minute' : `${inMinutes} minutes`
  return inMinutes < 1_440 ? (inMinutes === 60 ? 'hour' : `${inMinutes / 60} hours`) : 'day'
}
