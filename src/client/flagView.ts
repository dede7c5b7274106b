import { arrayOf } from '../shared/arrayOf'
import type { FlagView } from './types/flagView'

/** A definition as the manager shows it. It is untrusted: a member of the wrong type counts as absent. */
export function toFlagView(name: string, definition: unknown): FlagView {
  const {
    trafficTypeName,
    killed,
    changeNumber,
    conditions,
    configurations,
    sets,
    defaultTreatment,
    prerequisites,
    impressionsDisabled,
  } = object(definition)
  const rules = arrayOf(conditions).map(object)
  const shownRule = rules.find(({ conditionType }) => conditionType === 'ROLLOUT') ?? rules[0] ?? {}

  return {
    name,
    trafficType: typeof trafficTypeName === 'string' ? trafficTypeName : undefined,
    killed: !!killed,
    changeNumber: typeof changeNumber === 'number' ? changeNumber : 0,
    treatments: strings(arrayOf(shownRule['partitions']).map((partition) => object(partition)['treatment'])),
    configs: Object.fromEntries(
      Object.entries(object(configurations)).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
    ),
    sets: strings(arrayOf(sets)),
    defaultTreatment: typeof defaultTreatment === 'string' ? defaultTreatment : 'control',
    impressionsDisabled: !!impressionsDisabled,
    prerequisites: arrayOf(prerequisites)
      .map(object)
      .flatMap(({ n, ts }) => (typeof n === 'string' ? [{ flagName: n, treatments: strings(arrayOf(ts)) }] : [])),
  }
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function strings(values: unknown[]): string[] {
  return values.filter((value) => typeof value === 'string')
}
