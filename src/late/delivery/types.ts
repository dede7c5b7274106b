import type { PostAnswer } from './verdictOf'

/**
 * The way in which one kind of data travels, as far as delivery must know it. The room that knows the wire format makes the
 * bodies.
 */
export interface Channel<Item = unknown> {
  readonly kind: string
  /** The address that items are posted to by fetch. */
  readonly url: string
  /** The address of beacons. It is empty for a kind that has none: at page hide its items stay on disk. */
  readonly beaconUrl: string
  /** Pause between two posts, ms. */
  readonly flushMs: number
  /** Extra headers of a post. `mode` is the impressions mode that the items were recorded under. */
  headers?(mode: string): Record<string, string>
  /** The body of a post, before it is written as JSON. A beacon carries the same as `entries`. */
  body(items: readonly Item[]): unknown
  /** Members of the beacon's envelope beside `entries`, `token` and `sdk`. */
  beaconExtra?(mode: string): Record<string, string>
  /** Hands over what gathered since the last call. Only kinds that accumulate (counts, unique keys) have it. */
  drain?(): Item[]
  /** Joins items of a kind that accumulates: counts of the same flag and hour become one, and so do the flags of one key. */
  merge?(items: readonly Item[]): Item[]
  /**
   * Posts the items of an integration, in place of a post to `url`. No header and no envelope of pennon goes with them. `id` is
   * that of the first batch. Never rejects.
   */
  post?(items: readonly Item[], id: string): Promise<PostAnswer>
  /** Whether an item may go by beacon. @default every item may */
  isReady?(item: Item): boolean
  /** Removes what this page's settings keep at home (labels) from an item that a page under other settings left. */
  strip?(item: Item): Item
  /** Items that are equal in these members count as one within an hour, over all pages and tabs. @default no item is deduplicated */
  readonly identity?: readonly string[]
  /** Counts an item that another page had recorded already, and that is therefore neither stored nor sent. */
  repeated?(item: Item): void
}
