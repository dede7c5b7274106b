import { KEEPALIVE_BYTES } from '../../impressions/packing'
import { backoff, LONGEST_PAUSE_MS } from '../backoff'
import { arrayOf } from '../../shared/arrayOf'
import { isAmount } from './batch'
import type { HideNotes } from '../../browser/hideNote'
import type { Clock } from '../../browser/clock'
import type { RefusedResource } from '../../shared/types'
import type { Verdict } from './verdictOf'

/**
 * Everything that all pages of the browser know of the URLs that are posted to: how each answered, when, and until when
 * nobody posts to it. Also how many bytes this page may have on their way at a time.
 */
export interface Endpoints {
  /** Takes note of how a post of this page was answered. `toldMs` is the pause that the server asked for. */
  note(url: string, verdict: Verdict, toldMs?: number, status?: number): void
  /** Whether its last answer was not bad. Only then are beacons sent: the browser takes them for a server that refuses them, too. */
  isWell(url: string): boolean
  /** The wait before the next post, ms. A post by hand (`isByHand`) waits only for a pause that the server asked for. */
  waitMs(url: string, isByHand: boolean): number
  /** @returns status and time of the refusal, while the endpoint refuses the posts of this page */
  refusal(url: string): Omit<RefusedResource, 'resource'> | undefined
  /** Tells whether a post that was sent at this time, and whose answer nobody saw, was delivered; undefined while nobody knows. */
  wasDelivered(url: string, sentAt: number): boolean | undefined
  /** Takes in what other pages stored, without what is damaged: another version, or anything, may have written it. */
  learn(stored: readonly { readonly [Member in keyof StoredEndpoint]?: unknown }[]): void
  /** @returns the endpoints of which this page knows something that is not stored yet */
  unsaved(): StoredEndpoint[]
  /** Says that the outcomes which `unsaved` returned are stored. */
  saved(stored: readonly StoredEndpoint[]): void
  /** Bytes that beacons and keepalive posts may still carry: browsers limit what all those of a page carry together. */
  room(): number
  /** Counts a keepalive post of so many bytes. @returns its end */
  begin(bytes: number): () => void
  /** Counts beacons of so many bytes. */
  spend(bytes: number): void
}

export interface StoredEndpoint {
  readonly url: string
  /** The answers, oldest first. Of several alike in a row, the first and the last are kept. */
  readonly outcomes: readonly Outcome[]
  /** Earliest next post, epoch ms. */
  readonly pausedUntil: number
}

/** The time when an endpoint answered, epoch ms, and whether it took the post. */
type Outcome = readonly [time: number, isGood: 0 | 1]

interface Endpoint {
  outcomes: Outcome[]
  /** Failures in a row. */
  failures: number
  /**
   * The end of the pause after the failures, in monotonic time: a wall clock that is set back would make it a day longer.
   */
  until: number
  /** The server asked for the pause, so that even a post by hand waits for its end. */
  isTold: boolean
  /** The outcomes are stored as they are here. */
  isSaved: boolean
  /** Status of the refusal, and when it began, epoch ms. */
  refused?: { status: number; since: number } | undefined
}

/** Pause after a refusal or a redirect: somebody has to mend something first. */
const AFTER_REFUSAL_MS = 900_000
/**
 * How long a post counts as on its way after its answer has ended, ms. Firefox counts it some ms longer, and refuses the next one: of posts
 * of 48 KB with 5 ms between them it refused none, with 1 ms some.
 */
export const COUNTED_MS = 20
/** The time for which a beacon counts as on its way: the browser does not say when it arrived. */
export const BEACON_MS = 10_000
/** Outcomes that are remembered of one endpoint. */
const MOST_OUTCOMES = 16

