import { isInSegmentOfType } from './isInSegmentOfType'
import { listOf } from './listOf'
import { matchAll } from './matcher'
import { once } from './once'
import { parseRules } from './rules'
import type { SegmentDefinition } from './definition'
import type { CompiledSegment } from './types'

/** Makes a rule-based segment ready to answer. Never throws; its rules are read when they are first needed. */
export function compileRuleBasedSegment(definition: unknown): CompiledSegment {
  const segment = once(() => {
    const { excluded, conditions } = definition as SegmentDefinition
    return {
      excludedKeys: new Set<unknown>(listOf(excluded?.keys, [])),
      excludedSegments: listOf<{ type: unknown; name: unknown }>(excluded?.segments, []),
      isEmpty: listOf(conditions, []).length === 0,
      rules: once(() => parseRules(conditions)),
    }
  })

  return {
    contains(walk) {
      const { excludedKeys, excludedSegments, isEmpty, rules } = segment()
      walk.cost += excludedSegments.length
      if (
        isEmpty ||
        excludedKeys.has(walk.subject.matchingKey) ||
        excludedSegments.some(({ type, name }) => isInSegmentOfType(type, name, walk))
      ) {
        return false
      }
      const { list, size } = rules()
      walk.cost += size
      // As the official SDK: rules that this version does not understand let everybody in who is not excluded.
      return !list || list.some(({ matchers }, i) => matchAll(matchers, walk, i))
    },
  }
}
