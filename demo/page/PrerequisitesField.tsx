/** @jsxImportSource preact */
import type { FlagForm, PrerequisiteForm } from '../server/flagForm'
import { RemoveButton } from './RemoveButton'

interface PrerequisitesFieldProps {
  prerequisites: readonly PrerequisiteForm[]
  /** The flags that may be required. */
  others: readonly FlagForm[]
  onChange: (prerequisites: readonly PrerequisiteForm[]) => void
}

/** The fields for prerequisites: flags that must give one of certain treatments, or this one gives its default treatment. */
export function PrerequisitesField({ prerequisites, others, onChange }: PrerequisitesFieldProps) {
  const unused = others.filter(({ name }) => !prerequisites.some(({ flag }) => flag === name))
  return (
    <div class="stack">
      <ul class="prerequisites" hidden={prerequisites.length === 0}>
        {prerequisites.map((prerequisite) => (
          <PrerequisiteField
            key={prerequisite.flag}
            prerequisite={prerequisite}
            treatments={others.find(({ name }) => name === prerequisite.flag)?.treatments ?? []}
            onChange={(next) => onChange(prerequisites.map((each) => (each === prerequisite ? next : each)))}
            onRemove={() => onChange(prerequisites.filter((each) => each !== prerequisite))}
          />
        ))}
      </ul>
      <div>
        <select
          aria-label="Add a prerequisite"
          value=""
          onChange={({ currentTarget }) => {
            if (currentTarget.value) onChange([...prerequisites, { flag: currentTarget.value, treatments: [] }])
            currentTarget.value = ''
          }}
        >
          <option value="">Add a prerequisite…</option>
          {unused.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
    </div>
  )
}

interface PrerequisiteFieldProps {
  prerequisite: PrerequisiteForm
  /** The treatments of the required flag. */
  treatments: readonly string[]
  onChange: (prerequisite: PrerequisiteForm) => void
  onRemove: () => void
}

function PrerequisiteField({ prerequisite, treatments, onChange, onRemove }: PrerequisiteFieldProps) {
  const { flag, treatments: wanted } = prerequisite
  // A treatment that the flag no longer names can be taken away here.
  const all = [...new Set([...treatments, ...wanted])]
  return (
    <li>
      <fieldset>
        <legend>{flag} gives</legend>
        {all.map((treatment) => (
          <label key={treatment}>
            <input
              type="checkbox"
              checked={wanted.includes(treatment)}
              onChange={({ currentTarget }) => {
                const isWanted = (each: string) => (each === treatment ? currentTarget.checked : wanted.includes(each))
                onChange({ flag, treatments: all.filter(isWanted) })
              }}
            />{' '}
            {treatment}
          </label>
        ))}
      </fieldset>
      <RemoveButton label={`Remove the prerequisite ${flag}`} onRemove={onRemove}>
        Remove
      </RemoveButton>
    </li>
  )
}
