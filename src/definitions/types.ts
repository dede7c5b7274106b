/** A flag or rule-based segment as the service sends it. Only the name is checked; all else may be missing or wrong. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string }

/** The versions of the two kinds of definitions, as the service counts them. -1 = nothing known. */
export interface ChangeNumbers {
  readonly flags: number
  readonly ruleBasedSegments: number
}

/** What has to be known of all definitions at once: it is cached beside them, so that they need not be parsed for it. */
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
  readonly entries: readonly [flags: ReadonlyMap<string, Entry>, segments: ReadonlyMap<string, Entry>]
  /** The texts as they are stored, without the patch. */
  readonly base: Base
}

/** Memberships of a key as they are cached. */
export interface CachedMemberships {
  /** When the service last confirmed them, epoch ms. */
  readonly confirmedAt: number
  /** The memberships, as the service answered them. */
  readonly answer: object
}

/** The texts that are stored together. */
export interface Base {
  /** Tells these texts from any that are stored before or after them. */
  readonly generation: string
  /** The names of the flags, then those of the rule-based segments. */
  readonly names: readonly (readonly string[])[]
  /** The length of all texts together, bytes. */
  readonly length: number
}

/** Definitions as JSON in UTF-8, one after the other. */
export interface CachedTexts {
  readonly generation: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where each text begins in `bytes`, and at last where the last one ends. */
  readonly starts: Uint32Array
  /** All different traits, which are few. */
  readonly traits: readonly Traits[]
  /** For each definition, the place of its traits in `traits`. */
  readonly trait: Uint32Array
}

/** One definition in memory: parsed, or as text. */
export interface Entry<Compiled = unknown> {
  readonly name: string
  raw: Definition | undefined
  compiled: Compiled | undefined
  traits: Traits | undefined
  /** The texts of the cache, if it comes from there. */
  readonly texts: CachedTexts | undefined
  /** Its place among these texts. */
  readonly at: number
  /** The generation of the stored texts that it is part of; undefined when it is in none. The cache writer sets it. */
  generation: string | undefined
}

/** All definitions at one moment, to be stored. */
export interface Snapshot {
  readonly changeNumbers: ChangeNumbers
  readonly entries: readonly [flags: Entry[], segments: Entry[]]
  /** How often the service started anew. After that, lower change numbers may replace higher ones. */
  readonly resets: number
}

/** Writes the cache. */
export interface Writer {
  /**
   * Stores what changed since the last write or read, all or nothing, and never over something newer. It works in slices that
   * leave the main thread free.
   */
  write(snapshot: () => Snapshot, confirmedAt: number): Promise<void>
  writeMemberships(matchingKey: string, memberships: CachedMemberships): Promise<void>
  /** Deletes the memberships of all keys. */
  forgetMemberships(): Promise<void>
  /** Deletes the definitions, which were found to be wrong. */
  clear(): Promise<void>
  /**
   * Ends all pauses and timers. Once the cache is stopped, a write of many definitions ends at its next slice. Resolves when
   * everything else is written.
   */
  stop(): Promise<void>
}
