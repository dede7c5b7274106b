import type { HttpBindings } from '@hono/node-server'

/** What handlers know of their request: Node's own. */
export interface NodeEnv {
  Bindings: HttpBindings
}

/** A definition of the wire: only what the server itself looks at is typed. */
export interface Definition {
  name: string
  changeNumber?: number
  status?: string
  trafficTypeName?: string | null
  sets?: string[] | null
  [field: string]: unknown
}

/** The `splitChanges` answer of spec 1.3. */
export interface DefinitionsDocument {
  ff: { d: Definition[]; s: number; t: number }
  rbs: { d: Definition[]; s: number; t: number }
}

/** Per key `{ segments, largeSegments }`, or the service's own `{ ms: { k: [{ n }] }, ls }`. */
export type MembershipsDocument = Record<string, object>

export interface DemoServerOptions {
  /** A `splitChanges` answer, of spec 1.3 or 1.2. @default no definitions */
  definitions?: unknown
  /** See `MembershipsDocument`. @default no key is in any segment */
  memberships?: unknown
  /** Port of the QA page. @default 0: any */
  port?: number
  /** Port of the API, which is another origin. @default `port` + 1, or any when that is 0 */
  apiPort?: number
  /** Origins that may use the API beside those of this machine, as `https://shop.example`; `null` is files and sandboxed frames. @default none */
  allowedOrigins?: readonly string[]
  /** Lets pages read `Retry-After`, which the service does not. @default false */
  exposeRetryAfter?: boolean
  /** A file that outlives the server. @default ':memory:' */
  database?: string
  /** A longer body gets 413. @default 5 MiB */
  maxBodyBytes?: number
  /** How many requests `received` keeps. @default 10_000 */
  recordLimit?: number
  /** @default 'Development' */
  environmentName?: string
  /** Keeps definitions that were edited on a page. @default they are kept in memory */
  saveDefinitions?: (document: object) => void
  /** Environments beside the first one, which has all of the options above. @default none */
  otherEnvironments?: OtherEnvironment[]
  /** What was received so many days ago is deleted. @default 90 */
  retentionDays?: number
  /** Whether edits end with the server, as the page then says. @default true */
  ephemeral?: boolean
  /** The newest flag spec that it speaks; `'1.2'` is a proxy of old, which refuses 1.3 with 400. @default '1.3' */
  spec?: Spec
  /** See `StreamingSettings`. */
  streaming?: Partial<StreamingSettings>
}

export type Spec = '1.3' | '1.2'

/** What the auth endpoint answers, and how streams are kept. May be changed at run time (`streaming.configure`). */
export interface StreamingSettings {
  /** `false`: the auth endpoint says that there is none. @default true */
  enabled: boolean
  /** What clients are told to wait before they connect; the service says 60. @default 0 */
  connectDelayS: number
  /** How long a token lives; at its end the stream is closed with error 40142. @default 3600 */
  tokenLifeS: number
  /** Time between the comments that keep a silent stream open. @default 15_000 */
  keepaliveMs: number
}

/** The channels of the environment, and those of the push network's regions. */
export type Channel = 'flags' | 'memberships' | 'control' | 'control_pri' | 'control_sec'

export type Compression = 'none' | 'gzip' | 'zlib'

/**
 * How a change of definitions is told to streams. With a compression the definition goes along, if only one changed; `bare`:
 * only that something changed; `silent`: not at all.
 */
export type Announcement = Compression | 'bare' | 'silent'

/**
 * How a change of memberships is told to streams: everybody fetches; those in a bitmap fetch; lists of keys that came and went,
 * one message per segment, nobody fetches; the same, and segments that nobody is in any more are removed by name.
 */
export type MembershipStrategy = 'unbounded' | 'bounded' | 'keyList' | 'removal'

export interface DemoStreaming {
  /** How many streams are open. */
  connections(): number
  /** Resolves once there are `count`. Rejects after `timeoutMs`. @default 1, 10_000 */
  connected(count?: number, options?: { timeoutMs?: number }): Promise<void>
  /** Changes the settings for what comes from now on. */
  configure(settings: Partial<StreamingSettings>): void
  /**
   * Publishes one message, whatever it is; a text is sent as it is. Its channel follows from its `type`, its `timestamp` is
   * now, unless they are given.
   */
  publish(message: unknown, on?: { channel?: Channel; timestamp?: number }): void
  /** Writes a text to every stream as it is, such as a comment or a broken envelope. */
  write(text: string): void
  /** Sets the number of publishers in this region, or in both. Streams that connect later are told too. */
  occupancy(publishers: number, region?: 'pri' | 'sec'): void
  /** `STREAMING_PAUSED`, `STREAMING_RESUMED`, `STREAMING_DISABLED`, `STREAMING_RESET`. @default 'pri' */
  control(controlType: string, region?: 'pri' | 'sec'): void
  /** Ends every stream with an error of the push network: 4014x are worth another try, other 4xxxx are not. */
  error(code: number): void
  /** Makes every token so far run out: streams end with error 40142. */
  expireTokens(): void
  /** Cuts every stream. */
  drop(): void
}

export interface OtherEnvironment {
  name: string
  definitions: unknown
  /** @default those of the first environment */
  memberships?: unknown
  save?: (document: object) => void
}

export type Transport = 'fetch' | 'beacon' | 'keepalive'

/** One request to the API, preflights included. */
export interface Received {
  /** Epoch ms when its headers arrived. */
  at: number
  /** How it was sent, as its path and, for beacon paths, `sec-fetch-mode` tell. */
  transport: Transport
  method: string
  /** The target of the request line, with the API's base and the query. */
  url: string
  /** The path below the API's base, without the query and still encoded: `/testImpressions/bulk`. */
  path: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** The body was too long: none of it is kept. */
  isCut?: true
  /** Status of the answer, once that went out. */
  status?: number
}

