import type { Impression } from '../impressions/types'
import type { Logger } from '../shared/log'
import type { Consent } from '../shared/types'

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
