import { KEEPALIVE_BYTES } from '../../impressions/packing'
import { createRetry, LONGEST_PAUSE_MS, type Retry } from '../retry'
import type { HideNotes } from '../../browser/hideNote'
import type { Clock } from '../../browser/clock'
import type { RefusedResource } from '../../shared/types'
import type { Verdict } from './verdictOf'

/**
 * What all pages of the browser know of the URLs that are posted to, when each answered how, and how long it is left alone; and
 * what this page may have on its way to them.
 */
export interface Endpoints {
  /** Takes note of what became of a post of this page. `toldMs`: what the server asked to wait. `status`: of its answer. */
  note(url: string, verdict: Verdict, toldMs?: number, status?: number): void
  /** Whether a beacon is likely to arrive: the browser takes it also for a server that refuses. No pause runs then. */
  isWell(url: string): boolean
  /** How long the next post has to wait, ms. `isByHand`: only as long as the server asked for. */
  waitMs(url: string, isByHand: boolean): number
  /** Undefined while it does not refuse the posts of this page. */
  refusal(url: string): Omit<RefusedResource, 'resource'> | undefined
  /** Whether a post that was sent at this time, and whose answer nobody saw, was delivered; undefined: nobody knows yet. */
  wasDelivered(url: string, sentAt: number): boolean | undefined
  /** Takes in what other pages stored. */
  learn(stored: readonly unknown[]): void
  /** What other pages do not know yet. */
  unsaved(): StoredEndpoint[]
  saved(stored: readonly StoredEndpoint[]): void
  /** Bytes that beacons and keepalive posts may carry beside those on their way: browsers refuse more, over all of a page together. */
  room(): number
  /** A keepalive post of so many bytes begins. @returns its end */
  begin(bytes: number): () => void
  /** Beacons of so many bytes went. */
  spend(bytes: number): void
}

export interface StoredEndpoint {
  readonly url: string
  /** When it took a post, 1, and when it did not, 0, epoch ms; of several in a row the first and the last. */
  readonly outcomes: readonly Outcome[]
  /** Nobody posts before, epoch ms. */
  readonly pausedUntil: number
}

type Outcome = readonly [time: number, isGood: 0 | 1]

interface Endpoint {
  outcomes: Outcome[]
  readonly retry: Retry
  /** The pause was asked for by the server, so that not even a flush by hand is earlier. */
  isTold: boolean
  isSaved: boolean
  refused?: { status: number; since: number } | undefined
}

/** Pause after an answer that somebody has to mend: a refusal, or a redirect. */
const AFTER_REFUSAL_MS = 900_000
/** So long a beacon counts as on its way: the browser does not say when it arrived. */
export const BEACON_MS = 10_000
/** Changes between good and bad that are remembered of one endpoint. */
const MOST_OUTCOMES = 16

