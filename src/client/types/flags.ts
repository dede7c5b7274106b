/**
 * What is known of one flag when the application is compiled: its treatments, as a union, or its treatments and what its
 * configuration is once parsed. `control` need not be named: every flag can answer it.
 *
 * @example
 * interface Flags {
 *   dark_mode: 'on' | 'off'
 *   checkout_v2: { treatment: 'on' | 'off'; config: { color: string } | null }
 * }
 */
export type FlagType = string | { treatment: string; config?: unknown }

/** Flags by name. The type is in terms of `Flags` itself, so that interfaces fit, which have no index signature. */
export type FlagTypes<Flags> = Record<keyof Flags, FlagType>

/** The flags of a client that is given none: any name has any treatment. */
export type AnyFlags = Record<string, string>

/** The names of the flags; without `Flags`, any string. */
export type FlagName<Flags> = keyof Flags & string

/** The treatments that a flag may answer, `control` included. */
export type TreatmentOf<Flags, Name extends keyof Flags> = DeclaredTreatment<Flags[Name]> | 'control'

/** The configuration of a flag once it is parsed, without null; `unknown` where its type says nothing of it. */
export type ConfigOf<Flags, Name extends keyof Flags> = Flags[Name] extends { config: infer Config }
  ? Exclude<Config, null>
  : unknown

/**
 * A configuration as stored with the flag: JSON text that the client never parses. `Config` is what it says once parsed
 * (by `parseConfig` of `pennon/config`), and exists for the compiler only.
 */
export type ConfigText<Config = unknown> = unknown extends Config ? string : string & { readonly [CONFIG]?: Config }
// No value has this member.
declare const CONFIG: unique symbol

/** A treatment and its configuration text, as stored with the flag; null where it has none. */
export interface TreatmentWithConfig<Treatment extends string = string, Config = unknown> {
  /** The treatment; `control`, or the fallback treatment, when no decision was possible. */
  treatment: Treatment
  /** JSON text, as stored with the flag. Null where the treatment has none, and for `control`. */
  config: ConfigText<Config> | null
}

/** The treatment of every flag. */
export type Treatments<Flags> = { [Name in FlagName<Flags>]: TreatmentOf<Flags, Name> }

/** The treatment and configuration text of every flag. */
export type TreatmentsWithConfig<Flags> = {
  [Name in FlagName<Flags>]: TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>
}

/** Answers of the flags that were asked for: each is present where the compiler knows their names, else it may be absent. */
export type AnswersOf<
  Answers,
  Names extends readonly (keyof Answers)[] = readonly (keyof Answers)[],
> = string extends keyof Answers
  ? Answers
  : number extends Names['length']
    ? { [Name in Names[number]]?: Answers[Name] }
    : { [Name in Names[number]]: Answers[Name] }

/**
 * Treatments to return instead of `control`, whatever the reason for it (FME: fallback treatments). An entry is left out with a
 * warning where its name is longer than 100 characters or has a space, and where the treatment does not begin with a letter or digit.
 * As in the official SDK, only one that begins with a digit may have dots.
 */
export interface FallbackSettings<Flags = AnyFlags> {
  /** The fallback of flags that `byFlag` does not name: a treatment that they all have. @default none */
  global?: FallbackTreatment<CommonTreatment<Flags> & string>
  /** The fallback of single flags, by their names. @default none */
  byFlag?: TreatmentsByFlag<Flags>
}

/** Treatments given in code, by the name of the flag. */
export type TreatmentsByFlag<Flags = AnyFlags> = {
  readonly [Name in FlagName<Flags>]?: FallbackTreatment<TreatmentOf<Flags, Name>>
}

/** A treatment of at most 100 letters, digits and `-_.`, with or without a configuration text. */
export type FallbackTreatment<Treatment extends string = string> =
  | Treatment
  | { treatment: Treatment; config?: string | null }

type DeclaredTreatment<Type> = Type extends { treatment: infer Treatment extends string } ? Treatment : Type & string

// Each function takes the treatments of one flag. An argument that all of them take is a treatment that all flags have.
type CommonTreatment<Flags> = {
  [Name in keyof Flags]: (treatment: TreatmentOf<Flags, Name>) => void
}[keyof Flags] extends (treatment: infer Treatment) => void
  ? Treatment
  : never
