/** Why data is handed over. The reason picks the transport: `hide` goes by beacon, the rest by fetch. */
export type FlushReason = 'interval' | 'full' | 'manual' | 'destroy' | 'hide'

/** Whether data about the user may be kept and sent. `unknown`: kept in memory until it is known. */
export type Consent = 'granted' | 'unknown' | 'declined'

/** What became of recorded data. */
export interface Delivery {
  /** `impressions`, `counts`, `uniqueKeys`, `events`, or the name of an integration. */
  kind: string
  /** Number of items. */
  count: number
  /**
   * The items themselves, as on the wire: of `impressions` the members `f` (flag), `k` (key), `t` (treatment) and `m` (time,
   * epoch ms) among others; of `counts` `f`, `m` (the hour's begin) and `rc` (how many). Not to be changed.
   */
  items: readonly unknown[]
  /** Why it was handed over then. */
  reason: FlushReason
  /** `keepalive`: the fetch that stands in for a refused beacon. `disk`: kept for the next page. */
  transport: 'fetch' | 'beacon' | 'keepalive' | 'disk'
  /**
   * `sent`: the service, or the browser by a beacon, took it. `refused`: the browser did not take the beacon. `kept`: for
   * another attempt. `dropped`: it is lost, to a limit or an answer that no attempt would change. `blocked`: by the page's
   * network.
   */
  outcome: 'sent' | 'refused' | 'kept' | 'dropped' | 'blocked'
  /** Of the answer, where there was one. */
  status?: number
}

/** What the outbox must know of one kind of data. Bodies are made by the room that knows the wire format. */
export interface Channel<Item = unknown> {
  readonly kind: string
  /** POST by fetch. */
  readonly url: string
  readonly beaconUrl: string
  /** Pause between two posts, ms. */
  readonly flushMs: number
  /** Extra headers of the fetch. `mode` is the one that the items were recorded under. */
  headers?(mode: string): Record<string, string>
  /** JSON of the POST: what `entries` is in the beacon. */
  body(items: readonly Item[]): unknown
  /** Extra members of the beacon's envelope `{ entries, token, sdk, … }`. */
  beaconExtra?(mode: string): Record<string, string>
  /** Hands over what gathered since the last call. Only of kinds that accumulate (counts, unique keys). */
  drain?(): Item[]
  /** Joins items of a kind that accumulates. */
  merge?(items: readonly Item[]): Item[]
  /** Takes off what must stay home, before anything is written or sent. */
  strip?(item: Item): Item
  /** Identity of an item within the hour of `time` (epoch ms), over pages and tabs; undefined = never deduplicated. */
  identity?(item: Item): { id: string; time: number } | undefined
  /** An item that another page had recorded already: it is not stored; the room counts it. */
  repeated?(item: Item): void
}