/** @param notes undefined where nothing may be stored */
export function createEndpoints(clock: Clock, notes: Pick<HideNotes, 'markFailing'> | undefined): Endpoints {
  const endpoints = new Map<string, Endpoint>()
  let posted = 0
  let beacons: { bytes: number; until: number }[] = []

  const endpointOf = (url: string): Endpoint => {
    let endpoint = endpoints.get(url)
    if (!endpoint) {
      endpoint = { outcomes: [], retry: createRetry(clock.elapsed), isTold: false, isSaved: true }
      endpoints.set(url, endpoint)
    }
    return endpoint
  }
  const isFailing = ({ outcomes }: Endpoint) => outcomes.at(-1)?.[1] === 0
  const add = (endpoint: Endpoint, isGood: 0 | 1) => {
    const now = clock.now()
    // What is later than the latest was noted before the clock was set back.
    endpoint.outcomes = compact([...endpoint.outcomes.filter(([time]) => time <= now), [now, isGood]])
    endpoint.isSaved = false
  }

  return {
    note(url, verdict, toldMs = 0, status = 0) {
      // These two say something of what was sent, not of the endpoint.
      if (verdict === 'tooBig' || verdict === 'invalid') return
      const endpoint = endpointOf(url)
      const { retry } = endpoint
      add(endpoint, verdict === 'delivered' ? 1 : 0)
      notes?.markFailing(url, verdict !== 'delivered')
      endpoint.isTold = toldMs > 0
      endpoint.refused = verdict === 'refused' ? { status, since: endpoint.refused?.since ?? clock.now() } : undefined
      if (verdict === 'delivered') return retry.succeed()
      const isLong = verdict === 'refused' || verdict === 'redirected'
      retry.fail(isLong ? AFTER_REFUSAL_MS : toldMs)
    },
    isWell: (url) => !isFailing(endpointOf(url)),
    waitMs(url, isByHand) {
      const { retry, isTold } = endpointOf(url)
      return isByHand && !isTold ? 0 : retry.waitMs()
    },
    refusal(url) {
      const { refused, retry } = endpointOf(url)
      return refused && { ...refused, nextAttempt: clock.now() + retry.waitMs() }
    },
    wasDelivered(url, sentAt) {
      const { outcomes } = endpointOf(url)
      const next = outcomes.findIndex(([time]) => time > sentAt)
      const before = outcomes.at(next < 0 ? -1 : next - 1)
      if (next !== 0 && before?.[1] === 0) return false
      return next < 0 ? undefined : outcomes[next]?.[1] === 1
    },
    learn(stored) {
      for (const found of stored) {
        if (!isStoredEndpoint(found)) continue
        const endpoint = endpointOf(found.url)
        const latest = clock.now() + LONGEST_PAUSE_MS
        const merged = [...endpoint.outcomes, ...found.outcomes.filter(([time]) => time <= latest)]
        const own = endpoint.outcomes.at(-1)?.[0] ?? 0
        endpoint.outcomes = compact(merged.sort(([a], [b]) => a - b))
        if (!isFailing(endpoint)) {
          endpoint.retry.succeed()
          endpoint.refused = undefined
        } else if ((endpoint.outcomes.at(-1)?.[0] ?? 0) > own) endpoint.retry.pauseFor(found.pausedUntil - clock.now())
      }
    },
    unsaved: () =>
      [...endpoints]
        .filter(([, { isSaved }]) => !isSaved)
        .map(([url, { outcomes, retry }]) => ({ url, outcomes, pausedUntil: clock.now() + retry.waitMs() })),
    saved(stored) {
      for (const { url, outcomes } of stored) {
        const endpoint = endpointOf(url)
        // Something may have happened meanwhile.
        if (endpoint.outcomes.at(-1)?.[0] === outcomes.at(-1)?.[0]) endpoint.isSaved = true
      }
    },
    room() {
      const now = clock.elapsed()
      beacons = beacons.filter(({ until }) => until > now)
      return beacons.reduce((room, { bytes }) => room - bytes, KEEPALIVE_BYTES - posted)
    },
    begin(bytes) {
      posted += bytes
      return () => void (posted -= bytes)
    },
    spend: (bytes) => void beacons.push({ bytes, until: clock.elapsed() + BEACON_MS }),
  }
}

/** Of several outcomes of one kind in a row the first and the last say all. */
function compact(outcomes: readonly Outcome[]): Outcome[] {
  return outcomes
    .filter(([, isGood], n) => outcomes[n - 1]?.[1] !== isGood || outcomes[n + 1]?.[1] !== isGood)
    .slice(-MOST_OUTCOMES)
}

/** What is stored is untrusted: another version, or anything, may have written it. */
function isStoredEndpoint(value: unknown): value is StoredEndpoint {
  const { url, outcomes, pausedUntil } = (value ?? {}) as Partial<StoredEndpoint>
  return (
    typeof url === 'string' &&
    Number.isFinite(pausedUntil) &&
    Array.isArray(outcomes) &&
    outcomes.every((outcome) => Array.isArray(outcome) && Number.isFinite(outcome[0]))
  )
}
