import { isInSegmentOfType } from './isInSegmentOfType'
import { listOf } from './listOf'
import { matchAll } from './matcher'
import { parseRules } from './rules'
import type { SegmentDefinition } from './definition'
import type { Rules } from './rules'
import type { CompiledSegment } from './types'

/** Makes a rule-based segment ready to answer. Never throws; its rules are read when they are first needed. */
export function compileRuleBasedSegment(definition: unknown): CompiledSegment {
  const segment = (definition ?? {}) as SegmentDefinition
  let excludedKeys: Set<unknown> | undefined
  let rules: Rules | undefined

  return {
    contains(walk) {
      excludedKeys ??= new Set(listOf(segment.excluded?.keys))
      if (excludedKeys.has(walk.subject.matchingKey)) return false
      for (const { type, name } of listOf(segment.excluded?.segments) as { type: unknown; name: unknown }[]) {
        if (isInSegmentOfType(type, name, walk)) return false
      }
      if (listOf(segment.conditions).length === 0) return false
      const { list, size } = (rules ??= parseRules(segment.conditions))
      walk.cost += size
      // As the official SDK: rules that this version does not understand let everybody in who is not excluded.
      return !list || list.some(({ matchers }, i) => matchAll(matchers, walk, i))
    },
  }
}
