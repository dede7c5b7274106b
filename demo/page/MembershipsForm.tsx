/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import { inEnvironment } from './environment'
import { request } from './request'

interface Memberships {
  segments: string[]
  largeSegments: string[]
}

const key = signal('')
const segments = signal('')
const largeSegments = signal('')
const status = signal('')

const lines = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

const address = () => `/qa/memberships/${encodeURIComponent(key.value.trim())}?${inEnvironment()}`

/** The form for the segments of a key. A key brings its segments, and what is saved goes to the open pages. */
export function MembershipsForm() {
  return (
    <section class="card" aria-labelledby="segments-title">
      <h2 id="segments-title">Segments of a key</h2>
      <form
        id="memberships"
        class="memberships"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <div class="field">
          <label for="member">Key</label>
          <input
            id="member"
            autoComplete="off"
            spellcheck={false}
            required
            aria-describedby="member-status"
            value={key}
            onInput={({ currentTarget }) => (key.value = currentTarget.value)}
            onChange={() => void load()}
          />
        </div>
        <div class="field">
          <label for="segments">
            Segments <span class="quiet">(one a line)</span>
          </label>
          <textarea
            id="segments"
            rows={2}
            spellcheck={false}
            value={segments}
            onInput={({ currentTarget }) => (segments.value = currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="large-segments">
            Large segments <span class="quiet">(one a line)</span>
          </label>
          <textarea
            id="large-segments"
            rows={2}
            spellcheck={false}
            value={largeSegments}
            onInput={({ currentTarget }) => (largeSegments.value = currentTarget.value)}
          />
        </div>
        <div class="buttons">
          <button class="main">Save segments</button>
        </div>
      </form>
      <p class="status" id="member-status" role="status">
        {status}
      </p>
    </section>
  )
}

async function load() {
  if (!key.value.trim()) return
  const found = await request<Memberships>(address())
  segments.value = found.segments.join('\n')
  largeSegments.value = found.largeSegments.join('\n')
  status.value = ''
}

async function save() {
  if (!key.value.trim()) {
    status.value = 'A key is needed.'
    document.getElementById('member')?.focus()
    return
  }
  const body: Memberships = { segments: lines(segments.value), largeSegments: lines(largeSegments.value) }
  try {
    await request(address(), { method: 'PUT', body })
    status.value = `Saved the segments of ${key.value.trim()}.`
  } catch (error) {
    status.value = (error as Error).message
  }
}
