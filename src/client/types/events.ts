import type { Impression } from '../../impressions/types'
import type { Delivery, RefusedResource } from '../../shared/types'

/** What `status()` says, and the promises and events of readiness resolve with. */
export interface Status {
  /** The matching key of this client; undefined when the application gave an invalid one. */
  key: string | undefined
  /** The service confirmed definitions and memberships. */
  ready: boolean
  /**
   * Decisions are possible, from the cache, from `bootstrap` or because the client is ready. Not yet with definitions that ask for
   * segments while nothing is known of the key's.
   */
  readyFromCache: boolean
  /**
   * `ready` did not come within `readyTimeoutMs`, and may since have come; or there is no sense in waiting for it: the service refused
   * what it takes (see `refused`), or, on a server, the one fetch failed.
   */
  timedOut: boolean
  /** `destroy()` was called. */
  destroyed: boolean
  /** Where the definitions in use came from. `local`: from `localFlags`. */
  source: 'none' | 'bootstrap' | 'cache' | 'network' | 'local'
  /** Since the service last confirmed the definitions in use, ms; undefined when it never did. */
  age: number | undefined
  /** The service was not heard of for longer than three polls, by a stream or an answer. */
  stale: boolean
  /**
   * How the client hears of changes; polling also covers for a stream that is down. `none`: it does not, as with
   * `localFlags` and on a server.
   */
  updates: 'streaming' | 'polling' | 'none'
  /** What is kept on disk, as `persistence` says. `failed`: the browser refused, pennon goes on from memory. */
  storage: 'all' | 'definitions' | 'none' | 'failed'
  /** Impressions, counts, keys and events that the limits of the outbox cost. */
  dropped: number
  /** Purposes whose requests seem to be blocked on this page, by an extension or a network. */
  blocked: string[]
  /** The resources that the service refuses to give or to take. Each is asked for again, ever later, at least once an hour. */
  refused: RefusedResource[]
}

/** What a change was about. */
export interface Update {
  /** `segments`: memberships of this client's key, or a rule-based segment. */
  type: 'flags' | 'segments'
  /** Names of the flags in the change; empty for segments. */
  names: string[]
}

/** Payloads of the client's events. */
export interface ClientEvents {
  /** The service confirmed definitions and memberships. Once; a late listener is still called. */
  ready: Status
  /** Decisions are possible. Once; a late listener is still called. */
  readyFromCache: Status
  /** `ready` did not come in time, or cannot come any more (see `Status.timedOut`). Once; otherwise work goes on. A late listener is still called. */
  timeout: Status
  /** Definitions or memberships changed after `ready` or `readyFromCache`. */
  update: Update
  /** A decision was recorded. */
  impression: Impression
  /** What became of recorded data. */
  delivery: Delivery
  /** Something went wrong that an application may want to know of. It was logged as well. */
  error: Error
}
