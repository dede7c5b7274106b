import type { Attributes, AttributeValue } from '../evaluation/types'
import type { Explanation } from '../evaluation/explain'
import type { Impression, ImpressionsMode } from '../impressions/types'
import type { Logger, LogLevel } from '../shared/log'
import type { Consent, Delivery, NamedOutbox } from '../transport/types'
import type {
  AnswersOf,
  AnyFlags,
  ConfigOf,
  FallbackSettings,
  FallbackTreatment,
  FlagName,
  Treatments,
  TreatmentOf,
  TreatmentsByFlag,
  TreatmentsWithConfig,
  TreatmentWithConfig,
} from './flagTypes'

export type { NamedDelivery, NamedOutbox } from '../transport/types'

/**
 * Whose treatments are asked for: a user id, an account id, anything stable. An object buckets by one key and records
 * impressions for the other (FME: matching and bucketing key). Strings of 1 to 250 characters; numbers become strings.
 */
export type Key = string | number | { readonly matchingKey: string | number; readonly bucketingKey: string | number }

/** The settings of `createClient`. Validated once; a mistake throws a `PennonSettingsError` and nothing is started. */
export interface Settings<Flags = AnyFlags> {
  /** The client-side SDK key of the environment (FME: SDK API key of type client-side). */
  sdkKey: string
  /** The user that this client decides for. Others on the same page: `client.forKey(key)`. */
  key: Key
  /**
   * Traffic type that `track` uses where a call names none, for the clients of `forKey` too. An impression carries its
   * flag's own. @default none
   */
  trafficType?: string
  /** Attributes bound to this client from the start, as by `setAttributes`. @default none */
  attributes?: Attributes
  /** `false`: labels never leave the page; listeners still see them. @default true */
  labelsEnabled?: boolean
  /** What is sent of repeated decisions. @default 'OPTIMIZED' */
  impressionsMode?: ImpressionsMode
  /**
   * Called for every impression, deduplicated ones too, in a microtask after the decision (at page hide at once). What it
   * throws is caught and logged. @default none
   */
  impressionListener?: (impression: Impression) => void
  /** Tools that impressions are handed on to, such as those of `pennon/integrations/<tool>`. @default none */
  integrations?: readonly Integration[]
  /**
   * Limits of what waits for delivery; beyond them the oldest is dropped and shown in `status().dropped`.
   *
   * @default 8 MiB, 50,000 items, 7 days, posted at 48 KiB
   */
  outbox?: OutboxLimits
  /**
   * A ready client that is asked for a name without definition records `definition not found`. `false`: it records
   * nothing, as the official SDK. @default true
   */
  impressionsForUnknownFlags?: boolean
  /** Download only flags in these sets (at most 50). Excludes `flagNames` and `flagPrefixes`. @default all flags */
  flagSets?: readonly string[]
  /** Download only flags of these names (at most 400). @default all flags */
  flagNames?: readonly FlagName<Flags>[]
  /** Download only flags whose names begin so (at most 50). @default all flags */
  flagPrefixes?: readonly string[]
  /** Treatments to return instead of `control`, for all flags or by name (FME: fallback treatments). @default none */
  fallbackTreatments?: FallbackSettings<Flags>
  /**
   * Definitions and memberships that the page brings along, each as the service answers it. The client is ready from cache
   * at once, before `createClient` returns, and ready when the service confirmed. @default none
   */
  bootstrap?: Bootstrap
  /**
   * Flags given in code, instead of a service (FME: localhost mode): every key gets the same. The client is ready at once;
   * there are no requests, no storage and no timers, impressions go to listeners only (as `dropped`), and events nowhere.
   * A flag that is left out is `control`. Who changes the object calls `client.update()`. @default none
   */
  localFlags?: TreatmentsByFlag<Flags>
  /**
   * Lets QA set treatments on this page: by `client.overrides`, and by a link with `?pennon=flag:treatment,flag:treatment`.
   * For pages that testers open: whoever makes a link decides what it shows. @default false
   */
  allowOverrides?: boolean
  /**
   * `granted`: impressions and events are sent. `unknown`: they wait in memory, nothing about the user is written to disk.
   * `declined`: they are dropped, stored ones too. Flags work in every state. @default 'granted'
   */
  consent?: Consent
  /** `all`; `definitions`: neither outbox nor dedupe on disk; `none`: no storage at all. @default 'all' */
  persistence?: 'all' | 'definitions' | 'none'
  /** Cached definitions older than this are not used, ms. @default 864_000_000 (10 days) */
  cacheMaxAgeMs?: number
  /**
   * When fresh definitions may change answers on this page. `immediate`; `nextLoad`: kept for the next page load (kills
   * still apply at once); `manual`: when `client.update()` is called (kills at once as well). @default 'immediate'
   */
  updatePolicy?: 'immediate' | 'nextLoad' | 'manual'
  /**
   * Where there is neither a document nor a worker, such as in a server's rendering: one fetch, tried once, no polling,
   * streaming or storage, and nothing that keeps a script alive; `'poll'`: keep polling. @default one fetch
   */
  server?: 'poll'
  /** Hear of changes by server-sent events; polling covers for it. `false`: polling only. @default true */
  streaming?: boolean
  /** Base URLs, for a proxy or another region. @default the service's */
  urls?: Partial<Urls>
  /** Paths below the base URLs, for a proxy whose paths no block list knows. @default the service's */
  paths?: Partial<Paths>
  /** Called for every request with a copy of its headers; what it returns is sent. What it throws is caught. @default none */
  headers?: (headers: Record<string, string>) => Record<string, string>
  /** Deadline for `ready`, over storage and network together, ms; 0 = none. Work goes on after it. @default 10_000 */
  readyTimeoutMs?: number
  /** Deadline of one request, ms. @default 5_000 */
  requestTimeoutMs?: number
  /** Pause between two polls for definitions, ms, at least 1000. @default 60_000 */
  definitionsRefreshMs?: number
  /** Pause between two polls for memberships, ms, at least 1000. @default 60_000 */
  membershipsRefreshMs?: number
  /** Pause between two posts of impressions, ms, at least 1000. @default 300_000; in DEBUG mode 60_000 */
  impressionsFlushMs?: number
  /** Pause between two posts of impression counts, ms, at least 1000. @default 1_800_000 */
  countsFlushMs?: number
  /** Pause between two posts of unique keys, ms, at least 1000. @default 900_000 */
  uniqueKeysFlushMs?: number
  /** Pause between two posts of events, ms, at least 1000. @default 60_000 */
  eventsFlushMs?: number
  /** Where log lines go. What it throws is caught. @default console */
  logger?: Logger
  /** The least important line that is logged. @default 'warn' */
  logLevel?: LogLevel
}