/** @param notes undefined where nothing may be stored */
export function createEndpoints(clock: Clock, notes: Pick<HideNotes, 'markFailing'> | undefined): Endpoints {
  const endpoints = new Map<string, Endpoint>()
  let onTheirWay: { bytes: number; until: number }[] = []

  const endpointOf = (url: string): Endpoint => {
    let endpoint = endpoints.get(url)
    if (!endpoint) {
      endpoint = { outcomes: [], failures: 0, until: 0, isTold: false, isSaved: true }
      endpoints.set(url, endpoint)
    }
    return endpoint
  }
  // Less than a millisecond is no wait: timers count whole ones, and one that fires a little early must find the pause over.
  const leftOf = ({ until }: Endpoint) => Math.max(0, Math.trunc(until - clock.elapsed()))
  /** Begins a pause, unless a longer one is going on. */
  const pause = (endpoint: Endpoint, ms: number) => {
    endpoint.until = Math.max(endpoint.until, clock.elapsed() + Math.min(ms, LONGEST_PAUSE_MS))
  }
  const recover = (endpoint: Endpoint) => Object.assign(endpoint, { failures: 0, until: 0, refused: undefined })
  const isFailing = ({ outcomes }: Endpoint) => outcomes.at(-1)?.[1] === 0

  return {
    note(url, verdict, toldMs = 0, status = 0) {
      // These two verdicts concern what was sent, not the endpoint.
      if (verdict === 'tooBig' || verdict === 'invalid') return
      const isGood = verdict === 'delivered'
      const endpoint = endpointOf(url)
      const now = clock.now()
      // Outcomes of the future were noted before the clock was set back.
      const past = endpoint.outcomes.filter(([time]) => time <= now)
      endpoint.outcomes = compact([...past, [now, +isGood as 0 | 1]])
      endpoint.isSaved = false
      endpoint.isTold = toldMs > 0
      notes?.markFailing(url, !isGood)
      if (isGood) return void recover(endpoint)
      const isRefused = verdict === 'refused'
      endpoint.refused = isRefused ? { status, since: endpoint.refused?.since ?? now } : undefined
      const leastMs = isRefused || verdict === 'redirected' ? AFTER_REFUSAL_MS : toldMs
      // Both pauses are added, because pages that were told the same time must not come back together.
      pause(endpoint, leastMs + backoff(++endpoint.failures))
    },
    isWell: (url) => !isFailing(endpointOf(url)),
    waitMs(url, isByHand) {
      const endpoint = endpointOf(url)
      return isByHand && !endpoint.isTold ? 0 : leftOf(endpoint)
    },
    refusal(url) {
      const endpoint = endpointOf(url)
      return endpoint.refused && { ...endpoint.refused, nextAttempt: clock.now() + leftOf(endpoint) }
    },
    wasDelivered(url, sentAt) {
      const { outcomes } = endpointOf(url)
      const next = outcomes.findIndex(([time]) => time > sentAt)
      const before = outcomes.at(next < 0 ? -1 : next - 1)
      if (next !== 0 && before?.[1] === 0) return false
      return next < 0 ? undefined : outcomes[next]?.[1] === 1
    },
    learn(stored) {
      for (const { url, outcomes, pausedUntil } of stored) {
        const endpoint = endpointOf(url as string)
        const latest = clock.now() + LONGEST_PAUSE_MS
        const found = arrayOf<Outcome>(outcomes).filter((outcome) => isAmount(arrayOf(outcome)[0], latest))
        const merged = [...endpoint.outcomes, ...found]
        const own = endpoint.outcomes.at(-1)?.[0] ?? 0
        endpoint.outcomes = compact(merged.sort(([a], [b]) => a - b))
        if (!isFailing(endpoint)) recover(endpoint)
        else if (endpoint.outcomes.at(-1)![0] > own && isAmount(pausedUntil)) {
          pause(endpoint, pausedUntil - clock.now())
        }
      }
    },
    unsaved: () =>
      [...endpoints]
        .filter(([, { isSaved }]) => !isSaved)
        .map(([url, endpoint]) => ({ url, outcomes: endpoint.outcomes, pausedUntil: clock.now() + leftOf(endpoint) })),
    saved(stored) {
      for (const { url, outcomes } of stored) {
        const endpoint = endpointOf(url)
        // A later outcome than the stored one is still to be stored.
        if (endpoint.outcomes.at(-1)?.[0] === outcomes.at(-1)?.[0]) endpoint.isSaved = true
      }
    },
    room() {
      const now = clock.elapsed()
      onTheirWay = onTheirWay.filter(({ until }) => until > now)
      return onTheirWay.reduce((room, { bytes }) => room - bytes, KEEPALIVE_BYTES)
    },
    begin(bytes) {
      const post = { bytes, until: Infinity }
      onTheirWay.push(post)
      return () => void (post.until = clock.elapsed() + COUNTED_MS)
    },
    spend: (bytes) => void onTheirWay.push({ bytes, until: clock.elapsed() + BEACON_MS }),
  }
}

/**
 * Keeps the first and the last of several outcomes alike in a row: `wasDelivered` asks only what came just before and just
 * after a time.
 */
function compact(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes
    .filter(([, isGood], n) => outcomes[n - 1]?.[1] !== isGood || outcomes[n + 1]?.[1] !== isGood)
    .slice(-MOST_OUTCOMES)
}
