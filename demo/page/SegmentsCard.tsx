/** @jsxImportSource preact */
import { signal } from '@preact/signals'
import type { SegmentForm } from '../server/segmentForm'
import { labelOf } from './conditionDraft'
import { ConditionsField } from './ConditionsField'
import type { Segments } from './createSegments'
import { RemoveButton } from './RemoveButton'
import { Review } from './Review'
import { changeOf, draftOf, newSegmentRule, segmentSummary, type SegmentDraft } from './segmentDraft'
import { useFocusAfter } from './useFocusAfter'
import { VersionHistory } from './VersionHistory'

const name = signal('')

/** The rule-based segments. Whoever meets one of the rules is in the segment, unless excluded. */
export function SegmentsCard({ segments }: { segments: Segments }) {
  const { value: segment } = segments.segment
  const { value: draft } = segments.draft
  const title = useFocusAfter(segments.status.value)
  return (
    <section class="card" id="rule-based" aria-labelledby="rule-based-title">
      <h2 id="rule-based-title" ref={title} tabIndex={-1}>
        Rule-based segments
      </h2>
      <div class="pair">
        <div class="field">
          <label for="segment">Segment</label>
          <select
            id="segment"
            value={segment?.name ?? ''}
            onChange={({ currentTarget }) => segments.choose(currentTarget.value)}
          >
            <option value="">Choose a segment</option>
            {segments.segments.value.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
        </div>
        <form
          class="new-segment"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            void segments.create(name.value.trim()).then((isCreated) => isCreated && (name.value = ''))
          }}
        >
          <label for="new-segment">New segment</label>
          <span class="row-of">
            <input
              id="new-segment"
              autoComplete="off"
              spellcheck={false}
              placeholder="name"
              value={name}
              onInput={({ currentTarget }) => (name.value = currentTarget.value)}
            />
            <button>Create segment</button>
          </span>
        </form>
      </div>
      {segment && draft && <SegmentEditor segment={segment} draft={draft} segments={segments} />}
      <p class="error" role="alert">
        {segments.error}
      </p>
      <p class="status" role="status">
        {segments.status}
      </p>
      {segment && (
        <VersionHistory
          key={`${segment.name} ${segment.changeNumber}`}
          id="segment-history"
          versionsOf={segments.versionsOf}
          restore={segments.restore}
          differences={(before, after) => segmentSummary(before, changeOf(before, draftOf(after)))}
        />
      )}
    </section>
  )
}

interface SegmentEditorProps {
  segment: SegmentForm
  draft: SegmentDraft
  segments: Segments
}

function SegmentEditor({ segment, draft, segments }: SegmentEditorProps) {
  const set = (change: Partial<SegmentDraft>) => {
    segments.draft.value = { ...draft, ...change }
  }
  const summary = segmentSummary(segment, segments.change.value)
  return (
    <form
      class="flag"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void segments.save()
      }}
    >
      <h3>Rules</h3>
      <div class="stack">
        <ol class="rules">
          {draft.rules.map((rule) => (
            <li key={rule.id}>
              <div class="bar">
                <strong>{labelOf(rule, segment.trafficType) || 'New rule'}</strong>
                <RemoveButton onRemove={() => set({ rules: draft.rules.filter((other) => other !== rule) })}>
                  Remove segment rule
                </RemoveButton>
              </div>
              <ConditionsField
                conditions={rule.conditions}
                onChange={(conditions) =>
                  set({ rules: draft.rules.map((each) => (each === rule ? { ...rule, conditions } : each)) })
                }
              />
            </li>
          ))}
        </ol>
        <div>
          <button type="button" onClick={() => set({ rules: [...draft.rules, newSegmentRule()] })}>
            Add a segment rule
          </button>
        </div>
      </div>
      <h3>Excluded</h3>
      <div class="pair">
        <ExcludedField id="excluded-keys" label="Keys" value={draft.keys} onInput={(keys) => set({ keys })} />
        {(['standard', 'large', 'rule-based'] as const).map((type) => (
          <ExcludedField
            key={type}
            id={`excluded-${type}`}
            label={`${type[0]?.toUpperCase()}${type.slice(1)} segments`}
            value={draft.excluded[type]}
            onInput={(text) => set({ excluded: { ...draft.excluded, [type]: text } })}
          />
        ))}
      </div>
      <Review id="segment-review" lines={summary} />
      <div class="buttons">
        <button class="main" disabled={summary.length === 0}>
          Save segment
        </button>
        <button type="button" onClick={segments.discard}>
          Discard segment changes
        </button>
        <button type="button" onClick={() => void segments.archive()}>
          Archive segment
        </button>
      </div>
    </form>
  )
}

interface ExcludedFieldProps {
  id: string
  label: string
  value: string
  onInput: (text: string) => void
}

function ExcludedField({ id, label, value, onInput }: ExcludedFieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        autoComplete="off"
        spellcheck={false}
        placeholder="with commas"
        value={value}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
      />
    </div>
  )
}
