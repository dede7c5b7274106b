import type { EvaluatorDoor } from '../evaluation/evaluate'
import type { LABELS } from '../evaluation/labels'
import type { Definitions, Evaluation } from '../evaluation/types'
import type { ReadTreatment } from '../shared/readTreatment'

const OVERRIDE: typeof LABELS.override = 'override'

/** A decision that QA made: by the flag's definition in all but the treatment. */
export function overridden(
  name: string,
  given: ReadTreatment,
  definitions: Definitions,
  { outcomeOf, withoutDefinition }: Pick<EvaluatorDoor, 'outcomeOf' | 'withoutDefinition'>,
): Evaluation {
  const flag = definitions.flag(name)
  return {
    // The configuration that goes with the treatment, unless one was given.
    ...(flag ? outcomeOf(flag, given.treatment, OVERRIDE) : withoutDefinition(name, OVERRIDE)),
    ...given,
  }
}
