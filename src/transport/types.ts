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
   * network. `deduplicated`: another page recorded the same this hour, so that it is counted instead.
   */
  outcome: 'sent' | 'refused' | 'kept' | 'dropped' | 'blocked' | 'deduplicated'
  /** Of the answer, where there was one. */
  status?: number
}

/** What the outbox must know of one kind of data. Bodies are made by the room that knows the wire format. */
export interface Channel<Item = unknown> {
  readonly kind: string
  /** POST by fetch. */
  readonly url: string
  /** Empty: at page hide it goes to disk. */
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
  /**
   * Of an integration, in place of `url`: nothing of pennon's own goes with its items, be it header or envelope. Never
   * rejects. `id`: of the first batch.
   */
  post?(items: readonly Item[], id: string): Promise<{ status?: number; retryAfterMs?: number }>
  /** Whether it may go at page hide. */
  isReady?(item: Item): boolean
  /** Takes off what must stay home, before anything is written or sent. */
  strip?(item: Item): Item
  /** Identity of an item within the hour of `time` (epoch ms), over pages and tabs; undefined = never deduplicated. */
  identity?(item: Item): { id: string; time: number } | undefined
  /** An item that another page had recorded already: it is not stored; the room counts it. */
  repeated?(item: Item): void
}

/**
 * Where the items of an integration wait, as impressions do: written ahead to disk, within the limits of the outbox, tried
 * again after a fault, handed over at page hide, held back and forgotten as the consent says.
 */
export interface NamedOutbox<Item = unknown> {
  /**
   * Says how the items travel. Until then they wait; those of pages before, too, up to the age limit. May be called again:
   * the last one counts.
   */
  deliver(how: NamedDelivery<Item>): void
  /**
   * Queues a copy of one item. Synchronous, never throws: what is not JSON is left out with one log line.
   * @param item JSON
   */
  add(item: Item): void
  /** There is something new for `drain`. */
  dirty(): void
}

/**
 * How the items of an integration travel. Foreign code: what throws, rejects or hangs costs an attempt, and one log line.
 */
export interface NamedDelivery<Item = unknown> {
  /**
   * Sends items that were added under one mode, oldest first. A 2xx takes them off the outbox. 408, 429, 5xx and a rejection
   * keep them for another attempt, after a pause that grows; 413 makes two posts of them; any other 4xx drops them.
   *
   * The page may go away before it is answered: the next one sends the same items again.
   *
   * @param options.id names the post: an attempt that begins with the same item has the same id, on the next page too
   * @param options.signal aborts after 30 s; nobody waits for the answer any more
   */
  post(
    items: readonly Item[],
    options: { id: string; signal: AbortSignal },
  ): Promise<{
    /** HTTP status. */
    status: number
    /** What the server asked to wait, ms. */
    retryAfterMs?: number
  }>
  /** Pause between two posts, ms, at least 1,000. @default 60_000 */
  flushMs?: number
  /**
   * Takes at page hide what waits, in a POST of type `text/plain` of at most 30 KiB, after pennon's own beacons.
   * @default none: what waits at page hide goes with the next page
   */
  beaconUrl?: string
  /** Body of that POST, as JSON. @default the items */
  body?(items: readonly Item[]): unknown
  /** Whether an item may go in it; others go with the next page. @default true */
  isReady?(item: Item): boolean
  /**
   * Hands over what the integration gathered since the last call. Asked after `dirty`: before the outbox is written or
   * sent, and at page hide.
   */
  drain?(): Item[]
}
