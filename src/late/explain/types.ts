/** A whole decision, step by step, as `explain()` shows it. */
export interface Explanation {
  /** The flag's name, as it was looked up. */
  flag: string
  /** The treatment that `getTreatment` returns for the same call. */
  treatment: string
  /** The configuration text of the treatment; null where it has none. */
  config: string | null
  /** The reason: the matched rule's own label, or one such as `killed`. It is `invalid input` for a refused call. */
  label: string
  /** The definition's version, epoch ms; absent when there is no definition. */
  changeNumber?: number
  /** The place of the targeting rule that matched, counted from 0; absent when none did. */
  ruleIndex?: number
  /** The conditions of the matched rule as a text, as in `user.age >= 21`. */
  ruleSummary?: string
  /** The bucket of the key, of the hundred of the matched rule's percentages: 1 to 100. */
  bucket?: number
  /** The flag's traffic allocation; absent when the decision came to no rollout rule. */
  allocation?: AllocationExplanation
  /** Flags that this one requires, up to the first that is not met. */
  prerequisites: PrerequisiteExplanation[]
  /** All targeting rules, in the order they are asked; empty for a flag that answers without them, such as a killed one. */
  rules: RuleExplanation[]
  /** The conditions that were asked, in order. A rule ends at its first matcher that says false. */
  matchers: MatcherExplanation[]
}

/** A targeting rule, whether or not the decision came to it. */
export interface RuleExplanation {
  /** The conditions of the rule as a text, as in `user.age >= 21`. */
  summary: string
  /** The traffic allocation of the flag applies to it (FME: a rollout condition). */
  isRollout: boolean
  /** The treatments that the rule serves, by percentage. */
  partitions: PartitionExplanation[]
}

/** A part of the hundred buckets. */
export interface PartitionExplanation {
  /** The treatment that the keys in these buckets get. */
  treatment: string
  /** Number of buckets, 0 to 100. */
  size: number
}

/** Whether the key is among the percentage of traffic that rollout rules are for. */
export interface AllocationExplanation {
  /** The percentage of traffic that rollout rules are for, 0 to 100. */
  percentage: number
  /** Whether the key is among it; if not, the flag answers its default treatment. */
  open: boolean
  /** The bucket of the key, 1 to 100, apart from the bucket of the treatments; absent when the percentage is 100. */
  bucket?: number
}

/** A flag that another one requires to give certain treatments. */
export interface PrerequisiteExplanation {
  /** The name of the required flag. */
  flag: string
  /** The treatments that meet the prerequisite. */
  treatments: string[]
  /** The treatment that the required flag gave. */
  treatment: string
  /** Whether it gave one of these treatments. If not, the flag that requires it answers its default treatment. */
  met: boolean
}

/** One condition of a targeting rule: the value that it saw, and its answer. */
export interface MatcherExplanation {
  /** The targeting rule that it belongs to, counted from 0. */
  rule: number
  /** The matcher's name in the definition, such as `IN_SEGMENT`. */
  type: string
  /** Whether it says the opposite of what it finds. */
  negate: boolean
  /** The attribute it looks at; absent when it looks at the key. */
  attribute?: string
  /** The value that it saw: the attribute as it was given, or the matching key. */
  value: unknown
  /** The answer that it gave, negation included. */
  result: boolean
  /** The condition as a text, as in `user.age >= 21`. */
  summary: string
  /** A hint about it for its author. */
  warning?: string
}
