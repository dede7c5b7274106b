/** A flag or rule-based segment as the service sends it. Only the name is checked; all else may be missing or wrong. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string }

/** The versions of the two kinds of definitions, as the service counts them. -1 = nothing known. */
export interface ChangeNumbers {
  readonly flags: number
  readonly ruleBasedSegments: number
}

/** What a change of definitions changed for those who ask. */
export interface Change {
  /** `segments`: only rule-based segments changed. */
  readonly type: 'flags' | 'segments'
  /** The flags that changed, appeared or went; empty for segments. */
  readonly names: string[]
}

/** What is asked of all definitions at once, known without parsing them. */
export interface Traits {
  readonly usesSegments: boolean
  readonly trafficType: string | undefined
  readonly sets: readonly string[]
}

/** Definitions read from the cache: the text of each is parsed when it is asked for. */
export interface CachedDefinitions {
  readonly changeNumbers: ChangeNumbers
  /** When the service last confirmed them, epoch ms. */
  readonly confirmedAt: number
  /** Marks the texts that are stored together. */
  readonly generation: string
  /** Names of the flags, then of the rule-based segments; a position counts through both. */
  readonly names: readonly [flags: readonly string[], segments: readonly string[]]
  /** Of all texts together, UTF-16 units. */
  readonly length: number
  text(position: number): string
  traits(position: number): Traits
  /** What changed since the texts were stored. */
  readonly patch: { readonly changed: readonly unknown[][]; readonly removed: readonly string[][] } | undefined
}

/** One definition in memory: parsed, or where its text is. */
export interface Entry<Compiled = unknown> {
  readonly name: string
  raw: Definition | undefined
  compiled: Compiled | undefined
  traits: Traits | undefined
  readonly cached: CachedDefinitions | undefined
  readonly position: number
  /** The stored texts that it is part of; owned by the store. */
  generation: string | undefined
}

/** All definitions at one moment, to be stored. */
export interface Snapshot {
  readonly changeNumbers: ChangeNumbers
  readonly entries: readonly [flags: Entry[], segments: Entry[]]
  /** Grows when the service started anew, after which lower change numbers are right. */
  readonly resets: number
  readonly textOf: (entry: Entry) => string
  readonly traitsOf: (entry: Entry) => Traits
}
