import { CONTROL } from './labels'
import { visit } from './visit'
import type { CompiledFlag, Walk } from './types'

/**
 * The treatment of another flag for the same subject and attributes: no fallback treatments, no impression.
 *
 * @throws whatever makes that decision impossible
 */
export function treatmentOf(flag: unknown, walk: Walk): string {
  const compiled = typeof flag === 'string' ? walk.definitions.flag(flag) : undefined
  return compiled ? visit(compiled, walk, decide) : CONTROL
}

const decide = (flag: CompiledFlag, walk: Walk) => flag.decide(walk).treatment
