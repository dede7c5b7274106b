import type { Attributes } from '../../evaluation/types'
import type { Impression, ImpressionsMode } from '../../impressions/types'
import type { Integration } from '../../late/types'
import type { Logger, LogLevel } from '../../shared/log'
import type { Consent } from '../../shared/types'
import type { AnyFlags, FallbackSettings, FlagName, TreatmentsByFlag } from './flags'

/**
 * The key of the user whose treatments are asked for: a user id, an account id, anything stable. An object buckets by one
 * key and records impressions for the other (FME: matching and bucketing key). Strings have 1 to 250 characters; numbers
 * become strings.
 */
export type Key = string | number | { readonly matchingKey: string | number; readonly bucketingKey: string | number }

/**
 * The settings of `createClient`. They are validated once; a mistake throws a `PennonSettingsError` and nothing is started.
 */
export interface Settings<Flags = AnyFlags> {
  /** The client-side SDK key of the environment (FME: SDK API key of type client-side). */
  sdkKey: string
  /**
   * The user that this client decides for. Other users on the same page have clients of their own: `client.forKey(key)`.
   */
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
  /** The impressions that are sent of repeated decisions. @default 'OPTIMIZED' */
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
   * at once, before `createClient` returns, and ready when the service confirmed. On a server, `loadBootstrap` of
   * `pennon/server` loads them. @default none
   */
  bootstrap?: Bootstrap | null | undefined
  /**
   * Flags given in code, instead of a service (FME: localhost mode): every key gets the same. The client is ready at once;
   * there are no requests, no storage and no timers, impressions go to listeners only (as `dropped`), and events nowhere.
   * A flag that is left out is `control`. Call `client.update()` after changing the object. @default none
   */
  localFlags?: TreatmentsByFlag<Flags>
  /**
   * Lets QA set treatments on this page: by `client.overrides`, and by a link with `?pennon=flag:treatment,flag:treatment`.
   * This is for pages that testers open: whoever makes a link decides what it shows. @default false
   */
  allowOverrides?: boolean
  /**
   * `granted`: impressions and events are sent. `unknown`: they wait in memory, nothing about the user is written to disk.
   * `declined`: they are dropped, stored ones too. Flags work in every state, and what deciding needs is asked for in every
   * state: `/memberships/<key>` while a flag uses segments, and streaming's token, whose address names the keys.
   * @default 'granted'
   */
  consent?: Consent
  /** `all`; `definitions`: neither outbox nor dedupe on disk; `none`: no storage at all. @default 'all' */
  persistence?: 'all' | 'definitions' | 'none'
  /** Cached definitions older than this are not used, ms. @default 864_000_000 (10 days) */
  cacheMaxAgeMs?: number
  /**
   * The time at which fresh definitions may change answers on this page. `immediate`; `nextLoad`: they are kept for the
   * next page load (kills still apply at once); `manual`: when `client.update()` is called (kills at once as well).
   * @default 'immediate'
   */
  updatePolicy?: 'immediate' | 'nextLoad' | 'manual'
  /**
   * The behaviour of the client on a server, that is, where there is neither a document nor a browser's worker. By default:
   * one fetch, tried once, and none with `bootstrap`; no polling, streaming or storage, and nothing that keeps a script
   * alive. `'none'`: no request at all. `'always'`: no request at all, in a browser too, for a page that is drawn once.
   * `'poll'`: it keeps polling, as in a browser. @default one fetch
   */
  server?: 'none' | 'always' | 'poll'
  /**
   * Whether the client hears of changes by server-sent events; polling covers for it. `false`: polling only. @default true
   */
  streaming?: boolean
  /** Base URLs, for a proxy or another region. @default the service's */
  urls?: Partial<Urls>
  /** Paths below the base URLs, for a proxy whose paths no block list knows. @default the service's */
  paths?: Partial<Paths>
  /**
   * Called for every fetch with a copy of its headers; what it returns is sent. What it throws is caught. A beacon and the stream have
   * no such headers. @default none
   */
  headers?: (headers: Record<string, string>) => Record<string, string>
  /** Deadline for `ready`, over storage and network together, ms; 0 = none. Work goes on after it. @default 10_000 */
  readyTimeoutMs?: number
  /** Deadline of one request, ms. A body that was too slow doubles it for the next ones, up to a minute or two. @default 5_000 */
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
  /** The object that takes log lines. What it throws is caught. @default console */
  logger?: Logger
  /** The least important line that is logged. @default 'warn' */
  logLevel?: LogLevel
}

/** Limits of what waits for delivery. */
export interface OutboxLimits {
  /** The most that their bodies may have, bytes. @default 8_388_608 (8 MiB) */
  maxBytes?: number
  /** The most impressions, counts, keys and events together. @default 50_000 */
  maxItems?: number
  /** The age from which they are dropped, ms. @default 604_800_000 (7 days) */
  maxAgeMs?: number
  /** They are posted at once when this much is queued, bytes. @default 49_152 (48 KiB) */
  flushBytes?: number
}

/** Base URLs per purpose, so that a site proxies only what it must. */
export interface Urls {
  /** Base URL of definitions and memberships. @default 'https://sdk.split.io/api' */
  sdk: string
  /** Base URL of streaming tokens. @default 'https://auth.split.io/api' */
  auth: string
  /** Base URL of changes, by server-sent events. @default 'https://streaming.split.io' */
  streaming: string
  /** Base URL of impressions, their counts, and events. @default 'https://events.split.io/api' */
  events: string
  /** Base URL of unique keys. @default 'https://telemetry.split.io/api' */
  telemetry: string
}

/** Paths below the base URLs. A beacon goes to the same path with `/beacon` behind it where one is set here. */
export interface Paths {
  /** Path of definitions. @default '/splitChanges' */
  definitions: string
  /** Path of memberships. The key follows as one more segment. @default '/memberships' */
  memberships: string
  /** Path of streaming tokens. @default '/v2/auth' */
  auth: string
  /** Path of changes, by server-sent events. @default '/sse' */
  streaming: string
  /** Path of impressions. @default '/testImpressions/bulk' */
  impressions: string
  /** Path of the counts of impressions. @default '/testImpressions/count' */
  counts: string
  /** Path of the keys that flags without impressions were asked for. @default '/v1/keys/cs' */
  uniqueKeys: string
  /** Path of the events of `track`. @default '/events/bulk' */
  events: string
}

/** Definitions and memberships as the service answers them (`GET splitChanges`, `GET memberships/{key}`). */
export interface Bootstrap {
  /** An answer of `splitChanges`: `{ ff: { d, t }, rbs: { d, t } }`. */
  splitChanges: unknown
  /** Answers of `memberships`, `{ ms: { k: [{ n }] }, ls }`, by matching key. @default none: the client asks for them */
  memberships?: Readonly<Record<string, unknown>>
}
