import { FAULT } from './faults'
import { listOf } from './listOf'
import { compileMatcher } from './matcher'
import type { ConditionDefinition } from './definition'
import type { CompiledMatcher } from './matcher'
import type { Evaluation } from './types'

export interface Rules {
  /** Undefined: a rule is empty or of an unknown type, or there is none. */
  readonly list: readonly Rule[] | undefined
  /** Number of matchers, as a measure of the work. */
  readonly size: number
}

export interface Rule {
  readonly matchers: readonly CompiledMatcher[]
  /** The traffic allocation of the flag applies. */
  readonly isRollout: boolean
  readonly label: unknown
  readonly partitions: readonly Partition[] | undefined
}

export interface Partition {
  readonly treatment: unknown
  /** The last of the hundred buckets that it has. */
  readonly limit: number
  outcome: Evaluation | undefined
}

/**
 * Reads all rules, in order, up to one that this version does not understand.
 *
 * @throws when one before that is broken
 */
export function parseRules(conditions: unknown): Rules {
  const list: Rule[] = []
  let size = 0
  for (const { matcherGroup, partitions, conditionType, label } of listOf<ConditionDefinition>(conditions)) {
    const matchers = matcherGroup.matchers.map(compileMatcher)
    size += matchers.length
    if (!matchers.length || matchers.includes(undefined)) return { list: undefined, size }
    let limit = 0
    const parsed = partitions?.map((part) => ({
      treatment: part.treatment,
      limit: (limit += part.size),
      outcome: undefined,
    }))
    // A size that is no number makes the sum none either.
    if (parsed && limit !== 100) throw FAULT
    list.push({
      matchers: matchers as CompiledMatcher[],
      isRollout: conditionType === 'ROLLOUT',
      label,
      partitions: parsed,
    })
  }
  return { list: size ? list : undefined, size }
}