/**
 * Hands impressions on to another tool. All of it is called by pennon; what it throws is caught and logged once, and the
 * other integrations go on.
 */
export interface Integration {
  /** In log lines. */
  readonly name: string
  /** Called by `createClient`, and again after `stop` when consent was declined. One that throws here gets no impressions. */
  start(context: IntegrationContext): void
  /**
   * Called for every impression, deduplicated ones too, with a copy of its own: in a microtask after the decision, at page
   * hide at once and before pennon's own beacons.
   */
  impression(impression: Impression): void
  /**
   * Called by `destroy()`, and when consent is declined: no timer or listener of it remains, and what it holds back is
   * handed on, if it may be, or forgotten.
   */
  stop(): void
}

/** What an integration may use of its client. */
export interface IntegrationContext {
  /** Where what it hands on may wait: on disk, past a page's end. Two of one name are the same. */
  outbox(name: string): NamedOutbox
  /** Now. Nothing is handed on while it is `unknown`, and what waits is forgotten when it is `declined`. */
  consent(): Consent
  /** false: no label leaves the page. */
  readonly labelsEnabled: boolean
  /** The client's log, at its level. */
  readonly log: Logger
}

/** Limits of what waits for delivery. */
export interface OutboxLimits {
  /** Their bodies, bytes. @default 8_388_608 (8 MiB) */
  maxBytes?: number
  /** Impressions, counts, keys and events together. @default 50_000 */
  maxItems?: number
  /** What is older is dropped, ms. @default 604_800_000 (7 days) */
  maxAgeMs?: number
  /** Post at once when this much is queued, bytes. @default 49_152 (48 KiB) */
  flushBytes?: number
}

/** Base URLs per purpose, so that a site proxies only what it must. */
export interface Urls {
  /** Definitions and memberships. @default 'https://sdk.split.io/api' */
  sdk: string
  /** Streaming tokens. @default 'https://auth.split.io/api' */
  auth: string
  /** Changes, by server-sent events. @default 'https://streaming.split.io' */
  streaming: string
  /** Impressions, their counts, and events. @default 'https://events.split.io/api' */
  events: string
  /** Unique keys. @default 'https://telemetry.split.io/api' */
  telemetry: string
}

/** Paths below the base URLs. A beacon goes to the same path with `/beacon` behind it where one is set here. */
export interface Paths {
  /** Definitions. @default '/splitChanges' */
  definitions: string
  /** The key follows as one more segment. @default '/memberships' */
  memberships: string
  /** Streaming tokens. @default '/v2/auth' */
  auth: string
  /** Changes, by server-sent events. @default '/sse' */
  streaming: string
  /** Impressions. @default '/testImpressions/bulk' */
  impressions: string
  /** Counts of impressions. @default '/testImpressions/count' */
  counts: string
  /** Keys that flags without impressions were asked for. @default '/v1/keys/cs' */
  uniqueKeys: string
  /** Events of `track`. @default '/events/bulk' */
  events: string
}

