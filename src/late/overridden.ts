import type { EvaluatorDoor } from '../evaluation/evaluate'
import type { LABELS } from '../evaluation/labels'
import type { Definitions, Evaluation } from '../evaluation/types'
import type { ReadTreatment } from '../shared/readTreatment'

const OVERRIDE: typeof LABELS.override = 'override'

/** The decision for a flag whose treatment QA set: all but treatment and label comes from the flag's definition. */
export function overridden(
  name: string,
  given: ReadTreatment,
  definitions: Definitions,
  { outcomeOf, withoutDefinition }: Pick<EvaluatorDoor, 'outcomeOf' | 'withoutDefinition'>,
): Evaluation {
  const flag = definitions.flag(name)
  return {
    // The configuration is the one that the flag has for this treatment, unless QA gave another.
    ...(flag ? outcomeOf(flag, given.treatment, OVERRIDE) : withoutDefinition(name, OVERRIDE)),
    ...given,
  }
}
