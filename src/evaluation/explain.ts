import { createWalk, decide, withoutDefinition } from './evaluate'
import { hasNestedQuantifier } from './hasNestedQuantifier'
import { LABELS } from './labels'
import { summariseMatcher } from './summary'
import type { Trace } from './trace'
import type { Attributes, Definitions, Evaluation, Subject } from './types'

/** A whole decision, step by step, as `explain()` shows it. */
export interface Explanation {
  flag: string
  treatment: string
  config: string | null
  /** Why: the matched rule's own label, or a reason such as `killed`. `invalid input` for a refused call. */
  label: string
  /** The definition's version, epoch ms; absent when there is no definition. */
  changeNumber?: number
  /** Which targeting rule matched, counted from 0; absent when none did. */
  ruleIndex?: number
  /** What the matched rule asks for, as in `user.age >= 21`. */
  ruleSummary?: string
  /** Where the key falls in the hundred buckets of the matched rule's percentages: 1 to 100. */
  bucket?: number
  /** The flag's traffic allocation; absent when no rollout rule was come to. */
  allocation?: AllocationExplanation
  /** Flags that this one requires, up to the first that is not met. */
  prerequisites?: PrerequisiteExplanation[]
  /** What each matcher saw and said, in order. A rule ends at its first matcher that says false. */
  matchers?: MatcherExplanation[]
}

/** Whether the key is among the percentage of traffic that rollout rules are for. */
export interface AllocationExplanation {
  percentage: number
  /** 1 to 100, apart from the bucket of the treatments. */
  bucket: number
  open: boolean
}

export interface PrerequisiteExplanation {
  flag: string
  /** Those that meet it. */
  treatments: string[]
  /** The one it gave. */
  treatment: string
  met: boolean
}

export interface MatcherExplanation {
  /** The targeting rule that it belongs to, counted from 0. */
  rule: number
  /** Its name in the definition, such as `IN_SEGMENT`. */
  type: string
  negate: boolean
  /** The attribute it looks at; absent when it looks at the key. */
  attribute?: string
  /** What it saw: the attribute as it was given, or the matching key. */
  value: unknown
  /** What it said, negation included. */
  result: boolean
  /** As in `user.age >= 21`. */
  summary: string
  /** Something about it that its author should know. */
  warning?: string
}

/** Decides one flag as `evaluate` does, and says how. Never throws; keeps nothing. */
export function explain(
  flag: string,
  subject: Subject,
  attributes: Attributes | undefined,
  definitions: Definitions,
): Explanation {
  const compiled = definitions.flag(flag)
  if (!compiled) return outcomeOf(withoutDefinition(flag, LABELS.definitionNotFound))
  const trace: Trace = { prerequisites: [], matchers: [] }
  const evaluation = decide(compiled, Object.assign(createWalk(), { subject, attributes, definitions, trace }))
  const { bucket, allocation, rule, prerequisites, matchers } = trace
  return {
    ...outcomeOf(evaluation),
    ...(rule && { ruleIndex: rule.index, ruleSummary: rule.summary }),
    ...(bucket !== undefined && { bucket }),
    ...(allocation && { allocation }),
    ...(prerequisites.length > 0 && { prerequisites }),
    ...(matchers.length > 0 && { matchers: matchers.map((step) => explainMatcher(step, subject)) }),
  }
}

function outcomeOf({ flag, treatment, config, label, changeNumber }: Evaluation): Explanation {
  return { flag, treatment, config, label, ...(changeNumber !== undefined && { changeNumber }) }
}

function explainMatcher(
  { rule, matcher, value, result }: Trace['matchers'][number],
  subject: Subject,
): MatcherExplanation {
  const { definition, attribute, negate } = matcher
  const type = String(definition.matcherType)
  return {
    rule,
    type,
    negate,
    ...(attribute !== undefined && { attribute: String(attribute) }),
    value: attribute === undefined ? subject.matchingKey : value,
    result,
    summary: summariseMatcher(matcher),
    ...(type === 'MATCHES_STRING' &&
      hasNestedQuantifier(String(definition.stringMatcherData)) && {
        warning: 'this pattern repeats a repetition: some texts may take very long to compare',
      }),
  }
}
