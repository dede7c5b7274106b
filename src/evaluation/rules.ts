import { FAULT } from './faults'
import { listOf } from './listOf'
import { compileMatcher } from './matcher'
import type { ConditionDefinition, MatcherDefinition, PartitionDefinition } from './definition'
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
  outcomes: (Evaluation | undefined)[] | undefined
}

/** @throws FAULT when the rules are broken */
export function usable(rules: Rules): Rules {
  if (rules.state === 'broken') throw FAULT
  return rules
}

/** All rules, in order, up to one that this version does not understand. */
export function parseRules(conditions: unknown): Rules {
  let state: Rules['state'] = 'unsupported'
  let list: Rule[] = []
  let size = 0
  try {
    const definitions = listOf<ConditionDefinition>(conditions)
    // Arrays of the right length from the start: an array that grows takes room for many more, and most have one or two.
    list = new Array<Rule>(definitions.length)
    for (let i = 0; i < definitions.length; i++) {
      const { matcherGroup, partitions, conditionType, label } = definitions[i] as ConditionDefinition
      const parts = listOf<MatcherDefinition>(matcherGroup.matchers)
      const matchers = new Array<CompiledMatcher>(parts.length)
      size += parts.length
      let known = 0
      for (const part of parts) {
        const matcher = compileMatcher(part)
        if (matcher) matchers[known++] = matcher
      }
      if (known === 0 || known < parts.length) return { state, list, size }
      if (partitions && sizeOf(partitions) !== 100) throw FAULT
      list[i] = { matchers, isRollout: conditionType === 'ROLLOUT', label, partitions, outcomes: undefined }
    }
    if (size) state = 'usable'
  } catch (fault) {
    // A full stack is the caller's: the next one may have room.
    if (fault instanceof RangeError) throw fault
    state = 'broken'
  }
  return { state, list, size }
}

/** One that is no number makes the sum none either. */
function sizeOf(partitions: readonly PartitionDefinition[]): number {
  let sum = 0
  for (const { size } of partitions) sum += size
  return sum
}
