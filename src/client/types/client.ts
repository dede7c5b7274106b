import type { Attributes, AttributeValue } from '../../evaluation/types'
import type { Explanation } from '../../late/explain/types'
import type { Consent } from '../../shared/types'
import type {
  AnswersOf,
  AnyFlags,
  ConfigOf,
  FallbackTreatment,
  FlagName,
  Treatments,
  TreatmentOf,
  TreatmentsWithConfig,
  TreatmentWithConfig,
} from './flags'
import type { ClientEvents, Status } from './events'
import type { FlagView } from './flagView'
import type { Key } from './settings'

/** The options of one call. */
export interface TreatmentOptions {
  /**
   * Properties that travel with the impression, which is then neither deduplicated nor counted (FME: evaluation options).
   * Strings, finite numbers, booleans; anything else becomes null. At most 32 KiB.
   */
  properties?: Readonly<Record<string, unknown>>
  /** This call's impression is only counted, not sent. @default false */
  impressionsDisabled?: boolean
}

/** The parts of an event that may be left out. */
export interface TrackOptions {
  /**
   * The kind of thing that the key identifies, such as `user` (FME: traffic type). It is made lower case.
   * @default the client's `trafficType`
   */
  trafficType?: string
  /** A finite number for metrics to sum up or average. @default none */
  value?: number | null
  /**
   * Strings, finite numbers, booleans; anything else becomes null. At most 32 KiB with the names (2 bytes a character), and
   * 300 of them. @default none
   */
  properties?: Readonly<Record<string, unknown>> | null
}

/** A treatment that QA set. */
export interface Override {
  /** 1 to 100 letters, digits, `-`, `_` and `.`. */
  treatment: string
  /** The configuration text served with it. @default the configuration that the flag has for this treatment */
  config?: string | null
}

/**
 * Treatments that QA sets, for all clients of this connection; kept for the tab (session storage), unless `persistence` is
 * `'none'`. Their label is `override`, impressions of them go to listeners only (as `dropped`), and each change emits
 * `update`. Once loaded they apply before the client is ready too, and only to the overridden flag itself: a flag that depends on it is
 * still decided by the definitions. A link with `?pennon=flag:treatment,…` adds to them, `?pennon=` clears them.
 */
export interface Overrides<Flags = AnyFlags> {
  /** The override of a flag; undefined where there is none. */
  get(flag: FlagName<Flags>): Override | undefined
  /** All overrides, by flag. */
  all(): AnswersOf<Record<FlagName<Flags>, Override>>
  /** Overrides a flag. @returns false, with one log line, when the name or the treatment is not valid */
  set<Name extends FlagName<Flags>>(flag: Name, treatment: FallbackTreatment<TreatmentOf<Flags, Name>>): boolean
  /** Takes back the override of one flag, or all overrides. @returns whether there was any */
  clear(flag?: FlagName<Flags>): boolean
}

/**
 * One user's client.
 *
 * @typeParam Flags what the application knows of its flags: names, treatments and configurations. Without it, any string.
 */
