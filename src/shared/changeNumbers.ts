/** The versions of the two kinds of definitions, as the service counts them. -1 = nothing known. */
export interface ChangeNumbers {
  readonly flags: number
  readonly ruleBasedSegments: number
}

/** Whether definitions of these change numbers are the same. */
export function isSameVersion(a: ChangeNumbers, b: ChangeNumbers): boolean {
  return a.flags === b.flags && a.ruleBasedSegments === b.ruleBasedSegments
}
