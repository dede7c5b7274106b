/** @jsxImportSource preact */
import { treatmentColour } from './treatmentColour'

/** The badge of a treatment. A text that does not fit is in the title. */
export function Treatment({ of: treatment }: { of: string }) {
  const colour = treatmentColour(treatment)
  return 'name' in colour ? (
    <span class={`treatment ${colour.name}`} title={treatment}>
      {treatment}
    </span>
  ) : (
    <span class="treatment other" style={{ '--hue': String(colour.hue) }} title={treatment}>
      {treatment}
    </span>
  )
}
