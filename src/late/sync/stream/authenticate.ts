import { encodeText } from '../../../shared/encodeText'
import type { Http } from '../../http'

/** The service's answer to the request for a token. */
export type Authentication =
  | {
      readonly kind: 'granted'
      readonly status?: undefined
      /** The address of the stream, with the token. */
      readonly url: string
      /** The wait before connecting. */
      readonly connectInMs: number
      /** The wait before the next token is asked for. */
      readonly refreshInMs: number
      /** The keys whose memberships the stream tells of. */
      readonly keys: ReadonlySet<string>
    }
  /** The service gives no stream: it is switched off for the environment or, where there is a `status`, the SDK key was refused. */
  | {
      readonly kind: 'refused'
      readonly why: string
      readonly status?: number
      readonly retryAfterMs?: undefined
    }
  | {
      readonly kind: 'failed'
      readonly why: string
      readonly retryAfterMs: number
      readonly status?: undefined
    }

interface AuthenticateParts {
  http: Pick<Http, 'get'>
  authUrl: string
  streamingUrl: string
  sdkKey: string
  sdkVersion: string
  spec: () => string
}

export type Authenticate = (matchingKeys: readonly string[], signal: AbortSignal) => Promise<Authentication>

interface Answer {
  pushEnabled?: unknown
  token?: unknown
  connDelay?: unknown
}

/** The wait before connecting where the service does not say, s. */
const CONNECT_IN_S = 60
/**
 * The time before its end at which a token is renewed, s: the service closes the connection of an expired one. The wait
 * before connecting is never longer than this, or the stream would be down meanwhile.
 */
const RENEW_BEFORE_S = 600
/** The least time between two renewals, s: a token of a shorter life must not make a loop of requests. */
const LEAST_RENEWAL_S = 60

/** The most that keys may take of the address, UTF-16 units: with the rest of it and the headers it stays below the 8 kB that servers take. */
const MOST_USERS = 4_000

/** Makes the function that asks for a token and turns it into the address of the stream. */
export function createAuthenticate(parts: AuthenticateParts): Authenticate {
  const { http, authUrl, streamingUrl, sdkKey, sdkVersion, spec } = parts

  return async (matchingKeys, signal) => {
    const keys = new Set<string>()
    let users = ''
    for (const key of matchingKeys) {
      const user = `&users=${encodeText(key)}`
      // The memberships of the other keys are polled.
      if (users.length + user.length > MOST_USERS) continue
      users += user
      keys.add(key)
    }
    const answer = await http.get(`${authUrl}?s=${spec()}${users}`, { signal })
    const { status = 0, retryAfterMs = 0 } = answer
    // A time-out of the server (408) and too many requests (429) pass, and are no refusals.
    if (/^4(?!08|29)/.test(`${status}`)) {
      return { kind: 'refused', why: `status ${status}`, status }
    }
    try {
      if (status < 200 || status > 299) throw new Error(status ? `status ${status}` : `no answer from ${authUrl}`)
      const { pushEnabled, token, connDelay } = (await answer.json()) as Answer
      if (typeof pushEnabled !== 'boolean') throw new Error('malformed answer')
      if (!pushEnabled) return { kind: 'refused', why: 'the service has it switched off' }
      const payload = ((token as string).split('.')[1] as string).replace(/-/g, '+').replace(/_/g, '/')
      const { exp, iat, 'x-ably-capability': capability } = JSON.parse(atob(payload)) as Record<string, unknown>
      if (![exp, iat].every(Number.isFinite)) throw new Error('malformed answer')
      const livesForS = (exp as number) - (iat as number)
      const channels = Object.keys(JSON.parse(capability as string) as object).map((channel) =>
        encodeText(channel.startsWith('control_') ? `[?occupancy=metrics.publishers]${channel}` : channel),
      )
      return {
        kind: 'granted',
        url:
          `${streamingUrl}?channels=${channels.join()}&accessToken=${token as string}` +
          `&v=1.1&heartbeats=true&SplitSDKVersion=${sdkVersion}&SplitSDKClientKey=${sdkKey.slice(-4)}`,
        keys,
        connectInMs:
          1000 * (typeof connDelay === 'number' && connDelay >= 0 ? Math.min(connDelay, RENEW_BEFORE_S) : CONNECT_IN_S),
        refreshInMs: 1000 * Math.max(livesForS - RENEW_BEFORE_S, livesForS / 2, LEAST_RENEWAL_S),
      }
    } catch (fault) {
      return { kind: 'failed', why: String(fault), retryAfterMs }
    }
  }
}
