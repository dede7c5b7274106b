import { treatmentOf } from '../../../src/evaluation/decide'
import { compileFlag, compileRuleBasedSegment, createSubject } from '../../../src/evaluation/evaluate'
import { compileMatcher, matchAll } from '../../../src/evaluation/rules'
import { isInRuleBasedSegment } from '../../../src/evaluation/segments'
import { summariseMatcher } from '../../../src/evaluation/summary'
import type { Attributes, CompiledMatcher, Definitions, Subject, Walk } from '../../../src/evaluation/types'

/** A snapshot of these flags and segments, by name. */
export function definitionsOf(
  flags: Record<string, unknown> = {},
  segments: Record<string, unknown> = {},
  version = 1,
): Definitions {
  const compiledFlags = new Map(Object.entries(flags).map(([name, flag]) => [name, compileFlag(flag, name)]))
  const compiledSegments = new Map(Object.entries(segments).map(([name, one]) => [name, compileRuleBasedSegment(one)]))
  return {
    version,
    flag: (name) => compiledFlags.get(name),
    ruleBasedSegment: (name) => compiledSegments.get(name),
  }
}

export function subjectOf(key = 'user-1', segments: string[] = [], largeSegments: string[] = []): Subject {
  return createSubject(key, undefined, new Set(segments), new Set(largeSegments))
}

/** A walk that has just begun. */
export function walkOf(parts: Partial<Walk> = {}): Walk {
  return {
    subject: subjectOf(),
    attributes: undefined,
    definitions: definitionsOf(),
    reads: [],
    isFleeting: false,
    cost: 0,
    path: [],
    trace: undefined,
    treatmentOf,
    isInRuleBasedSegment,
    ...parts,
  }
}

/** A rule of these matchers that serves one treatment to all. */
export function rule(treatment: string, ...matchers: unknown[]) {
  return { matcherGroup: { matchers }, partitions: [{ treatment, size: 100 }], label: `rule ${treatment}` }
}

/** A flag with default treatment `off` and these conditions. */
export function flag(...conditions: unknown[]) {
  return { changeNumber: 7, defaultTreatment: 'off', trafficTypeName: 'user', conditions }
}

export const everybody = { matcherType: 'ALL_KEYS' }

/** A matcher that asks for a treatment of another flag. */
export function dependsOn(split: string, ...treatments: string[]) {
  return { matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { split, treatments } }
}

/** A matcher that looks at attribute `v`. */
export function about(matcherType: string, data: Record<string, unknown>, negate = false) {
  return { matcherType, negate, keySelector: { attribute: 'v' }, ...data }
}

/** The answer of one matcher to a value of attribute `v`. */
export function says(definition: object, value?: unknown): boolean {
  return saysOf(definition, { v: value } as Attributes, subjectOf())
}

/** The answer of one matcher about a subject. */
export function saysOf(
  definition: object,
  attributes: Attributes | undefined,
  subject: Subject,
  definitions = definitionsOf(),
): boolean {
  const matcher = compileMatcher(definition)
  if (!matcher) throw new Error('an unknown type of matcher')
  return matchAll([matcher], walkOf({ subject, attributes, definitions }), 0)
}

export function summaryOf(definition: object): string {
  return summariseMatcher(compileMatcher(definition) as CompiledMatcher)
}
