/** @jsxImportSource preact */
import { effect, signal } from '@preact/signals'
import { render } from 'preact'
import { environment } from './environment'
import { answers, endpoints, isFault, pageFaults } from './faults'
import { Page } from './Page'

const chosen = signal<readonly string[]>(new URLSearchParams(location.search).getAll('fault').filter(isFault))
const status = signal('')

const query = () => {
  const all = new URLSearchParams({ environment: environment.name })
  for (const name of chosen.value) all.append('fault', name)
  return all
}

// The address of this page keeps what is chosen as well.
effect(() => history.replaceState(null, '', `?${query()}`))

function FaultsPage() {
  const { length } = chosen.value
  const link = new URL(`/?${query()}`, location.href).href
  return (
    <Page>
      <section class="card" aria-labelledby="chosen-title">
        <h1 id="chosen-title">Faults to play</h1>
        <p class="quiet">Choose what goes wrong, then open the page with it. The link can be passed on.</p>
        <div class="go">
          <a class="button main" id="open" href={link}>
            {length === 0 ? 'Open the page' : `Open the page with ${length === 1 ? 'this fault' : 'these faults'}`}
          </a>
          <input id="link" readOnly aria-label="Link to the page with these faults" value={link} />
          <button
            type="button"
            id="copy"
            onClick={() => void navigator.clipboard.writeText(link).then(() => (status.value = 'Copied.'))}
          >
            Copy link
          </button>
        </div>
        <p class="status" id="status" role="status">
          {status}
        </p>
      </section>

      <section class="card" aria-labelledby="page-title">
        <h2 id="page-title">In the page</h2>
        <ul id="page-faults" class="faults">
          {Object.entries(pageFaults).map(([name, { title, says }]) => (
            <li key={name}>
              <Toggle name={name} text={title} />
              <span class="quiet">{says}</span>
            </li>
          ))}
        </ul>
      </section>

      <section class="card" aria-labelledby="server-title">
        <h2 id="server-title">At the server</h2>
        <p class="quiet">
          Slow: 3 seconds late. Busy: status 429, come again in 10 seconds. Broken: status 500. Hang: no answer. They
          hold until the page is opened without them.
        </p>
        <ul id="server-faults" class="faults">
          {Object.keys(endpoints).map((endpoint) => (
            <li key={endpoint}>
              <strong>{endpoint.replace('-', ' ')}</strong>
              <span class="buttons">
                {Object.keys(answers).map((answer) => (
                  <Toggle key={answer} name={`${endpoint}:${answer}`} text={answer} label={`${endpoint}: ${answer}`} />
                ))}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </Page>
  )
}

function Toggle({ name, text, label }: { name: string; text: string; label?: string }) {
  const isChosen = chosen.value.includes(name)
  return (
    <button
      type="button"
      aria-pressed={isChosen}
      aria-label={label}
      onClick={() => {
        chosen.value = isChosen ? chosen.value.filter((other) => other !== name) : [...chosen.value, name]
        status.value = ''
      }}
    >
      {text}
    </button>
  )
}

render(<FaultsPage />, document.getElementById('app') as HTMLElement)
