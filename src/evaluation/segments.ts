import { listOf } from './matchers/listOf'
import { matchAll, parseRules } from './rules'
import { visit } from './visit'
import type { CompiledSegment, Walk } from './types'

/**
 * Whether a key is in a rule-based segment; undefined where that cannot be decided.
 *
 * @throws whatever makes a list of the segment unreadable
 */
export function isInRuleBasedSegment(name: unknown, walk: Walk, key: unknown): boolean | undefined {
  const segment = typeof name === 'string' ? walk.definitions.ruleBasedSegment(name) : undefined
  return segment ? visit(segment, walk, key, contains) : false
}

function contains(segment: CompiledSegment, walk: Walk): boolean | undefined {
  const { excluded, conditions } = segment.definition
  const { subject } = walk
  segment.excludedKeys ??= new Set<unknown>(listOf(excluded?.keys ?? []))
  if (segment.excludedKeys.has(subject.matchingKey)) return false
  for (const { type, name } of listOf<{ type: unknown; name: string }>(excluded?.segments ?? [])) {
    walk.cost++
    const isExcluded =
      type === 'standard'
        ? subject.segments.has(name)
        : type === 'large'
          ? subject.largeSegments.has(name)
          : type === 'rule-based' && isInRuleBasedSegment(name, walk, subject)
    if (isExcluded !== false) return isExcluded ? false : undefined
  }
  if (!listOf(conditions ?? []).length) return false
  const { state, list, size } = (segment.rules ??= parseRules(conditions))
  if (state === 'broken') return undefined
  walk.cost += size
  // A segment with rules that this version does not understand contains everybody who is not excluded, as in the official SDK.
  return state === 'unsupported' || list.some(({ matchers }, i) => matchAll(matchers, walk, i))
}
