import { CONTROL } from './labels'
import type { CompiledFlag, Evaluation } from './types'

/** A flag's decision for this treatment and label: always the same object. */
export function outcomeOf(flag: CompiledFlag, treatment: string, label: string): Evaluation {
  const { name, definition, outcomes } = flag
  for (const known of outcomes) if (known.treatment === treatment && known.label === label) return known
  const { configurations, changeNumber, trafficTypeName, impressionsDisabled } = definition
  // What is served instead of `control` is not this flag's, so neither is the configuration.
  const hasConfig = treatment !== CONTROL && configurations && Object.hasOwn(configurations, treatment)
  const outcome = Object.freeze({
    flag: name,
    treatment,
    label,
    config: (hasConfig && (configurations[treatment] as string)) || null,
    changeNumber: typeof changeNumber === 'number' ? changeNumber : undefined,
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    impressionsDisabled: !!impressionsDisabled,
  })
  // A new array while it is short: one that grows takes room for many more, and most flags come to one or two.
  if (outcomes.length < 4) flag.outcomes = [...outcomes, outcome]
  else outcomes.push(outcome)
  return outcome
}
