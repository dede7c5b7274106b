/** Attributes of the user, read by targeting rules. Values are coerced per matcher; unknown ones never match. */
export type Attributes = Readonly<Record<string, AttributeValue>>

/** Values that targeting rules understand. A date counts as its epoch ms where a number or a date is asked for. */
export type AttributeValue =
  | string
  | number
  | boolean
  | Date
  | null
  | undefined
  | readonly (string | number | boolean)[]

/**
 * One finished decision. It is frozen and interned: equal decisions of one compiled definition are the same object, so
 * that what follows (fallbacks, dedupe) can compare by identity.
 */
export interface Evaluation {
  readonly flag: string
  readonly treatment: string
  readonly label: string
  /** The definition's configuration text for the treatment, never parsed. It is null whenever the treatment is `control`. */
  readonly config: string | null
  /** Version of the definition, epoch ms; undefined when there was no definition. */
  readonly changeNumber: number | undefined
  readonly trafficType: string | undefined
  /** The definition asks for counts and unique keys only. */
  readonly impressionsDisabled: boolean
}

/** The user that a decision is for. A subject never changes: other memberships make another subject. */
export interface Subject {
  readonly matchingKey: string
  /** The bucketing key; equal to `matchingKey` where the application gave none. */
  readonly bucketingKey: string
  /** The text of `matchingKey` for matchers of texts; undefined where an attribute’s value took its place: each matcher reads that itself. */
  readonly keyText: string | undefined
  readonly segments: ReadonlySet<string>
  readonly largeSegments: ReadonlySet<string>
  /** The last decision of each flag, which `evaluate` keeps here and nobody else reads. */
  readonly answers: Answers
}

/** The last decision of each flag for one subject. */
export interface Answers {
  /** The `Definitions.version` that `byFlag` was made from. */
  version: number
  readonly byFlag: Map<string, Answer>
}

/** A decision, and the attributes that it depends on. */
export interface Answer {
  evaluation: Evaluation
  /** The attributes that were looked at: a name, then its value, and so on. The answer holds while they are the same. */
  reads: readonly unknown[]
}

/** The definitions in memory as the evaluator sees them. */
export interface Definitions {
  /** A number that grows whenever any definition changes. */
  readonly version: number
  flag(name: string): CompiledFlag | undefined
  ruleBasedSegment(name: string): CompiledSegment | undefined
  /** Called for a decision that was made without a look at the value, such as a text too long for a regular expression. */
  readonly warn?: ((message: string) => void) | undefined
}

/** A flag's definition, ready to decide. Its rules are read when the flag is first asked for. */
export interface CompiledFlag {
  readonly name: string
  readonly definition: FlagDefinition
  /** The rules; undefined until the flag is first asked for. */
  rules: Rules | undefined
  /** Every decision that the flag has come to, once each. */
  outcomes: Evaluation[]
  /** The definition's prerequisites, copied when its rules are read: a compiled flag is faster to look into than JSON. */
  prerequisites: unknown
  /** The traffic allocation: the percentage of keys that rollout rules are for. NaN lets everybody in. */
  percentage: number
  /** The bucketing key that the two buckets below belong to. One page asks for one key, which is hashed only once then. */
  bucketKey: string | undefined
  /** The bucket of that key by the flag's seed, 1 to 100; 0 until it was needed. */
  bucket: number
  /** The bucket of that key by the seed of the traffic allocation, 1 to 100; 0 until it was needed. */
  gateBucket: number
}

/** A rule-based segment, ready to answer. Its rules are read when it is first asked for. */
export interface CompiledSegment {
  readonly definition: SegmentDefinition
  rules: Rules | undefined
  excludedKeys: ReadonlySet<unknown> | undefined
}

export interface Rules {
  /**
   * `unsupported`: there is no rule, or one has no matcher or one of an unknown type. `broken`: a rule before that one
   * cannot be read.
   */
  readonly state: 'usable' | 'unsupported' | 'broken'
  readonly list: readonly Rule[]
  /** Number of matchers, as a measure of the work. */
  readonly size: number
}

export interface Rule {
  readonly matchers: readonly CompiledMatcher[]
  /** The flag's traffic allocation applies to this rule. */
  readonly isRollout: boolean
  readonly label: unknown
  /** The parts of the hundred buckets. Their sizes are known to add up to 100. */
  readonly partitions: readonly PartitionDefinition[] | null | undefined
  /** The decisions that this rule has come to, by partition. */
  outcomes: (Evaluation | undefined)[] | undefined
}

/** The answer to a value that could be read. A test that throws says false, as in the official SDK. */
export type Test<Value> = (value: Value, walk: Walk) => boolean

