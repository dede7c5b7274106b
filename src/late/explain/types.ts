/** A whole decision, step by step, as `explain()` shows it. */
export interface Explanation {
  /** The flag's name, as it was looked up. */
  flag: string
  /** What `getTreatment` returns for the same call. */
  treatment: string
  /** The configuration text of the treatment; null where it has none. */
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
  /** The flag's traffic allocation; absent when the decision came to no rollout rule. */
  allocation?: AllocationExplanation
  /** Flags that this one requires, up to the first that is not met. */
  prerequisites: PrerequisiteExplanation[]
  /** All targeting rules, in the order they are asked; empty for a flag that answers without them, such as a killed one. */
  rules: RuleExplanation[]
  /** What each matcher saw and said, in order. A rule ends at its first matcher that says false. */
  matchers: MatcherExplanation[]
}

/** A targeting rule, whether or not the decision came to it. */
export interface RuleExplanation {
  /** What the rule asks for, as in `user.age >= 21`. */
  summary: string
  /** The traffic allocation of the flag applies to it (FME: a rollout condition). */
  isRollout: boolean
  /** What it serves, by percentage. */
  partitions: PartitionExplanation[]
}

/** A part of the hundred buckets. */
export interface PartitionExplanation {
  /** What the keys in these buckets get. */
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
  /** Where the key falls, 1 to 100, apart from the bucket of the treatments; absent when the percentage is 100. */
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

/** One condition of a targeting rule: what it saw, and what it said. */
export interface MatcherExplanation {
  /** The targeting rule that it belongs to, counted from 0. */
  rule: number
  /** The matcher's name in the definition, such as `IN_SEGMENT`. */
  type: string
  /** Whether it says the opposite of what it finds. */
  negate: boolean
  /** The attribute it looks at; absent when it looks at the key. */
  attribute?: string
  /** What it saw: the attribute as it was given, or the matching key. */
  value: unknown
  /** What it said, negation included. */
  result: boolean
  /** What it asks for, as in `user.age >= 21`. */
  summary: string
  /** Something about it that its author should know. */
  warning?: string
}
