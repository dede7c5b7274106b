/** @jsxImportSource preact */
import type { Sizes } from './flagDraft'

interface PartitionsFieldProps {
  legend: string
  treatments: readonly string[]
  sizes: Sizes
  onChange: (sizes: Sizes) => void
}

/** The percentages of a rule: one field a treatment, and their sum. */
export function PartitionsField({ legend, treatments, sizes, onChange }: PartitionsFieldProps) {
  const total = treatments.reduce((sum, treatment) => sum + (Number(sizes[treatment] ?? 0) || 0), 0)
  return (
    <fieldset class="partitions">
      <legend>{legend}</legend>
      {treatments.map((treatment) => (
        <label key={treatment}>
          <span title={treatment}>{treatment}</span>
          <span class="percent">
            <input
              type="number"
              min={0}
              max={100}
              step={1}
              inputMode="numeric"
              value={sizes[treatment] ?? '0'}
              onInput={({ currentTarget }) => onChange({ ...sizes, [treatment]: currentTarget.value })}
            />{' '}
            %
          </span>
        </label>
      ))}
      <output class={total === 100 ? 'sum' : 'sum wrong'}>= {total} %</output>
    </fieldset>
  )
}
