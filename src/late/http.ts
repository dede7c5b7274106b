import ky from 'ky'
import { SDK_VERSION } from '../shared/version'
import type { Log } from '../shared/log'

/** The door to the network. Never rejects: a fault is an answer without status. */
export interface Http {
  get(url: string, options?: { noCache?: boolean; signal?: AbortSignal }): Promise<HttpAnswer>
  post(
    url: string,
    body: string,
    options?: { headers?: Record<string, string>; keepalive?: boolean; signal?: AbortSignal },
  ): Promise<HttpAnswer>
}

export interface HttpAnswer {
  /** Undefined when no answer came: network, time-out, abort. */
  readonly status: number | undefined
  /** What the server asked to wait, ms, where the browser lets us read it. */
  readonly retryAfterMs: number | undefined
  /** What was sent as JSON. @throws when it is none */
  json(): unknown
}

interface HttpParts {
  sdkKey: string
  timeoutMs: number
  /** The application's changes to the headers. Foreign code. */
  headers: ((headers: Record<string, string>) => Record<string, string>) | undefined
  /** Hears whether each request was answered. Aborted ones are not told of. */
  onOutcome?: (url: string, isAnswered: boolean) => void
  log: Log
}

/** However long a server asks to wait, an hour later it may be another server. */
const MAX_RETRY_AFTER_MS = 3_600_000

export function createHttp({ sdkKey, timeoutMs, headers: change, onOutcome, log }: HttpParts): Http {
  const headersFor = (extra: Record<string, string>): Record<string, string> => {
    const headers = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      Authorization: `Bearer ${sdkKey}`,
      SplitSDKVersion: SDK_VERSION,
      ...extra,
    }
    try {
      return { ...(change?.({ ...headers }) ?? headers) }
    } catch (fault) {
      log.once('error', 'headers', `the headers function threw: ${String(fault)}`)
      return headers
    }
  }

  const request = async (
    url: string,
    options: { method: string; headers: Record<string, string>; body?: string; keepalive?: boolean },
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> => {
    // One deadline over headers and body: a server may hang after either.
    const deadline = new AbortController()
    const abort = () => deadline.abort()
    const timer = setTimeout(abort, timeoutMs)
    signal?.addEventListener('abort', abort)
    try {
      if (signal?.aborted) abort()
      const response = await ky(url, {
        ...options,
        // What happens after a fault is decided by who asked, with all the queue in view.
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        signal: deadline.signal,
      })
      const text = await response.text()
      onOutcome?.(url, true)
      return {
        status: response.status,
        retryAfterMs: retryAfter(response.headers.get('Retry-After')),
        json: () => JSON.parse(text) as unknown,
      }
    } catch {
      if (!signal?.aborted) onOutcome?.(url, false)
      return { status: undefined, retryAfterMs: undefined, json: () => undefined }
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  return {
    get: (url, { noCache, signal } = {}) =>
      request(url, { method: 'get', headers: headersFor(noCache ? { 'Cache-Control': 'no-cache' } : {}) }, signal),
    post: (url, body, { headers, keepalive = false, signal } = {}) =>
      request(url, { method: 'post', headers: headersFor(headers ?? {}), body, keepalive }, signal),
  }
}

/** Seconds or a date, as ms from now. Across origins it is readable only where the server exposes it. */
function retryAfter(header: string | null): number | undefined {
  if (!header) return undefined
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return ms >= 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined
}
