import type { Impression } from '../../impressions/types'
import type { Delivery, RefusedResource } from '../../shared/types'

/** The state of a client, as `status()`, the promises of readiness and the events of readiness give it. */
export interface Status {
  /** The matching key of this client; undefined when the application gave an invalid one. */
  key: string | undefined
  /** The service confirmed definitions and memberships. */
  ready: boolean
  /**
   * Decisions are possible, from the cache, from `bootstrap` or because the client is ready. Definitions fresh from the service that
   * use segments have to wait for the key's memberships first.
   */
  readyFromCache: boolean
  /**
   * `ready` did not come within `readyTimeoutMs`, though it may have come since; or it cannot come soon: the service refused what it
   * needs (see `refused`), or, on a server, the one fetch failed.
   */
  timedOut: boolean
  /** `destroy()` was called. */
  destroyed: boolean
  /** The origin of the definitions in use. `local`: they come from `localFlags`. */
  source: 'none' | 'bootstrap' | 'cache' | 'network' | 'local'
  /** Time since the service last confirmed the definitions in use, ms; undefined when it never did. */
  age: number | undefined
  /** Neither a stream nor an answer has come from the service for longer than three poll periods. */
  stale: boolean
  /**
   * The way in which the client hears of changes; polling also covers for a stream that is down. `none`: it does not hear
   * of any, as with `localFlags` and on a server.
   */
  updates: 'streaming' | 'polling' | 'none'
  /**
   * The things that are kept on disk, as `persistence` says. `failed`: the browser refused, and pennon goes on from memory.
   */
  storage: 'all' | 'definitions' | 'none' | 'failed'
  /** Number of impressions, counts, keys and events that were dropped because of the outbox's limits. */
  dropped: number
  /** Purposes whose requests seem to be blocked on this page, by an extension or a network. */
  blocked: string[]
  /** The resources that the service refuses to give or to take. Each is asked for again, ever later, at least once an hour. */
  refused: RefusedResource[]
}

/** The subject of a change. */
export interface Update {
  /** `segments`: the memberships of this client's key changed, or a rule-based segment. */
  type: 'flags' | 'segments'
  /** Names of the flags in the change; empty for segments. */
  names: string[]
}

/** Payloads of the client's events. */
export interface ClientEvents {
  /** The service confirmed definitions and memberships. This comes once; a late listener is still called. */
  ready: Status
  /** Decisions are possible. This comes once; a late listener is still called. */
  readyFromCache: Status
  /**
   * `ready` did not come in time, or cannot come any more (see `Status.timedOut`). This comes once, and work goes on
   * after it. A late listener is still called.
   */
  timeout: Status
  /** Definitions or memberships changed after `ready` or `readyFromCache`. */
  update: Update
  /** A decision was recorded. */
  impression: Impression
  /** Recorded data left the page, or could not: the payload says what became of it. */
  delivery: Delivery
  /** Something went wrong that an application may want to know of. It was logged as well. */
  error: Error
}