/**
 * Which requests: a text is the start of `path`, preflights not included (`'/testImpressions'`, or `'/'` for all); a
 * function sees every request.
 */
export type Where = string | ((request: Received) => boolean)

/** What happens instead of the normal answer. With none of status, body, hang and reset, the normal answer, changed or late. */
export interface Fault {
  status?: number
  /** Added to the answer; the CORS headers stay. */
  headers?: Record<string, string>
  /** Text as it is, anything else as JSON. */
  body?: unknown
  delayMs?: number
  /** Never answers. */
  hang?: boolean
  /** Cuts the connection. */
  reset?: boolean
  /** The request still takes effect: only its answer is lost or changed. */
  accepted?: boolean
  /** The number of requests that the fault applies to. @default all that come */
  times?: number
}

export interface ServedPage {
  body: string
  headers: Record<string, string>
}

/** What the receiver adds to everything it stores. */
export interface Stamps {
  id: number
  receivedAt: number
  environmentId: string
  environmentName: string
  trafficTypeId: string
  trafficTypeName: string
  transport: Transport
  sdk: string | null
}

export interface StoredImpression extends Stamps {
  mode: string | null
  flag: string
  key: string
  bucketingKey: string | null
  treatment: string
  label: string | null
  changeNumber: number | null
  time: number
  previousTime: number | null
  properties: string | null
}

export interface StoredCount extends Stamps {
  flag: string
  hour: number
  count: number
}

export interface StoredUniqueKey extends Stamps {
  flag: string
  key: string
}

export interface StoredEvent extends Stamps {
  key: string
  type: string
  value: number | null
  time: number
  properties: string | null
}

export type Table = 'impressions' | 'counts' | 'unique_keys' | 'events'

/** A row of any table, before or after it has its stamps. */
export type StoredRow = Record<string, string | number | null | undefined>

/** The data of the Impressions page's charts. */
export interface Charts {
  /** Length of an interval. */
  stepMs: number
  /** Impressions of each treatment by interval, by the time of the decision. */
  traffic: { start: number; treatment: string; impressions: number }[]
  treatments: { treatment: string; keys: number; impressions: number }[]
  counted: { flag: string; counted: number; uniqueKeys: number }[]
  /** The number of decisions that were only counted, by the hour of the decision, epoch ms. */
  counts: { start: number; count: number }[]
  /** The version with which tracking was switched off, epoch ms, if it is off for the flag that is shown. */
  untrackedSince: number | undefined
  /** Versions of the flag that is shown, epoch ms. */
  changes: number[]
  /** Impressions that meet the criteria. */
  total: number
  stored: number
  /** Rows deleted since the server started. */
  deleted: number
}

export interface Totals {
  impressions: number
  /** How many of these came by beacon or its fallback. */
  impressionsAtHide: number
  /** The sum of the counts. */
  counts: number
  uniqueKeys: number
  events: number
}

export interface DemoServer {
  /** Ends with a slash. */
  readonly pageUrl: string
  /** The base address for every purpose of `urls`; no slash at the end. */
  readonly apiUrl: string
  /** The key that the page uses; other definitions, another key. The API takes any. */
  readonly sdkKey: string
  readonly environment: { id: string; name: string }
  /** All of them, the first one included, each with its own key. */
  readonly environments: readonly { id: string; name: string; sdkKey: string }[]

  /** What the API received, oldest first. */
  readonly received: readonly Received[]
  clearReceived(): void
  /** All requests that match, once there are `count` (those already received included). Rejects after `timeoutMs`. @default 10_000 */
  waitFor(count: number, where?: Where, options?: { timeoutMs?: number }): Promise<Received[]>

  /** What was accepted and stored, oldest first. */
  impressions(): StoredImpression[]
  counts(): StoredCount[]
  uniqueKeys(): StoredUniqueKey[]
  events(): StoredEvent[]
  totals(): Totals

  /** The definitions that are served now. */
  readonly definitions: DefinitionsDocument
  /**
   * Streams are told at once, others learn of it at their next poll. A flag that is no longer there is sent as archived. Only
   * what has a newer change number than the document before can be told.
   *
   * @default 'gzip'
   */
  setDefinitions(document: unknown, how?: { announce?: Announcement }): void
  /** Changes members of one flag, under the next change number. */
  changeFlag(name: string, patch: object, how?: { announce?: Announcement }): void
  /** Kills a flag and tells streams so; `treatment` becomes its default treatment. */
  kill(name: string, treatment?: string): void
  /**
   * Streams are told at once. `spreadMs`: over which clients spread the fetches that follow.
   *
   * @default 'keyList', 'gzip', 0
   */
  setMemberships(
    document: unknown,
    how?: {
      announce?: MembershipStrategy | 'silent'
      compression?: Exclude<Compression, 'none'>
      spreadMs?: number
    },
  ): void
  /** While the CDN is behind, every address without `till` goes on getting the answers of now. */
  setCdnBehind(isBehind: boolean): void
  setSpec(spec: Spec): void
  readonly streaming: DemoStreaming

  /** Installs a fault and returns its undo. The one installed last wins. */
  fault(where: Where, fault: Fault): () => void
  /** Adds a page of the test's own to the page's origin, without a content security policy; returns its undo. */
  serve(path: string, body: string, headers?: Record<string, string>): () => void

  /** Stops listening and cuts every connection; what was stored stays. */
  stop(which?: 'api' | 'page' | 'both'): Promise<void>
  /** Listens again, on the same ports. */
  start(which?: 'api' | 'page' | 'both'): Promise<void>
  /** Stops for good. */
  close(): Promise<void>
}
