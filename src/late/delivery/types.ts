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
  /** Takes off what must stay home, of items that a page under other settings left. */
  strip?(item: Item): Item
  /** Items that are equal in these members are one within an hour, over pages and tabs. @default no item is deduplicated */
  readonly identity?: readonly string[]
  /** An item that another page had recorded already: it is not stored; the room counts it. */
  repeated?(item: Item): void
}