/** Definitions and memberships as the service answers them (`GET splitChanges`, `GET memberships/{key}`). */
export interface Bootstrap {
  /** `{ ff: { d, t }, rbs: { d, t } }`. */
  splitChanges: unknown
  /** `{ ms: { k: [{ n }] }, ls }` by matching key. @default none: the client asks for them */
  memberships?: Readonly<Record<string, unknown>>
}

/** What one call may add. */
export interface TreatmentOptions {
  /**
   * Travel with the impression, which is then neither deduplicated nor counted (FME: evaluation options). Strings, finite
   * numbers, booleans; anything else becomes null. At most 32 KiB.
   */
  properties?: Readonly<Record<string, unknown>>
  /** This call's impression is counted only. @default false */
  impressionsDisabled?: boolean
}

/** What an event may say besides its name. */
export interface TrackOptions {
  /** Whose event it is (FME: traffic type). Made lower case. @default the client's `trafficType` */
  trafficType?: string
  /** What metrics sum up or average: finite. @default none */
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
  /** Served with it. @default the configuration that the flag has for this treatment */
  config?: string | null
}

/**
 * Treatments that QA sets, for all clients of this connection; kept for the tab (session storage), unless `persistence` is
 * `'none'`. Their label is `override`, impressions of them go to listeners only (as `dropped`), and each change emits
 * `update`. They hold before the client is ready, and for what is asked for itself: a flag that depends on another is decided
 * by the definitions. A link with `?pennon=flag:treatment,…` adds to them, `?pennon=` clears them.
 */
export interface Overrides<Flags = AnyFlags> {
  /** The one of a flag; undefined where there is none. */
  get(flag: FlagName<Flags>): Override | undefined
  /** All of them, by flag. */
  all(): AnswersOf<Record<FlagName<Flags>, Override>>
  /** Overrides a flag. @returns false, with one log line, when flag or treatment are none */
  set<Name extends FlagName<Flags>>(flag: Name, treatment: FallbackTreatment<TreatmentOf<Flags, Name>>): boolean
  /** Takes back one, or all. @returns whether there was any */
  clear(flag?: FlagName<Flags>): boolean
}

/** What `status()` says, and the promises and events of readiness resolve with. */
export interface Status {
  /** The matching key of this client; undefined when the application gave an invalid one. */
  key: string | undefined
  /** The service confirmed definitions and memberships. */
  ready: boolean
  /**
   * Decisions are possible, from the cache, from `bootstrap` or because the client is ready. Not yet with definitions that ask for
   * segments while nothing is known of the key's.
   */
  readyFromCache: boolean
  /**
   * `ready` did not come within `readyTimeoutMs`, and may since have come; or it cannot come any more: the service refused the SDK
   * key, or, on a server, the one fetch failed.
   */
  timedOut: boolean
  /** `destroy()` was called. */
  destroyed: boolean
  /** Where the definitions in use came from. `local`: from `localFlags`. */
  source: 'none' | 'bootstrap' | 'cache' | 'network' | 'local'
  /** Since the service last confirmed the definitions in use, ms; undefined when it never did. */
  age: number | undefined
  /** The definitions are older than three polls, and nothing newer could be had. */
  stale: boolean
  /**
   * How the client hears of changes; polling also covers for a stream that is down. `none`: it does not, as with
   * `localFlags` and on a server.
   */
  updates: 'streaming' | 'polling' | 'none'
  /** What is kept on disk, as `persistence` says. `failed`: the browser refused, pennon goes on from memory. */
  storage: 'all' | 'definitions' | 'none' | 'failed'
  /** Impressions, counts, keys and events that the limits of the outbox cost. */
  dropped: number
  /** Purposes whose requests seem to be blocked on this page, by an extension or a network. */
  blocked: string[]
}

/** What a change was about. */
export interface Update {
  /** `segments`: memberships of this client's key, or a rule-based segment. */
  type: 'flags' | 'segments'
  /** Names of the flags in the change; empty for segments. */
  names: string[]
}

/** Payloads of the client's events. */
export interface ClientEvents {
  /** The service confirmed definitions and memberships. Once; a late listener is still called. */
  ready: Status
  /** Decisions are possible. Once; a late listener is still called. */
  readyFromCache: Status
  /** `ready` did not come in time, or cannot come any more (see `Status.timedOut`). Once; otherwise work goes on. A late listener is still called. */
  timeout: Status
  /** Definitions or memberships changed after `ready` or `readyFromCache`. */
  update: Update
  /** A decision was recorded. */
  impression: Impression
  /** What became of recorded data. */
  delivery: Delivery
  /** Something went wrong that an application may want to know of. It was logged as well. */
  error: Error
}