export interface Client<Flags = AnyFlags> {
  /**
   * The key that this client decides for, as texts; `bucketingKey` only where the application gave one. It is undefined
   * where `forKey` was given something that is no key: every call is refused then.
   */
  readonly key: { readonly matchingKey: string; readonly bucketingKey: string | undefined } | undefined
  /**
   * The treatment of a flag for this client's key. Synchronous, from memory, never throws.
   *
   * @returns the treatment; `control`, or the fallback treatment, when no decision was possible. The impression's label
   * says why.
   */
  getTreatment<Name extends FlagName<Flags>>(
    flag: Name,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): TreatmentOf<Flags, Name>
  /** As `getTreatment`, with the configuration of the treatment. */
  getTreatmentWithConfig<Name extends FlagName<Flags>>(
    flag: Name,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>
  /** The treatments of several flags, by name. Names that are no flag names are left out. */
  getTreatments<const Names extends readonly FlagName<Flags>[]>(
    flags: Names,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<Treatments<Flags>, Names>
  /** As `getTreatments`, with the configurations of the treatments. */
  getTreatmentsWithConfig<const Names extends readonly FlagName<Flags>[]>(
    flags: Names,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>, Names>
  /** The treatments of all flags of a flag set, by name. */
  getTreatmentsByFlagSet(set: string, attributes?: Attributes, options?: TreatmentOptions): AnswersOf<Treatments<Flags>>
  /** As `getTreatmentsByFlagSet`, with the configurations of the treatments. */
  getTreatmentsWithConfigByFlagSet(
    set: string,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>>
  /** The treatments of all flags of several flag sets, by name. */
  getTreatmentsByFlagSets(
    sets: readonly string[],
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<Treatments<Flags>>
  /** As `getTreatmentsByFlagSets`, with the configurations of the treatments. */
  getTreatmentsWithConfigByFlagSets(
    sets: readonly string[],
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>>
  /**
   * As `getTreatmentWithConfig`, without an impression: for code that draws again and again, and calls `getTreatment` once for
   * what the user saw.
   *
   * @returns a frozen object, the same one while treatment and configuration are unchanged
   */
  peek<Name extends FlagName<Flags>>(
    flag: Name,
    attributes?: Attributes,
  ): Readonly<TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>>
  /**
   * The whole decision, step by step, without an impression. Never throws.
   *
   * @returns undefined until the second file is there, some moments after `createClient`
   */
  explain<Name extends FlagName<Flags>>(
    flag: Name,
    attributes?: Attributes,
  ): (Explanation & TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>) | undefined

  /**
   * The client of another key, on the same definitions, connection and queues. It is the same object for the same key until
   * that client is destroyed. Never throws: an invalid key gives a client that answers `control`, or the fallback
   * treatment.
   */
  forKey(key: Key): Client<Flags>

  /**
   * Binds one attribute to this client: a string, finite number, boolean or list. A date has to be given as its epoch ms.
   *
   * @returns false, and nothing is bound, when name or value are not allowed, with one log line
   */
  setAttribute(name: string, value: AttributeValue): boolean
  /** Binds several attributes, all or none. Attributes of a call win over bound ones. */
  setAttributes(attributes: Attributes): boolean
  /** The value of a bound attribute; undefined where there is none of the name. */
  getAttribute(name: string): AttributeValue
  /** A copy of all bound attributes. */
  getAttributes(): Record<string, AttributeValue>
  /** Takes one attribute off. @returns whether there was one of the name */
  removeAttribute(name: string): boolean
  /** Takes off all bound attributes. */
  clearAttributes(): void

  /**
   * Records an event of this client's matching key (FME: track). It travels as impressions do: kept on disk, posted every
   * `eventsFlushMs`, handed over at page hide. Never throws.
   *
   * @param event 1 to 80 letters, digits and `-_.:`, beginning with a letter or digit
   * @returns whether it was recorded. `false`, with one log line, when something about it is not allowed; also without
   * consent (`declined`), of an invalid key and after `destroy()`
   * @example
   * client.track('checkout', { trafficType: 'user', value: 49.9, properties: { items: 3 } })
   */
  track(event: string, options?: TrackOptions): boolean

  /**
   * Adds a listener. What it throws is caught and logged, and the others are still called.
   *
   * @returns its removal
   */
  on<Name extends keyof ClientEvents>(event: Name, listener: (payload: ClientEvents[Name]) => void): () => void
  /** As `on`, for one call. */
  once<Name extends keyof ClientEvents>(event: Name, listener: (payload: ClientEvents[Name]) => void): () => void
  /**
   * Resolves with `status()` at `ready`, at the time-out or at `destroy()`, whichever is first: look at `status().ready`.
   * Never rejects, never hangs.
   */
  whenReady(): Promise<Status>
  /** As `whenReady`, but resolves as soon as decisions are possible. */
  whenReadyFromCache(): Promise<Status>
  /** The state of the client now. */
  status(): Status

  /**
   * The flags themselves, as far as they are known (FME: manager). There are none until the client is ready from cache, nor
   * after `destroy()`.
   */
  readonly flags: {
    /** The names of all flags. */
    names(): string[]
    /** One flag; null when there is none of the name. */
    get(name: string): FlagView | null
    /** All flags. */
    all(): FlagView[]
  }
  /** The consent to keep and send data about the user: one for the clients of all keys. Flags work in any case. */
  readonly consent: {
    /** The consent as it was last given, in the settings or here. */
    get(): Consent
    /** `declined` also deletes what is stored, unless the client was destroyed before. */
    set(consent: 'granted' | 'declined'): void
  }
  /**
   * The treatments that QA sets. This is undefined unless `allowOverrides` is set, and until the second file is there: a
   * client that has the setting is not ready before.
   */
  readonly overrides: Overrides<Flags> | undefined
  /**
   * Applies definitions that `updatePolicy` holds back, or changes of `localFlags`, for all clients of this connection.
   *
   * @returns whether that changed anything; if so, `update` is emitted
   */
  update(): boolean
  /**
   * Tells impression listeners of all decisions so far, and posts what waits, by fetch. Resolves when the posts were answered, or
   * their data kept for another attempt; never rejects.
   */
  flush(): Promise<void>
  /**
   * Sends what waits, then stops everything: no listener, timer, connection, channel, lock or open database remains.
   * What could not be sent is kept for the next page. Decisions are `control`, or the fallback treatment, from the call on. Never
   * rejects.
   */
  destroy(): Promise<void>
}
