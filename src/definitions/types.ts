import type { ChangeNumbers } from '../shared/changeNumbers'

/** A flag or rule-based segment as the service sends it. Only the name is checked; all else may be missing or wrong. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string }

/**
 * The traits of a definition that have to be known of all definitions at once: they are cached beside the texts, so that
 * these need not be parsed for them.
 */
export interface Traits {
  readonly usesSegments: boolean
  readonly trafficType: string | undefined
  readonly sets: readonly string[]
}

/** Definitions read from the cache: the text of each is parsed when it is asked for. */
export interface CachedDefinitions {
  readonly changeNumbers: ChangeNumbers
  /** The time when the service last confirmed them, epoch ms. */
  readonly confirmedAt: number
  readonly entries: readonly [flags: ReadonlyMap<string, Entry>, segments: ReadonlyMap<string, Entry>]
  /** The texts as they are stored, without the patch. */
  readonly base: Base
}

/** Memberships of a key as they are cached. */
export interface CachedMemberships {
  /** The time when the service last confirmed them, epoch ms. */
  readonly confirmedAt: number
  /** The memberships, as the service answered them. */
  readonly answer: object
}

/** The texts that are stored together. */
export interface Base {
  /** A name that tells these texts from any that are stored before or after them. */
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
  /** The places in `bytes` where the texts begin, and at last where the last one ends. */
  readonly starts: Uint32Array
  /** All different traits, which are few. */
  readonly traits: readonly Traits[]
  /** The place of each definition's traits in `traits`. */
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
  /** The entry's place among these texts. */
  readonly at: number
  /** The generation of the stored texts that it is part of; undefined when it is in none. The cache writer sets it. */
  generation: string | undefined
}

/** All definitions at one moment, to be stored. */
export interface Snapshot {
  readonly changeNumbers: ChangeNumbers
  readonly entries: readonly [flags: Entry[], segments: Entry[]]
  /** The number of times that the service started anew. After that, lower change numbers may replace higher ones. */
  readonly resets: number
}

/** The texts of all definitions: a file, or bytes where the browser stores no files, as in some private windows. */
export type Texts = Blob | ArrayBuffer

/** The record that says what is in the texts, which are a record of their own. */
export interface Header extends Omit<CachedTexts, 'bytes'> {
  /** `FORMAT` of the version that wrote it. */
  format: number
  changeNumbers: ChangeNumbers
  confirmedAt: number
  names: [flags: string[], segments: string[]]
}

/** The record of what changed since the texts were stored. */
export interface Patch {
  /** The generation of the texts that it belongs to. */
  generation: string
  changeNumbers: ChangeNumbers
  confirmedAt: number
  /** `Changes` as JSON. */
  text: string
}

/** The definitions that changed since the texts were stored: first the flags, then the rule-based segments. */
export interface Changes {
  changed: Definition[][]
  removed: string[][]
}

/** The two kinds of segments, by their names on the wire: standard and large. */
export type SegmentKind = 'ms' | 'ls'

/** The segments that one matching key is in. */
export interface Memberships {
  readonly matchingKey: string
  /** The set never changes: other memberships are another set. */
  readonly segments: ReadonlySet<string>
  readonly largeSegments: ReadonlySet<string>
  /** Whether an answer was ever applied. */
  isKnown(): boolean
  /** The change number of one kind; -1 while the service gave none. */
  changeNumber(kind: SegmentKind): number
  /** Whether the last answer about each kind had a change number, which it need not have. */
  readonly hasNumber: Readonly<Partial<Record<SegmentKind, boolean>>>
  /** Whether a value is an answer of `memberships/{key}`. */
  isAnswer(answer: unknown): boolean
  /**
   * Applies an answer of `memberships/{key}`, or `answer()` from the cache. Each kind is replaced, unless what is here is newer.
   *
   * @param isBehind the answer is probably older than what is here, and replaces only what is surely older still
   * @returns whether a membership changed
   */
  apply(answer: unknown, isBehind?: boolean): boolean
  /** Applies a change of single segments, unless what is here is newer. @returns whether a membership changed */
  change(kind: SegmentKind, changeNumber: number, added: readonly string[], removed: readonly string[]): boolean
  /** All memberships, in the form in which the service answers them. */
  answer(): object
}

/** A matching key in use. */
export interface KeyEntry {
  readonly memberships: Memberships
  /** The last answer of the service about the key's memberships on this page. */
  state: 'unknown' | 'refused' | 'confirmed'
  /** The time when what is on disk was confirmed, epoch ms; undefined when nothing is there, or something older. */
  storedAt: number | undefined
}

/** An answer that was read to its end. */
export interface FirstAnswer {
  readonly response: Response
  /** The body of a good answer; empty for any other. */
  readonly text: string
}

/** The version of the protocol. Old proxies speak 1.2 only. */
export type Spec = '1.3' | '1.2'
