/** @jsxImportSource preact */
import type { Comparison } from '../server/parseCriteria'
import { textFields, type CriteriaFields, type Impressions, type TextField } from './createImpressions'

const titles: Record<TextField, string> = {
  flag: 'Flag',
  key: 'Key',
  treatment: 'Treatment',
  label: 'Label',
  sdk: 'SDK and version',
}
const comparisons: Record<Comparison, string> = { contains: 'contains', is: 'is', not: 'is not' }

/** The form of criteria. They are in the address, too, so that they can be passed on. */
export function CriteriaForm({ impressions: { fields, flagNames, show, reset } }: { impressions: Impressions }) {
  const change = (next: Partial<CriteriaFields>) => {
    fields.value = { ...fields.value, ...next }
  }
  const { value: now } = fields
  return (
    <form
      id="criteria"
      class="criteria"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        void show()
      }}
    >
      {textFields.map((name) => {
        const { text, how } = now.texts[name]
        const set = (next: Partial<typeof now.texts.flag>) =>
          change({ texts: { ...now.texts, [name]: { text, how, ...next } } })
        return (
          <div key={name} class="field">
            <label for={name}>{titles[name]}</label>
            <div class="compared">
              <select
                aria-label={`How ${titles[name]} is compared`}
                value={how}
                onChange={({ currentTarget }) => set({ how: currentTarget.value as Comparison })}
              >
                {Object.entries(comparisons).map(([value, words]) => (
                  <option key={value} value={value}>
                    {words}
                  </option>
                ))}
              </select>
              <input
                id={name}
                name={name}
                list={name === 'flag' ? 'flag-names' : name === 'label' || name === 'sdk' ? 'absent' : undefined}
                autoComplete="off"
                spellcheck={false}
                placeholder="any"
                value={text}
                onInput={({ currentTarget }) => set({ text: currentTarget.value })}
              />
            </div>
          </div>
        )
      })}
      <datalist id="flag-names">
        {flagNames.value.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id="absent">
        <option value="not available" />
      </datalist>
      {(['from', 'to'] as const).map((name) => (
        <div key={name} class="field">
          <label for={name}>{name === 'from' ? 'From' : 'To'}</label>
          <input
            id={name}
            name={name}
            type="datetime-local"
            value={now[name]}
            onInput={({ currentTarget }) => change({ [name]: currentTarget.value })}
          />
        </div>
      ))}
      <div class="buttons">
        <button class="main">Show</button>
        <button type="button" id="any" onClick={() => void reset()}>
          Reset
        </button>
      </div>
    </form>
  )
}
