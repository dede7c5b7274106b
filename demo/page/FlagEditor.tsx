/** @jsxImportSource preact */
import { useSignal } from '@preact/signals'
import type { FlagForm } from '../server/flagForm'
import { changeSummary } from './changeSummary'
import { ByTreatment } from './ByTreatment'
import type { Flags } from './createFlags'
import { pageAddress } from './environment'
import { Field } from './Field'
import { changeOf, draftOf, type FlagDraft } from './flagDraft'
import { Moment } from './Moment'
import { PartitionsField } from './PartitionsField'
import { PrerequisitesField } from './PrerequisitesField'
import { Review } from './Review'
import { RulesField } from './RulesField'
import { useFocusAfter } from './useFocusAfter'
import { VersionHistory } from './VersionHistory'

/** The editor of one flag. Nothing is changed before Save, and above the button the editor says what will be. */
export function FlagEditor({ flag, flags }: { flag: FlagForm; flags: Flags }) {
  const draft = useSignal<FlagDraft>(draftOf(flag))
  const error = useSignal('')
  const isSaving = useSignal(false)
  const title = useFocusAfter(flags.said.value)
  const { value: now } = draft
  const set = (change: Partial<FlagDraft>) => {
    draft.value = { ...draft.value, ...change }
  }
  const change = changeOf(flag, now)
  const summary = changeSummary(flag, change)

  async function save() {
    if (isSaving.value) return
    error.value = ''
    isSaving.value = true
    try {
      await flags.save(flag, change)
    } catch (fault) {
      error.value = `Not saved: ${(fault as Error).message}.`
    }
    isSaving.value = false
  }

  return (
    <div class={now.trackImpressions ? undefined : 'untracked'}>
      <div class="bar">
        <h2 id="flag-title" ref={title} tabIndex={-1}>
          {flag.name} {flag.killed && <span class="badge">killed</span>}{' '}
          {!flag.trackImpressions && <span class="badge">tracking off</span>}
        </h2>
        <div class="buttons">
          <a class="button" href={pageAddress('/', { flag: flag.name })}>
            Decide
          </a>
          <a class="button" href={pageAddress('/impressions.html', { flag: flag.name })}>
            Impressions
          </a>
          <button
            type="button"
            class={now.killed ? undefined : 'danger'}
            aria-pressed={now.killed !== flag.killed}
            onClick={() => set({ killed: !now.killed })}
          >
            {flag.killed ? 'Restore' : 'Kill'}
          </button>
          <button type="button" aria-pressed={now.archived} onClick={() => set({ archived: !now.archived })}>
            Archive
          </button>
        </div>
      </div>
      <p class="quiet">
        Traffic type {flag.trafficType} · Version <Moment at={flag.changeNumber} to="minutes" />
      </p>
      <p class="switch">
        <input
          type="checkbox"
          role="switch"
          id="tracking"
          checked={now.trackImpressions}
          onChange={({ currentTarget }) => set({ trackImpressions: currentTarget.checked })}
        />
        <label for="tracking">Track impressions</label>
        <span class="quiet">
          Off
          {!flag.trackImpressions && (
            <>
              {' '}
              since <Moment at={flag.changeNumber} to="minutes" /> at the latest
            </>
          )}
          : only counts and unique keys are sent.
        </span>
      </p>
      <form
        class="flag"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <div class="pair">
          <Field id="default-treatment" label="Default treatment" hint="Served when killed, or when no rule matches.">
            <select
              id="default-treatment"
              aria-describedby="default-treatment-hint"
              value={now.defaultTreatment}
              onChange={({ currentTarget }) => set({ defaultTreatment: currentTarget.value })}
            >
              {now.treatments.map((treatment) => (
                <option key={treatment} value={treatment}>
                  {treatment}
                </option>
              ))}
            </select>
          </Field>
          <Field id="allocation" label="Share of traffic, %" hint="Keys outside of it get the default treatment.">
            <input
              id="allocation"
              aria-describedby="allocation-hint"
              type="number"
              min={0}
              max={100}
              step={1}
              inputMode="numeric"
              value={now.trafficAllocation}
              onInput={({ currentTarget }) => set({ trafficAllocation: currentTarget.value })}
            />
          </Field>
          <Field id="new-treatment" label="Add a treatment" hint="Its percentages begin at 0.">
            <input
              id="new-treatment"
              aria-describedby="new-treatment-hint"
              autoComplete="off"
              spellcheck={false}
              onChange={({ currentTarget }) => {
                const added = currentTarget.value.trim()
                currentTarget.value = ''
                if (added && !now.treatments.includes(added)) set({ treatments: [...now.treatments, added] })
              }}
            />
          </Field>
        </div>
        <Field id="sets" label="Flag sets" hint="With commas. Clients can ask for the flags of a set.">
          <input
            id="sets"
            aria-describedby="sets-hint"
            autoComplete="off"
            spellcheck={false}
            value={now.sets}
            onInput={({ currentTarget }) => set({ sets: currentTarget.value })}
          />
        </Field>
        <h3>Prerequisites</h3>
        <PrerequisitesField
          prerequisites={now.prerequisites}
          others={[...flags.flags.value.values()].filter(({ name }) => name !== flag.name)}
          onChange={(prerequisites) => set({ prerequisites })}
        />
        <h3>Individual targets</h3>
        <ByTreatment
          treatments={now.treatments}
          texts={now.targets}
          placeholder="keys, one a line or with commas"
          what="Keys of"
          onChange={(targets) => set({ targets })}
        />
        <h3>Targeting rules</h3>
        <RulesField
          rules={now.rules}
          treatments={now.treatments}
          trafficType={flag.trafficType}
          onChange={(rules) => set({ rules })}
        />
        <h3>Everyone else</h3>
        <PartitionsField
          legend="Serve"
          treatments={now.treatments}
          sizes={now.defaultRule}
          onChange={(defaultRule) => set({ defaultRule })}
        />
        <h3>Configurations</h3>
        <ByTreatment
          treatments={now.treatments}
          texts={now.configurations}
          placeholder='none; as a rule JSON: { "colour": "amber" }'
          what="Configuration of"
          onChange={(configurations) => set({ configurations })}
        />
        <Review id="review" lines={summary} />
        <p class="error" role="alert">
          {error}
        </p>
        <div class="buttons">
          <button class="main" disabled={summary.length === 0}>
            Save
          </button>
          <button type="button" onClick={() => (draft.value = draftOf(flag))}>
            Discard
          </button>
        </div>
      </form>
      <p class="status" role="status">
        {summary.length === 0 && flags.said}
      </p>
      <VersionHistory
        id="history"
        versionsOf={() => flags.historyOf(flag.name)}
        restore={(version) => flags.restore(flag, version)}
        differences={(before, after) => changeSummary(before, changeOf(before, draftOf(after)))}
      />
    </div>
  )
}
