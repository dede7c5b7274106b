/** A flag or rule-based segment as the service sends it. Only the name is checked; all else may be missing or wrong. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string }

/** The versions of the two kinds of definitions, as the service counts them. -1 = nothing known. */
export interface ChangeNumbers {
  readonly flags: number
  readonly ruleBasedSegments: number
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
  readonly entries: readonly [flags: ReadonlyMap<string, Entry>, segments: ReadonlyMap<string, Entry>]
  /** What is stored, before what was added to it later. */
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
  /** Their mark. */
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
  /** Where each begins, and, last, where the last one ends. */
  readonly starts: Uint32Array
  /** Few different ones, and for each definition which. */
  readonly traits: readonly Traits[]
  readonly trait: Uint32Array
}

/** One definition in memory: parsed, or as text. */
export interface Entry<Compiled = unknown> {
  readonly name: string
  raw: Definition | undefined
  compiled: Compiled | undefined
  traits: Traits | undefined
  /** Where the cache has it, and its place there. */
  readonly texts: CachedTexts | undefined
  readonly at: number
  /** The stored texts that it is part of; owned by the store. */
  generation: string | undefined
}

/** All definitions at one moment, to be stored. */
export interface Snapshot {
  readonly changeNumbers: ChangeNumbers
  readonly entries: readonly [flags: Entry[], segments: Entry[]]
  /** Grows when the service started anew, after which lower change numbers are right. */
  readonly resets: number
}

/** Writes the cache. */
export interface Writer {
  /**
   * Stores what changed since the last write or read, all or nothing, and never over something newer. In slices that leave
   * the main thread free.
   */
  write(snapshot: () => Snapshot, confirmedAt: number): Promise<void>
  writeMemberships(matchingKey: string, memberships: CachedMemberships): Promise<void>
  /** Deletes what is stored about users. */
  forgetMemberships(): Promise<void>
  /** Deletes the definitions: they were found to be wrong. */
  clear(): Promise<void>
  /**
   * Leaves no timer, and waits for nothing any more. A write of many definitions ends at its next slice, once the cache is
   * stopped. Resolves when everything else is written.
   */
  stop(): Promise<void>
}
