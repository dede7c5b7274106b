import { visit } from './visit'
import type { Walk } from './types'

/**
 * Whether the subject is in a segment, by the type as exclusions of rule-based segments name it.
 *
 * @throws whatever makes a rule-based segment impossible to decide
 */
export function isInSegmentOfType(type: unknown, name: unknown, walk: Walk): boolean {
  const text = name as string
  if (type === 'standard') return walk.subject.segments.has(text)
  if (type === 'large') return walk.subject.largeSegments.has(text)
  if (type !== 'rule-based' || typeof name !== 'string') return false
  const segment = walk.definitions.ruleBasedSegment(name)
  return !!segment && visit(segment, walk, walk.contains)
}
