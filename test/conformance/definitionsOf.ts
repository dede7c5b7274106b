import { compileFlag, compileRuleBasedSegment } from '../../src/evaluation/evaluate'
import type { Definitions } from '../../src/evaluation/types'

interface Named {
  name: string
  status?: string
}

/** A snapshot that holds flags as they are, archived ones too, and rule-based segments as they arrive: archived ones go. */
export function definitionsOf(flags: readonly Named[], segments: readonly Named[] = [], version = 1): Definitions {
  const compiledFlags = new Map(flags.map((flag) => [flag.name, compileFlag(flag, flag.name)]))
  const compiledSegments = new Map(
    segments
      .filter(({ status }) => status !== 'ARCHIVED')
      .map((segment) => [segment.name, compileRuleBasedSegment(segment)]),
  )
  return {
    version,
    flag: (name) => compiledFlags.get(name),
    ruleBasedSegment: (name) => compiledSegments.get(name),
  }
}
