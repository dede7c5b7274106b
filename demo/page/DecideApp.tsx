/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import type { StoredEvent, StoredImpression, Totals } from '../server/types'
import { amount } from './amount'
import type { Decisions } from './createDecisions'
import { createTailRows } from './createTailRows'
import { DecisionsTable } from './DecisionsTable'
import { FaultsBar } from './FaultsBar'
import { followTail } from './followTail'
import { Page } from './Page'
import { PauseButton } from './PauseButton'
import { EventsTail, ImpressionsTail } from './TailTable'

const impressions = createTailRows<StoredImpression>()
const events = createTailRows<StoredEvent>()
const totals = signal<Totals | undefined>(undefined)

followTail({
  begin() {
    impressions.clear()
    events.clear()
  },
  impressions: impressions.add,
  events: events.add,
  totals(now) {
    totals.value = now
  },
})

/** The page that decides every flag for a user, and shows what is received of it. */
export function DecideApp({ decisions }: { decisions: Decisions }) {
  return (
    <Page
      facts={
        <>
          <p>
            <span class="quiet">Client</span> <strong id="client">{decisions.readiness}</strong>
          </p>
          <span id="panel" />
        </>
      }
      bar={<FaultsBar />}
    >
      <h1 class="hidden">Decide</h1>
      <User decisions={decisions} />
      <DecisionsTable decisions={decisions} />
      <Received decisions={decisions} />
      <Events decisions={decisions} />
    </Page>
  )
}

function User({ decisions: { fields, errors, status, decide, next } }: { decisions: Decisions }) {
  return (
    <section class="card" aria-labelledby="user-title">
      <h2 id="user-title">User</h2>
      <form
        id="user"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void decide()
        }}
      >
        <div class="field">
          <label for="key">Key</label>
          <input
            id="key"
            name="key"
            autoComplete="off"
            spellcheck={false}
            required
            aria-describedby="key-error"
            aria-invalid={errors.key.value ? 'true' : undefined}
            value={fields.key}
            onInput={({ currentTarget }) => (fields.key.value = currentTarget.value)}
          />
          <p class="error" id="key-error">
            {errors.key}
          </p>
        </div>
        <div class="field">
          <label for="bucketing-key">
            Bucketing key <span class="quiet">(optional)</span>
          </label>
          <input
            id="bucketing-key"
            name="bucketingKey"
            autoComplete="off"
            spellcheck={false}
            value={fields.bucketingKey}
            onInput={({ currentTarget }) => (fields.bucketingKey.value = currentTarget.value)}
          />
        </div>
        <div class="field wide">
          <label for="attributes">
            Attributes <span class="quiet">(JSON, optional)</span>
          </label>
          <textarea
            id="attributes"
            name="attributes"
            rows={2}
            autoComplete="off"
            spellcheck={false}
            placeholder='{ "location": "california", "orders": 0 }'
            aria-describedby="attributes-error"
            aria-invalid={errors.attributes.value ? 'true' : undefined}
            value={fields.attributes}
            onInput={({ currentTarget }) => (fields.attributes.value = currentTarget.value)}
          />
          <p class="error" id="attributes-error">
            {errors.attributes}
          </p>
        </div>
        <div class="buttons">
          <button class="main" id="decide">
            Decide
          </button>
          <button type="button" id="next" onClick={() => void next()}>
            Next user
          </button>
        </div>
      </form>
      <p class="status" id="status" role="status">
        {status}
      </p>
    </section>
  )
}

function Received({ decisions }: { decisions: Decisions }) {
  const { value: now } = totals
  const isNothing = !now || now.impressions + now.counts + now.uniqueKeys + now.events === 0
  return (
    <section class="card" aria-labelledby="tail-title">
      <div class="bar">
        <h2 id="tail-title">
          Impressions received{' '}
          <span class="count" id="tail-count">
            {now && amount(now.impressions)}
          </span>
        </h2>
        <div class="buttons">
          <button type="button" id="send" onClick={() => void decisions.send()}>
            Send now
          </button>
          <PauseButton id="pause" rows={impressions} />
          <a
            class="button"
            id="leave"
            href="/away.html"
            onClick={({ currentTarget }) => {
              const query = new URLSearchParams({ left: String(Date.now()), back: location.search })
              currentTarget.href = `/away.html?${query}`
            }}
          >
            Leave this page
          </a>
        </div>
      </div>
      <p class="quiet" id="totals">
        {isNothing
          ? 'Nothing yet. Impressions go out every few minutes, at Send now, and when this page is left.'
          : `At page hide: ${amount(now.impressionsAtHide)} · Counts: ${amount(now.counts)} · Unique keys: ${amount(now.uniqueKeys)} · Events: ${amount(now.events)}`}
      </p>
      <ImpressionsTail rows={impressions} />
    </section>
  )
}

const event = signal('order')
const value = signal('')

/** The events that arrive: the effect of a flag is measured by them. */
function Events({ decisions }: { decisions: Decisions }) {
  return (
    <section class="card" aria-labelledby="events-title">
      <div class="bar">
        <h2 id="events-title">
          Events received <span class="count">{totals.value && amount(totals.value.events)}</span>
        </h2>
        <form
          id="track"
          class="buttons"
          noValidate
          onSubmit={(submitted) => {
            submitted.preventDefault()
            decisions.track(event.value.trim(), value.value.trim() ? Number(value.value) : undefined)
          }}
        >
          <input
            id="event"
            aria-label="Event type"
            autoComplete="off"
            spellcheck={false}
            value={event}
            onInput={({ currentTarget }) => (event.value = currentTarget.value)}
          />
          <input
            id="event-value"
            aria-label="Value of the event, optional"
            placeholder="value"
            inputMode="decimal"
            autoComplete="off"
            value={value}
            onInput={({ currentTarget }) => (value.value = currentTarget.value)}
          />
          <button>Track</button>
        </form>
      </div>
      <EventsTail rows={events} />
    </section>
  )
}
