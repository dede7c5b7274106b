import { EXHAUSTED, FAULT } from './faults'
import type { CompiledFlag, CompiledSegment, Walk } from './types'

// Real chains of flags are a handful deep. Far below where the stack of any browser ends.
const MAX_DEPTH = 100
// Some milliseconds of work. A graph whose every level asks the next one twice doubles its work with each level.
const MAX_COST = 50_000

/**
 * Decides one flag or segment on behalf of another.
 *
 * @throws FAULT when it is already being decided further out
 */
export function visit<Visited extends CompiledFlag | CompiledSegment, Answer>(
  visited: Visited,
  walk: Walk,
  ask: (visited: Visited, walk: Walk) => Answer,
): Answer {
  const { path, trace } = walk
  if (path.includes(visited)) throw FAULT
  if (path.length >= MAX_DEPTH || walk.cost > MAX_COST) throw EXHAUSTED
  walk.cost++
  walk.trace = undefined
  path.push(visited)
  try {
    return ask(visited, walk)
  } finally {
    path.pop()
    walk.trace = trace
  }
}
