import type { FlagDefinition, SegmentDefinition } from './definition'
import type { Trace } from './explain'
import type { Rules } from './rules'

/** Attributes of the user, read by targeting rules. Values are coerced per matcher; unknown ones never match. */
export type Attributes = Readonly<Record<string, AttributeValue>>

/** Values that targeting rules understand. A date counts as its epoch ms where a number or a date is asked for. */
export type AttributeValue =
  string | number | boolean | Date | null | undefined | readonly (string | number | boolean)[]

/**
 * One finished decision. Frozen and interned: equal decisions of one compiled definition are the same object, so that
 * what follows (fallbacks, dedupe) can compare by identity.
 */
export interface Evaluation {
  readonly flag: string
  readonly treatment: string
  readonly label: string
  /** The definition's configuration text for the treatment, never parsed. Null whenever the treatment is `control`. */
  readonly config: string | null
  /** Version of the definition, epoch ms; undefined when there was no definition. */
  readonly changeNumber: number | undefined
  readonly trafficType: string | undefined
  /** The definition asks for counts and unique keys only. */
  readonly impressionsDisabled: boolean
}

/**
 * Who is asked about. Immutable: a change of memberships makes a new subject. `answers` is owned by `evaluate`, which
 * keeps there what does not depend on attributes.
 */
export interface Subject {
  readonly matchingKey: string
  /** Equals `matchingKey` where the application gave none. */
  readonly bucketingKey: string
  readonly segments: ReadonlySet<string>
  readonly largeSegments: ReadonlySet<string>
  readonly answers: Answers
}

/** The last decision of each flag for one subject. */
export interface Answers {
  /** `Definitions.version` that `byFlag` was made from. */
  version: number
  readonly byFlag: Map<string, Answer>
}

/** A decision, and what it depends on besides definitions and subject. */
export interface Answer {
  evaluation: Evaluation
  /** Attributes that were looked at: a name, then its value, and so on. It holds while they are the same. */
  reads: unknown[]
}

/** The snapshot in memory as the evaluator sees it. `version` grows whenever any definition changes. */
export interface Definitions {
  readonly version: number
  flag(name: string): CompiledFlag | undefined
  ruleBasedSegment(name: string): CompiledSegment | undefined
  /** Hears of what was decided without being looked at, such as a text too long for a regular expression. */
  warn?(message: string): void
}

/** A flag's definition, ready to decide. Its rules are read when the flag is first asked for. */
export interface CompiledFlag extends Ruled {
  readonly name: string
  readonly definition: FlagDefinition
  /** Every decision that it has come to, once. */
  outcomes: Evaluation[]
  // Of the definition, filled in together with the rules.
  prerequisites: unknown
  percentage: number
  // A page asks for one key again and again: the buckets of the last one need no hashing.
  bucketKey: string | undefined
  bucket: number
  gateKey: string | undefined
  gateBucket: number
}

/** A rule-based segment, ready to answer. */
export interface CompiledSegment extends Ruled {
  readonly definition: SegmentDefinition
  excludedKeys: ReadonlySet<unknown> | undefined
}

/** What has targeting rules. */
export interface Ruled {
  /** Undefined until they are needed. */
  rules: Rules | undefined
}

/** The state of one evaluation while it goes through rules, dependencies and prerequisites. */
export interface Walk {
  subject: Subject
  attributes: Attributes | undefined
  definitions: Definitions
  /** Attributes that were looked at: a name, then its value, and so on. */
  reads: unknown[]
  /** The answer holds for this call only: an attribute may change within, or could not be read. */
  isFleeting: boolean
  /** Matchers met below the flag that was asked for. */
  cost: number
  /** What is being decided, outermost first. */
  readonly path: (CompiledFlag | CompiledSegment)[]
  // A flag asks matchers and a matcher asks flags: what it may ask comes with the walk, so that files do not go in circles.
  readonly decide: (flag: CompiledFlag, walk: Walk) => Evaluation
  readonly contains: (segment: CompiledSegment, walk: Walk) => boolean
  /** Where `explain` listens to the flag that was asked for. */
  trace: Trace | undefined
}
