/** @jsxImportSource preact */
interface ByTreatmentProps {
  treatments: readonly string[]
  texts: Record<string, string>
  placeholder: string
  /** The label of a treatment's field, for readers who cannot see the heading. */
  what: string
  onChange: (texts: Record<string, string>) => void
}

/** Fields with a text for each treatment. */
export function ByTreatment({ treatments, texts, placeholder, what, onChange }: ByTreatmentProps) {
  return (
    <div class="targets">
      {treatments.map((treatment) => (
        <label key={treatment}>
          <span>
            <span class="hidden">{what} </span>
            {treatment}
          </span>
          <textarea
            rows={1}
            spellcheck={false}
            placeholder={placeholder}
            value={texts[treatment] ?? ''}
            onInput={({ currentTarget }) => onChange({ ...texts, [treatment]: currentTarget.value })}
          />
        </label>
      ))}
    </div>
  )
}
