import { isInSegmentOfType } from './isInSegmentOfType'
import { listOf } from './listOf'
import { matchAll } from './matcher'
import { parseRules, usable } from './rules'
import type { CompiledSegment, Walk } from './types'

/**
 * Whether the subject is in a rule-based segment.
 *
 * @throws whatever makes that impossible to decide
 */
export function contains(segment: CompiledSegment, walk: Walk): boolean {
  const { excluded, conditions } = segment.definition
  segment.excludedKeys ??= new Set<unknown>(listOf(excluded?.keys, []))
  if (segment.excludedKeys.has(walk.subject.matchingKey)) return false
  for (const { type, name } of listOf<{ type: unknown; name: unknown }>(excluded?.segments, [])) {
    walk.cost++
    if (isInSegmentOfType(type, name, walk)) return false
  }
  if (listOf(conditions, []).length === 0) return false
  const { state, list, size } = usable((segment.rules ??= parseRules(conditions)))
  walk.cost += size
  // As the official SDK: rules that this version does not understand let everybody in who is not excluded.
  return state === 'unsupported' || list.some(({ matchers }, i) => matchAll(matchers, walk, i))
}
