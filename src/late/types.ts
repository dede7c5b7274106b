import type { Timers } from '../browser/clock'
import type { Databases } from '../browser/databases'
import type { Page } from '../browser/page'
import type { FlagData } from '../definitions/flagData'
import type { EvaluatorDoor } from '../evaluation/evaluate'
import type { Attributes, Evaluation, Subject } from '../evaluation/types'
import type { Impressions } from '../impressions/impressions'
import type { Impression, ImpressionsMode } from '../impressions/types'
import type { ConsentState } from '../shared/consent'
import type { Endpoints } from '../shared/endpoints'
import type { Headers } from '../shared/headers'
import type { Hub } from '../shared/hub'
import type { Log, Logger, LogLevel } from '../shared/log'
import type { ReadTreatment } from '../shared/readTreatment'
import type { Consent, RefusedResource } from '../shared/types'
import type { Explanation } from './explain/types'

/**
 * The place where the items of an integration wait, as impressions do: written ahead to disk, within the limits of the
 * outbox, tried again after a fault, handed over at page hide, held back and forgotten as the consent says.
 */
export interface NamedOutbox<Item = unknown> {
  /**
   * Says how the items travel. Until then they wait, up to the age limit; so do those that earlier pages left. May be called
   * again: the last one counts.
   */
  deliver(how: NamedDelivery<Item>): void
  /**
   * Queues a copy of one item. Synchronous, never throws: what is not JSON is left out with one log line.
   * @param item JSON
   */
  add(item: Item): void
  /** Says that there is something new for `drain`. */
  dirty(): void
}

/**
 * The way in which the items of an integration travel. It is foreign code: what throws, rejects or hangs costs an attempt,
 * and one log line.
 */
export interface NamedDelivery<Item = unknown> {
  /**
   * Sends items that were added under one impressions mode, oldest first. A 2xx takes them off the outbox. 408, 429, 5xx and a
   * rejection keep them for another attempt, after a pause that grows; 401, 403, 404 and a redirect keep them for one after 15 minutes or
   * more; 413 makes two posts of them; any other 4xx drops them at the second attempt.
   *
   * A `fetch` needs `redirect: 'manual'`: it would follow a redirect otherwise, and the status would be that of another page.
   *
   * If the page goes away before the post is answered, the next page sends the same items again.
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
    /** The `type` of the response: of a redirect that was not followed there is no status, and this is `opaqueredirect`. */
    type?: string
    /** The pause that the server asked for, ms. */
    retryAfterMs?: number
  }>
  /** Pause between two posts, ms, at least 1,000. @default 60_000 */
  flushMs?: number
  /**
   * Takes at page hide what waits, in a POST of type `text/plain` of at most 30 KiB, after pennon's own beacons.
   * @default none: what waits at page hide goes with the next page
   */
  beaconUrl?: string
  /** The body of that POST, as JSON. @default the items */
  body?(items: readonly Item[]): unknown
  /** Whether an item may go in the POST at page hide; others go with the next page. @default true */
  isReady?(item: Item): boolean
  /**
   * Hands over what the integration gathered since the last call. Asked after `dirty`: before the outbox is written or
   * sent, and at page hide.
   */
  drain?(): Item[]
}

/**
 * Hands impressions on to another tool. pennon calls its members; what they throw is caught and logged once, and the other
 * integrations go on.
 */
export interface Integration {
  /** The integration's name in log lines. */
  readonly name: string
  /** Called by `createClient`, and again after `stop` when consent was declined. One that throws here gets no impressions. */
  start(context: IntegrationContext): void
  /**
   * Called for every impression, deduplicated ones too, with a copy of its own: in a microtask after the decision, at page
   * hide at once and before pennon's own beacons.
   */
  impression(impression: Impression): void
  /**
   * Called by `destroy()`, and when consent is declined. Afterwards no timer or listener of the integration may remain; what it
   * held back is handed on, if consent allows that, or forgotten.
   */
  stop(): void
}