/** A flag as the manager shows it (FME: split view). */
export interface FlagView {
  /** Its name in the environment. */
  name: string
  /** What its keys are, such as `user` or `account`; undefined where the definition does not say. */
  trafficType: string | undefined
  /** It answers its default treatment, whatever its rules say. */
  killed: boolean
  /** The definition's version, epoch ms. */
  changeNumber: number
  /** Treatments of the first rollout rule, else of the first rule. */
  treatments: string[]
  /** Configuration texts by treatment. */
  configs: Record<string, string>
  /** The flag sets that it is in. */
  sets: string[]
  /** What it answers when it is killed, its prerequisites are not met or no rule matches. */
  defaultTreatment: string
  /** Its impressions are counted only. */
  impressionsDisabled: boolean
  /** Flags that it requires, each with the treatments that it may give. */
  prerequisites: { flagName: string; treatments: string[] }[]
}

/**
 * One user's client.
 *
 * @typeParam Flags what the application knows of its flags: names, treatments and configurations. Without it, any string.
 */
export interface Client<Flags = AnyFlags> {
  /**
   * Whose client it is, as texts; `bucketingKey` only where the application gave one. Undefined: `forKey` was given a key
   * that is none, and every call is refused.
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
  /** Several flags at once. Names that are no flag names are left out. */
  getTreatments<const Names extends readonly FlagName<Flags>[]>(
    flags: Names,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<Treatments<Flags>, Names>
  /** Several flags at once, with configurations. */
  getTreatmentsWithConfig<const Names extends readonly FlagName<Flags>[]>(
    flags: Names,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>, Names>
  /** All flags of a flag set. */
  getTreatmentsByFlagSet(set: string, attributes?: Attributes, options?: TreatmentOptions): AnswersOf<Treatments<Flags>>
  /** All flags of a flag set, with configurations. */
  getTreatmentsWithConfigByFlagSet(
    set: string,
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>>
  /** All flags of several flag sets. */
  getTreatmentsByFlagSets(
    sets: readonly string[],
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<Treatments<Flags>>
  /** All flags of several flag sets, with configurations. */
  getTreatmentsWithConfigByFlagSets(
    sets: readonly string[],
    attributes?: Attributes,
    options?: TreatmentOptions,
  ): AnswersOf<TreatmentsWithConfig<Flags>>
  /** The whole decision, step by step, without an impression. Never throws. */
  explain<Name extends FlagName<Flags>>(
    flag: Name,
    attributes?: Attributes,
  ): Explanation & TreatmentWithConfig<TreatmentOf<Flags, Name>, ConfigOf<Flags, Name>>

  /**
   * The client of another key, on the same definitions, connection and queues. The same object for the same key until it
   * is destroyed. Never throws: an invalid key gives a client that answers `control`, or the fallback treatment.
   */
  forKey(key: Key): Client<Flags>

  /** Binds one attribute to this client. @returns false, and nothing is bound, when name or value are not allowed */
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
  /** As `whenReady`, already when decisions are possible. */
  whenReadyFromCache(): Promise<Status>
  /** How the client is, now. */
  status(): Status

  /** What is known of the flags themselves (FME: manager). Empty until ready from cache, and after `destroy()`. */
  readonly flags: {
    /** The names of all flags. */
    names(): string[]
    /** One flag; null when there is none of the name. */
    get(name: string): FlagView | null
    /** All flags. */
    all(): FlagView[]
  }
  /** Whether data about the user may be kept and sent. One for the clients of all keys; flags work in any case. */
  readonly consent: {
    /** What was said last, in the settings or here. */
    get(): Consent
    /** `declined` also drops what is stored; not any more after `destroy()`. */
    set(consent: 'granted' | 'declined'): void
  }
  /** Undefined unless `allowOverrides` is set. */
  readonly overrides: Overrides<Flags> | undefined
  /**
   * Applies definitions that `updatePolicy` holds back, or changes of `localFlags`, for all clients of this connection.
   *
   * @returns whether that changed anything; if so, `update` is emitted
   */
  update(): boolean
  /** Lets impressions' listeners hear of all so far, and sends what waits, by fetch. Resolves when it was answered, or kept for later; never rejects. */
  flush(): Promise<void>
  /**
   * Sends what waits, then stops everything: no listener, timer, connection, channel, lock or open database remains.
   * What could not be sent is kept for the next page. Decisions are `control` from the call on. Never rejects.
   */
  destroy(): Promise<void>
}
