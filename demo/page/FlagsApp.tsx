/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import { amount } from './amount'
import type { Flags } from './createFlags'
import type { Segments } from './createSegments'
import { FlagEditor } from './FlagEditor'
import { MembershipsForm } from './MembershipsForm'
import { Page } from './Page'
import { SegmentsCard } from './SegmentsCard'
import { useFocusAfter } from './useFocusAfter'

/** The page that changes flags, and who is in which segment. */
export function FlagsApp({ flags, segments }: { flags: Flags; segments: Segments }) {
  const flag = flags.flags.value.get(flags.chosen.value)
  return (
    <Page>
      <div class="beside">
        <FlagList flags={flags} />
        <div class="stack">
          <section class="card" id="editor" aria-labelledby="flag-title">
            {flag ? (
              // A new version gets new fields.
              <FlagEditor key={`${flag.name} ${flag.changeNumber}`} flag={flag} flags={flags} />
            ) : (
              <NoFlag said={flags.said.value} />
            )}
          </section>
          <SegmentsCard segments={segments} />
          <MembershipsForm />
        </div>
      </div>
    </Page>
  )
}

function NoFlag({ said }: { said: string }) {
  const title = useFocusAfter(said)
  return (
    <>
      <h2 id="flag-title" ref={title} tabIndex={-1}>
        Choose a flag
      </h2>
      <p class="quiet">What is saved goes to the open pages at once, over streaming.</p>
      <p class="status" role="status">
        {said}
      </p>
    </>
  )
}

function FlagList({ flags }: { flags: Flags }) {
  const { value: shown } = flags.shown
  const { size } = flags.flags.value
  return (
    <section class="card" aria-labelledby="list-title">
      <h1 id="list-title">
        Flags{' '}
        <span class="count" id="list-count">
          {shown.length === size ? amount(size) : `${amount(shown.length)} of ${amount(size)}`}
        </span>
      </h1>
      <div class="field">
        <label for="filter" class="hidden">
          Filter by name
        </label>
        <input
          id="filter"
          type="search"
          placeholder="Filter by name"
          autoComplete="off"
          spellcheck={false}
          value={flags.filter}
          onInput={({ currentTarget }) => (flags.filter.value = currentTarget.value)}
        />
      </div>
      <ul id="list" class="names">
        {shown.map(({ name, killed, trackImpressions }) => (
          <li key={name}>
            <button
              type="button"
              class={trackImpressions ? undefined : 'untracked'}
              aria-current={name === flags.chosen.value ? 'true' : undefined}
              onClick={() => {
                flags.choose(name)
                focusEditor()
              }}
            >
              <span>{name}</span>
              {killed && <span class="badge">killed</span>}
              {!trackImpressions && <span class="badge">tracking off</span>}
            </button>
          </li>
        ))}
        {shown.length === 0 && <li class="quiet">No flag has this in its name.</li>}
      </ul>
      <CreateForm flags={flags} />
    </section>
  )
}

/** Moves the focus of a reader who chose or made a flag to its editor, which the next frame shows. */
const focusEditor = () => requestAnimationFrame(() => document.getElementById('flag-title')?.focus())

const name = signal('')
const copyOf = signal('')
const error = signal('')

function CreateForm({ flags }: { flags: Flags }) {
  return (
    <form
      id="create"
      class="create"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        flags.create(name.value.trim(), copyOf.value).then(
          () => {
            name.value = copyOf.value = error.value = ''
            focusEditor()
          },
          (fault: Error) => (error.value = `Not created: ${fault.message}.`),
        )
      }}
    >
      <div class="field">
        <label for="new-name">New flag</label>
        <input
          id="new-name"
          autoComplete="off"
          spellcheck={false}
          placeholder="name"
          aria-describedby="create-error"
          value={name}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
        />
      </div>
      <div class="field">
        <label for="copy-of">Copy of</label>
        <select id="copy-of" value={copyOf} onChange={({ currentTarget }) => (copyOf.value = currentTarget.value)}>
          <option value="">none: everyone gets off</option>
          {[...flags.flags.value.keys()].map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </div>
      <p class="error" id="create-error" role="alert">
        {error}
      </p>
      <div>
        <button>Create</button>
      </div>
    </form>
  )
}
