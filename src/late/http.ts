import ky from 'ky'
import { request } from '../browser/request'
import { setDeadline } from '../browser/setDeadline'
import { LONGEST_PAUSE_MS } from './backoff'
import type { Clock } from '../browser/clock'
import type { FirstAnswer } from '../definitions/types'
import type { Headers } from '../shared/headers'

/** The door to the network. Never rejects: a fault is an answer without status. */
export interface Http {
  /** @param options.underWay the answer to this very request, if it was sent before: none is sent then */
  get(
    url: string,
    options?: { noCache?: boolean; signal?: AbortSignal; underWay?: Promise<FirstAnswer> | undefined },
  ): Promise<HttpAnswer>
  post(
    url: string,
    body: string,
    options?: { headers?: Record<string, string>; keepalive?: boolean; signal?: AbortSignal },
  ): Promise<HttpAnswer>
}

export interface HttpAnswer {
  /** The status; undefined when no answer came: network, time-out, abort. */
  readonly status: number | undefined
  /** The `type` of the response. A redirect of a post, `opaqueredirect`, is not followed: what answers there is not the service. */
  readonly type?: string
  /** The pause that the server asked for, ms, where the browser lets us read it. */
  readonly retryAfterMs?: number | undefined
  /** The body of a good answer to a `get`; undefined when no answer came. @throws when it is no JSON */
  json(): unknown
}

interface HttpParts {
  headers: Headers
  timeoutMs: number
  clock: Pick<Clock, 'now' | 'elapsed' | 'after'>
  /** Called with whether a request was answered; not for one that was aborted. */
  onOutcome?: (url: string, isAnswered: boolean) => void
}

/** Longest wait for the end of an answer to a post, ms. Its body says nothing and usually ends with the headers; else it is aborted. */
const ENDING_MS = 500
/** A body that was too slow doubles the deadline of the next ones while that is shorter than this, ms. */
const LONG_BODY_MS = 60_000

export function createHttp({ headers, timeoutMs, clock, onOutcome }: HttpParts): Http {
  /** Deadline of an answer with its body, ms. A request that is repeated would otherwise be too slow again, for ever. */
  let bodyMs = timeoutMs
  const ask = async (
    url: string,
    init: RequestInit & { method: string; headers: Record<string, string> },
    { signal, underWay }: { signal?: AbortSignal | undefined; underWay?: Promise<FirstAnswer> | undefined } = {},
  ): Promise<HttpAnswer> => {
    const start = clock.elapsed()
    // Each request has a signal of its own: ky never removes its listener, so that a signal shared by all posts of a page would keep
    // every body in memory.
    const ending = new AbortController()
    const stop = () => ending.abort()
    if (signal?.aborted) stop()
    try {
      signal?.addEventListener('abort', stop)
      /** Rejects when the work has not ended by this time of `elapsed`, and when the request is aborted. */
      const endBy = <T>(by: number, work: Promise<T>) =>
        new Promise<T>((resolve, reject) => {
          const stopTimer = setDeadline(clock, by - clock.elapsed(), reject as () => void)
          ending.signal.addEventListener('abort', reject)
          work.then(resolve, reject).finally(stopTimer)
        })
      // ky does not see the options of the request: it would copy the body of a long post twice, in one task.
      const answer = ky(url, {
        signal: ending.signal,
        // ky's timer may run before an answer that came while the page was busy. A GET is repeated then; a post would arrive twice.
        timeout: init.method === 'GET' && timeoutMs,
        // The caller decides what happens after a fault, because it sees the whole queue.
        retry: 0,
        throwHttpErrors: false,
        fetch: async (input) =>
          underWay ? (await underWay).response : request(url, { ...init, signal: (input as Request).signal }),
      })
      const response = await endBy(start + timeoutMs, answer)
      // The status is the answer. A body is read only where it brings something: a server may never end it otherwise.
      const isRead = init.method === 'GET' && response.ok
      let text = ''
      if (isRead)
        text = underWay
          ? (await underWay).text
          : await endBy(start + bodyMs, response.text()).catch((why: unknown) => {
              if (bodyMs < LONG_BODY_MS) bodyMs *= 2
              throw why
            })
      // Until its answer has ended, browsers count the bytes of a keepalive request, and refuse the next one.
      else if (init.keepalive) await endBy(clock.elapsed() + ENDING_MS, response.text()).catch(stop)
      else response.body?.cancel().catch(() => undefined)
      onOutcome?.(url, true)
      return {
        status: response.status,
        type: response.type,
        retryAfterMs: retryAfter(response.headers.get('Retry-After') ?? '', clock),
        json: () => JSON.parse(text) as unknown,
      }
    } catch {
      // Otherwise the rest of a slow body would be on its way beside the next attempt.
      stop()
      if (!signal?.aborted) onOutcome?.(url, false)
      return { status: undefined, json: () => undefined }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  return {
    get: (url, { noCache, signal, underWay } = {}) =>
      ask(
        url,
        // The application's function `headers` is called for requests that are sent, not again for one that is under way.
        { method: 'GET', headers: underWay ? {} : headers(noCache ? { 'Cache-Control': 'no-cache' } : {}) },
        { signal, underWay },
      ),
    post: (url, body, { headers: extra, keepalive = false, signal } = {}) =>
      ask(url, { method: 'POST', headers: headers(extra), body, keepalive, redirect: 'manual' }, { signal }),
  }
}

/** A `Retry-After`, which has seconds or a date, as ms from now. Across origins it is readable only where the server exposes it. */
function retryAfter(header: string, clock: HttpParts['clock']): number | undefined {
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : +new Date(header) - clock.now()
  return ms >= 0 ? Math.min(ms, LONGEST_PAUSE_MS) : undefined
}