/** One kind of matcher: what it looks at, what it compares that with, and how a summary says it. */
export interface MatcherType<Value> {
  /** The member of the definition that the matcher compares with. */
  data?: MatcherData
  /** Whether the whole flag, and not this matcher alone, is broken where the data are missing. */
  isDataNeeded?: boolean
  /** The value that the matcher sees in an attribute or, without one, in the subject; undefined where it never matches. */
  read(value: unknown): Value | undefined
  /** Makes the test, once, at the first value. A matcher whose data make this throw is always false, before negation. */
  build(data: MatcherOperands): Test<Value>
  /** The words before the data in a summary. */
  words: string
}

export interface CompiledMatcher {
  readonly type: MatcherType<unknown>
  readonly definition: MatcherDefinition
  readonly attribute: string | undefined
  readonly negate: boolean
  /** The matcher looks at the key as a text, which needs no reading. */
  readonly isKeyText: boolean
  /** The test; undefined until the first value, because much of a definition is never asked for. */
  test: Test<unknown> | undefined
}

/** The state of one evaluation while it goes through rules, dependencies and prerequisites. */
export interface Walk {
  subject: Subject
  attributes: Attributes | undefined
  definitions: Definitions
  /** The attributes that were looked at: a name, then its value, and so on. */
  reads: readonly unknown[]
  /** The answer holds for this call only, because an attribute may change within or could not be read. */
  isFleeting: boolean
  /** Matchers met below the flag that was asked for; infinite once the walk has gone too far. */
  cost: number
  /** The flags and segments being decided, outermost first. */
  readonly path: (CompiledFlag | CompiledSegment)[]
  /** The record of the steps of the flag that was asked for, for `explain`. Dependencies are decided without it. */
  trace: Trace | undefined
  // The functions by which a matcher asks flags and segments come with the walk, so that files do not go in circles. `key`
  // is the subject itself, or the attribute's value that takes the place of its keys.
  readonly treatmentOf: (name: unknown, walk: Walk, key: unknown) => string | undefined
  readonly isInRuleBasedSegment: (name: unknown, walk: Walk, key: unknown) => boolean | undefined
}

/** The steps of a decision that `explain` shows. */
export interface Trace {
  /** The place of the rule that matched, counted from 0. */
  ruleIndex?: number
  /** The bucket of the key by the flag's seed, if the matched rule has partitions. */
  bucket?: number
  /**
   * The bucket of the key by the seed of the traffic allocation; 0 where that is 100 %, and absent when no rollout rule was
   * come to.
   */
  gateBucket?: number
  /** The treatments that the flags of the prerequisites gave, up to the first that is not met. */
  readonly prerequisites: string[]
  readonly matchers: { rule: number; matcher: CompiledMatcher; value: unknown; result: boolean }[]
}

// The types that follow are the parts of definitions that decide, as the service sends them. They are hopes: anything may
// be missing or wrong.

export interface FlagDefinition {
  status?: unknown
  killed?: unknown
  defaultTreatment?: unknown
  changeNumber?: unknown
  trafficTypeName?: unknown
  impressionsDisabled?: unknown
  configurations?: Record<string, unknown> | null
  seed?: number
  trafficAllocation?: unknown
  trafficAllocationSeed?: number
  conditions?: unknown
  prerequisites?: unknown
}

export interface SegmentDefinition {
  conditions?: unknown
  excluded?: { keys?: unknown; segments?: unknown } | null
}

export interface ConditionDefinition {
  conditionType?: unknown
  matcherGroup: { matchers: MatcherDefinition[] }
  partitions?: PartitionDefinition[] | null
  label?: unknown
}

export interface PartitionDefinition {
  treatment?: unknown
  size: number
}

export interface MatcherDefinition extends Partial<Record<MatcherData, unknown>> {
  matcherType?: unknown
  negate?: unknown
  keySelector?: { attribute?: unknown; trafficType?: unknown } | null
}

export type MatcherData =
  | 'userDefinedSegmentMatcherData'
  | 'userDefinedLargeSegmentMatcherData'
  | 'whitelistMatcherData'
  | 'unaryNumericMatcherData'
  | 'betweenMatcherData'
  | 'betweenStringMatcherData'
  | 'dependencyMatcherData'
  | 'booleanMatcherData'
  | 'stringMatcherData'

/** The data that a matcher compares with: the members of all kinds of data. Two kinds of data are a bare value instead. */
export interface MatcherOperands {
  segmentName?: string
  largeSegmentName?: string
  whitelist?: string[]
  dataType?: string
  value?: number
  start?: unknown
  end?: unknown
  split?: string
  treatments?: string[]
}
