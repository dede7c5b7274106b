/** @jsxImportSource preact */
import { ChartsCards } from './ChartsCards'
import { amount, counted } from './amount'
import type { Impressions } from './createImpressions'
import { CriteriaForm } from './CriteriaForm'
import { config } from './environment'
import { ExportControls } from './ExportControls'
import { minutes } from './Moment'
import { Page } from './Page'
import { PauseButton } from './PauseButton'
import { EventsTail, ImpressionsTail } from './TailTable'

/** The page that shows everything received: by criteria, as charts, row by row, and as a file. */
export function ImpressionsApp({ impressions: all }: { impressions: Impressions }) {
  const { value: charts } = all.charts
  const { flag } = all.fields.value.texts
  return (
    <Page>
      <section class="card" aria-labelledby="which-title">
        <h1 id="which-title">
          Impressions{' '}
          <span class="count" id="matching">
            {charts &&
              (charts.total === charts.stored
                ? amount(charts.total)
                : `${amount(charts.total)} of ${amount(charts.stored)}`)}
          </span>
        </h1>
        <CriteriaForm impressions={all} />
        <p class="error" id="criteria-error" role="alert">
          {all.error}
        </p>
        {charts?.untrackedSince !== undefined && (
          <p class="notice" id="tracking-note">
            Tracking is off for {flag.text}, with the version of {minutes(new Date(charts.untrackedSince))}. Its
            decisions are only counted; rows from before stay.
          </p>
        )}
        <p class="quiet" id="retention">
          {charts &&
            `Kept for ${config.retentionDays} days; ${counted(charts.deleted, 'row')} deleted since the server started.`}
        </p>
      </section>

      <ChartsCards charts={charts} />

      <section class="card" aria-labelledby="tail-title">
        <div class="bar">
          <h2 id="tail-title">Live tail</h2>
          <div class="buttons">
            <PauseButton id="pause" rows={all.impressions} />
            <ExportControls criteria={all.criteria} />
          </div>
        </div>
        <ImpressionsTail rows={all.impressions} />
      </section>

      <section class="card" aria-labelledby="events-title">
        <div class="bar">
          <h2 id="events-title">Events</h2>
          <PauseButton id="pause-events" rows={all.events} />
        </div>
        <p class="quiet">
          What track recorded. An event belongs to a key, not to a flag: a criterion of flag, treatment or label leaves
          none.
        </p>
        <EventsTail rows={all.events} />
      </section>
    </Page>
  )
}
