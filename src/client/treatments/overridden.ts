import { withoutDefinition } from '../../evaluation/evaluate'
import { LABELS } from '../../evaluation/labels'
import { outcomeOf } from '../../evaluation/decide'
import type { ReadTreatment } from '../../shared/readTreatment'
import type { Definitions, Evaluation } from '../../evaluation/types'

/** A decision that QA made: by the flag's definition in all but the treatment. */
export function overridden(name: string, given: ReadTreatment, definitions: Definitions): Evaluation {
  const flag = definitions.flag(name)
  return {
    // The configuration that goes with the treatment, unless one was given.
    ...(flag ? outcomeOf(flag, given.treatment, LABELS.override) : withoutDefinition(name, LABELS.override)),
    ...given,
  }
}
