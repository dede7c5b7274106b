import { FAULT } from './faults'
import { listOf } from './listOf'
import { compileMatcher } from './matcher'
import type { ConditionDefinition, PartitionDefinition } from './definition'
import type { CompiledMatcher } from './matcher'
import type { Evaluation } from './types'

export interface Rules {
  /** `unsupported`: a rule is empty or of an unknown type, or there is none. `broken`: before any of that. */
  readonly state: 'usable' | 'unsupported' | 'broken'
  readonly list: readonly Rule[]
  /** Number of matchers, as a measure of the work. */
  readonly size: number
}

export interface Rule {
  readonly matchers: readonly CompiledMatcher[]
  /** The traffic allocation of the flag applies. */
  readonly isRollout: boolean
  readonly label: unknown
  /** Checked: the sizes add up to 100. */
  readonly partitions: readonly PartitionDefinition[] | null | undefined
  /** By partition, as they come up. */
  readonly outcomes: Evaluation[]
}

/** @throws FAULT when the rules are broken */
export function usable(rules: Rules): Rules {
  if (rules.state === 'broken') throw FAULT
  return rules
}

/** All rules, in order, up to one that this version does not understand. */
export function parseRules(conditions: unknown): Rules {
  const list: Rule[] = []
  let size = 0
  try {
    for (const { matcherGroup, partitions, conditionType, label } of listOf<ConditionDefinition>(conditions)) {
      const matchers: CompiledMatcher[] = []
      for (const definition of listOf<ConditionDefinition['matcherGroup']['matchers'][number]>(matcherGroup.matchers)) {
        size++
        const matcher = compileMatcher(definition)
        if (matcher) matchers.push(matcher)
      }
      if (!matchers.length || matchers.length < matcherGroup.matchers.length)
        return { state: 'unsupported', list, size }
      if (partitions && sizeOf(partitions) !== 100) throw FAULT
      list.push({ matchers, isRollout: conditionType === 'ROLLOUT', label, partitions, outcomes: [] })
    }
  } catch (fault) {
    // A full stack is the caller's: the next one may have room.
    if (fault instanceof RangeError) throw fault
    return { state: 'broken', list, size }
  }
  return { state: size ? 'usable' : 'unsupported', list, size }
}

/** One that is no number makes the sum none either. */
function sizeOf(partitions: readonly PartitionDefinition[]): number {
  let sum = 0
  for (const { size } of partitions) sum += size
  return sum
}
