/** @jsxImportSource preact */
import type { ComponentChildren } from 'preact'
import type { Charts } from '../server/types'
import { amount } from './amount'
import { minutes } from './Moment'
import { TrafficChart } from './TrafficChart'
import { Treatment } from './Treatment'

/** Counts come by the hour. */
const hourMs = 3_600_000

/** What is drawn of the rows, each picture with a table for who cannot see it. */
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
  const isUntracked = untrackedSince !== undefined
  // The wire tells no treatment of what is counted: one line for all.
  const countTraffic = counts.map(({ start, count }) => ({ start, treatment: 'counts', impressions: count }))
  const most = Math.max(1, ...treatments.map(({ keys }) => keys))
  return (
    <div class="charts">
      <section class="card" aria-labelledby="traffic-title">
        <h2 id="traffic-title">Traffic over time</h2>
        <p class="quiet" id="traffic-note">
          {charts &&
            (!isEmpty
              ? `Impressions of each treatment, by ${stepName(stepMs)}.${changes.length > 0 ? ' Dashed: a change of the definition.' : ''}`
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
            changes={changes}
          />
        </div>
        <p class="hidden" id="traffic-text">
          {treatments.map(({ treatment, impressions }) => `${treatment}: ${amount(impressions)}`).join(', ')}
        </p>
        {!isEmpty && <TrafficTable traffic={traffic} />}
      </section>
      <section class="card" aria-labelledby="keys-title">
        <h2 id="keys-title">Keys per treatment</h2>
        <div class="scroll short" role="region" aria-label="Table of keys" tabIndex={0}>
          <table id="keys">
            <thead>
              <tr>
                <th scope="col">Treatment</th>
                <th scope="col">Keys</th>
                <th scope="col" class="number">
                  Impressions
                </th>
              </tr>
            </thead>
            <tbody>
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
              <Empty if={treatments.length === 0}>
                {isUntracked ? 'Tracking is off: no key is sent with a treatment.' : 'No impression yet.'}
              </Empty>
            </tbody>
          </table>
        </div>
      </section>
      <section class="card" aria-labelledby="counted-title">
        <h2 id="counted-title">Counted, not sent</h2>
        <p class="quiet">Repetitions and flags without tracking: the wire carries no treatment of these.</p>
        <div hidden={counts.length === 0}>
          <TrafficChart
            id="counts"
            labelledBy="counted-title counts-text"
            traffic={countTraffic}
            stepMs={hourMs}
            changes={changes}
          />
        </div>
        <p class="hidden" id="counts-text">
          {counts.map(({ start, count }) => `${minutes(new Date(start))}: ${amount(count)}`).join(', ')}
        </p>
        <div class="scroll short" role="region" aria-label="Table of counts" tabIndex={0}>
          <table id="counted">
            <thead>
              <tr>
                <th scope="col">Flag</th>
                <th scope="col" class="number">
                  Counts
                </th>
                <th scope="col" class="number">
                  Unique keys
                </th>
              </tr>
            </thead>
            <tbody>
              {counted.map(({ flag, counted: count, uniqueKeys }) => (
                <tr key={flag}>
                  <th scope="row" class="text">
                    {flag}
                  </th>
                  <td class="number">{amount(count)}</td>
                  <td class="number">{amount(uniqueKeys)}</td>
                </tr>
              ))}
              <Empty if={counted.length === 0}>Nothing was counted yet.</Empty>
            </tbody>
          </table>
        </div>
      </section>
    </div>
  )
}

function Empty({ if: isEmpty, children }: { if: boolean; children: ComponentChildren }) {
  return isEmpty ? (
    <tr>
      <td colSpan={3} class="quiet">
        {children}
      </td>
    </tr>
  ) : null
}

function TrafficTable({ traffic }: Pick<Charts, 'traffic'>) {
  return (
    <details>
      <summary>As a table</summary>
      <div class="scroll short" role="region" aria-label="Table of traffic" tabIndex={0}>
        <table id="traffic-table">
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Treatment</th>
              <th scope="col" class="number">
                Impressions
              </th>
            </tr>
          </thead>
          <tbody>
            {traffic.map(({ start, treatment, impressions }) => (
              <tr key={`${start} ${treatment}`}>
                <th scope="row">{minutes(new Date(start))}</th>
                <td>
                  <Treatment of={treatment} />
                </td>
                <td class="number">{amount(impressions)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  )
}

function stepName(stepMs: number) {
  const inMinutes = stepMs / 60_000
  if (inMinutes < 60) return inMinutes === 1 ? 'minute' : `${inMinutes} minutes`
  return inMinutes < 1_440 ? (inMinutes === 60 ? 'hour' : `${inMinutes / 60} hours`) : 'day'
}
