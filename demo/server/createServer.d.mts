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
  /** Of the QA page. @default 0, any */
  port?: number
  /** Of the API, which is another origin. @default `port` + 1, or any when that is 0 */
  apiPort?: number
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
}

export type Transport = 'fetch' | 'beacon' | 'keepalive'

/** One request to the API, preflights included. */
export interface Received {
  /** Epoch ms when its headers arrived. */
  at: number
  /** Told from the path, and for the beacon paths from `sec-fetch-mode`. */
  transport: Transport
  method: string
  /** As it stood on the request line, with the API's base and the query. */
  url: string
  /** Below the API's base, without the query: `/testImpressions/bulk`. Still encoded. */
  path: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  /** Of the answer, once it went out. */
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
  /** For so many requests, then no more. @default for ever */
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

/** A row of any table, before or after it has its stamps. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type StoredRow = Record<string, any>

export interface Totals {
  impressions: number
  /** Of these, the ones that came by beacon or its fallback. */
  impressionsAtHide: number
  /** The sum of the counts. */
  counts: number
  uniqueKeys: number
  events: number
}

export interface DemoServer {
  /** Ends with a slash. */
  readonly pageUrl: string
  /** The base address for `urls.sdk`, `urls.events`, `urls.telemetry` and `urls.auth`; no slash at the end. */
  readonly apiUrl: string
  /** The key that the page uses; other definitions, another key. The API takes any. */
  readonly sdkKey: string
  readonly environment: { id: string; name: string }

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

  /** What is served now. */
  readonly definitions: DefinitionsDocument
  /** Clients learn of it at their next poll. A flag that is no longer there is sent as archived. */
  setDefinitions(document: unknown): void
  setMemberships(document: unknown): void

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

/** Starts the local server: the QA page on one port, the API on another. */
export function createDemoServer(options?: DemoServerOptions): Promise<DemoServer>