/** The parts of its client that an integration may use. */
export interface IntegrationContext {
  /**
   * The outbox where items that are to be handed on may wait: on disk, past a page's end. The same name gives the same
   * outbox.
   */
  outbox(name: string): NamedOutbox
  /** The consent now. Nothing is handed on while it is `unknown`, and what waits is forgotten when it is `declined`. */
  consent(): Consent
  /** `false`: no label may leave the page. */
  readonly labelsEnabled: boolean
  /** The client's log, at its level. */
  readonly log: Logger
}

/** The parts that the first file hands to the second one, because both need them and nothing is loaded twice. */
export interface Core extends Omit<FlagData, 'start'>, Omit<Impressions, 'recorder' | 'forget'> {
  /** `SDK_VERSION` of the first file. */
  readonly version: string
  readonly settings: LateSettings
  /** Everything is fetched once and nothing is stored, as where a server renders a page. */
  readonly isOnce: boolean
  /** Flags are given in code: nothing is fetched, stored or sent. */
  readonly isLocal: boolean
  /** Definitions come from a proxy, not from the service itself: an old proxy may not know the spec. */
  readonly isProxied: boolean
  readonly log: Log
  readonly hub: Hub
  readonly consent: ConsentState
  readonly page: Page
  readonly clock: Timers
  readonly headers: Headers
  readonly endpoints: Endpoints
  readonly databases: Databases
  /** The functions of the evaluator that explanations and overrides need. */
  readonly evaluator: EvaluatorDoor
  readonly validateFlagName: (name: unknown) => string | undefined
}

/** The settings that the second file reads, with every default filled in. */
export interface LateSettings {
  readonly sdkKey: string
  readonly urls: { readonly events: string }
  readonly labelsEnabled: boolean
  readonly logLevel: LogLevel
  readonly impressionsMode: ImpressionsMode
  readonly integrations: readonly Integration[]
  readonly allowOverrides: boolean
  readonly persistence: 'all' | 'definitions' | 'none'
  readonly streaming: boolean
  readonly outbox: { maxBytes: number; maxItems: number; maxAgeMs: number; flushBytes: number }
  readonly readyTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly definitionsRefreshMs: number
  readonly membershipsRefreshMs: number
  readonly impressionsFlushMs: number
  readonly countsFlushMs: number
  readonly uniqueKeysFlushMs: number
  readonly eventsFlushMs: number
}

/** The second file at work. */
export interface Late {
  readonly overrides: LateOverrides | undefined
  /** The decision for a flag whose treatment QA set; undefined for any other. There is no such function without `allowOverrides`. */
  readonly overridden: ((flag: string) => Evaluation | undefined) | undefined
  explain(question: Question): Explanation
  status(): {
    /** `streaming` while a stream brings changes; undefined while it does not. */
    updates: 'streaming' | undefined
    dropped: number
    blocked: string[]
    refused: RefusedResource[]
    /** The time when the service was last heard of, epoch ms; undefined when it never was on this page. */
    contactAt: number | undefined
  }
  /** Posts what waits. Resolves when the posts were answered, or their data kept for another attempt; never rejects. */
  flush(): Promise<void>
  /** Ends all fetching and streaming. */
  halt(): void
  /** Sends what waits, and ends everything. */
  stop(): Promise<void>
}

/** Treatments that QA set on this page. */
export interface LateOverrides {
  get(flag: string): ReadTreatment | undefined
  all(): Record<string, ReadTreatment>
  set(flag: string, treatment: unknown): boolean
  clear(flag?: string): boolean
}

/** The question of a call of `explain()`, as far as the first file can tell. */
export interface Question {
  /** The name of the flag as it is looked up; empty when the call gave none. */
  readonly name: string
  /** The answer to a call that is refused; undefined for any other. */
  readonly refusal: Pick<Evaluation, 'treatment' | 'config'> | undefined
  /** The user to decide for; undefined before the client can decide. */
  readonly subject: Subject | undefined
  readonly attributes: Attributes | undefined
  /** Puts fallback treatments in place of `control`. */
  readonly fallback: (evaluation: Evaluation) => Evaluation
}
