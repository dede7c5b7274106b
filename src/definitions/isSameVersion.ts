import type { ChangeNumbers } from './types'

/** Whether definitions of these change numbers are the same. */
export function isSameVersion(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return a.flags === b.flags && a.ruleBasedSegments === b.ruleBasedSegments
}
