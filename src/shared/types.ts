/** The reason for which data is handed over. It picks the transport: a beacon for `hide`, fetch for the others. */
export type FlushReason = 'interval' | 'full' | 'manual' | 'destroy' | 'hide'

/** The consent to keep and send data about the user. `unknown`: the data stays in memory until the consent is known. */
export type Consent = 'granted' | 'unknown' | 'declined'

/** The place where recorded data waits: the tray of the first file, and then the outbox of the second. */
export interface Sink {
  /** @param bytes estimate of the item's size on the wire */
  add(kind: string, item: unknown, bytes: number): void
  /** Says that a kind which is gathered elsewhere (counts, unique keys) has something new. */
  readonly dirty: (kind: string) => void
}

/** The fate of recorded data. */
export interface Delivery {
  /** `impressions`, `counts`, `uniqueKeys`, `events`, or `integration <name>` for an integration's outbox of this name. */
  kind: string
  /** Number of items. */
  count: number
  /**
   * The items themselves, as on the wire: of `impressions` the members `f` (flag), `k` (key), `t` (treatment) and `m` (time,
   * epoch ms) among others; of `counts` `f`, `m` (the hour's begin) and `rc` (how many). Not to be changed.
   */
  items: readonly unknown[]
  /** The reason for which it was handed over. */
  reason: FlushReason
  /** `keepalive`: the fetch that stands in for a refused beacon. `disk` and `note`: kept for the next page. */
  transport: 'fetch' | 'beacon' | 'keepalive' | 'disk' | 'note'
  /**
   * `sent`: the service, or the browser by a beacon, took it. `refused`: the browser did not take the beacon. `kept`: for
   * another attempt. `dropped`: it is lost, to a limit or an answer that no attempt would change. `blocked`: by the page's
   * network. `doubtful`: it was posted when the page went, and nobody saw the answer. `deduplicated`: another page recorded the
   * same this hour, so that it is counted instead.
   */
  outcome: 'sent' | 'refused' | 'kept' | 'dropped' | 'blocked' | 'doubtful' | 'deduplicated'
  /** The status of the answer, where there was one. */
  status?: number
}

/**
 * Something that the service refuses: to give definitions or memberships (401, 403), to open a stream (any status from 400 to 499 but
 * 408 and 429), or to take what is posted (401, 403, 404). It is asked again.
 */
export interface RefusedResource {
  /**
   * `definitions`, `memberships/<key>`, `auth` (of streaming), or what is posted: `impressions`, `counts`, `uniqueKeys`, `events`. What
   * is refused there is kept.
   */
  resource: string
  /** HTTP status. */
  status: number
  /** The time when it was first refused, epoch ms. */
  since: number
  /** The time when it is asked for, or posted, again, epoch ms. */
  nextAttempt: number
}
