import { CONTROL } from './labels'
import { visit } from './visit'
import type { Walk } from './types'

/**
 * The treatment of another flag for the same subject and attributes: no fallback treatments, no impression.
 *
 * @throws whatever makes that decision impossible
 */
export function treatmentOf(name: unknown, walk: Walk): string {
  const flag = typeof name === 'string' ? walk.definitions.flag(name) : undefined
  return flag ? visit(flag, walk, walk.decide).treatment : CONTROL
}
