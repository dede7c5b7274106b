import { vi } from 'vitest'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { createFirstRequests } from '../../../../src/definitions/firstRequests'
import { createKeys } from '../../../../src/definitions/keys'
import { createService } from '../../../../src/definitions/service'
import { createHub } from '../../../../src/shared/hub'
import { createPolling } from '../../../../src/late/sync/polling'
import { createFakeClock, splitChanges } from '../../definitions/fakes'
import type { CacheContent } from '../../../../src/definitions/definitionsCache'
import type { Change, HubEvents } from '../../../../src/shared/hub'
import type { HttpAnswer } from '../../../../src/late/http'

/** An answer of the fake server: a body, a status, or none (`undefined`). */
export type Reply = object | number | undefined | Promise<object | number | undefined>

export interface Request {
  at: number
  url: string
  noCache: boolean
  signal: AbortSignal | undefined | null
  /** The request was sent by the first file. */
  isFirst: boolean
}

interface PollingOptions {
  reply?: (request: Request) => Reply
  retryAfterMs?: number
  settings?: Partial<Parameters<typeof createPolling>[0]>
  filter?: Parameters<typeof createService>[2]
  /** The content of the cache. */
  cached?: CacheContent
}

export const NO_MEMBERSHIPS = { ms: { k: [] }, ls: { k: [] } }

export function answerOf(body: unknown, status: number | undefined, retryAfterMs?: number): HttpAnswer {
  return {
    status,
    retryAfterMs,
    json: () => {
      if (typeof body === 'string') throw new SyntaxError(body)
      return body
    },
  }
}

/** The body of an answer; that of a malformed one is no JSON. */
function textOf(json: HttpAnswer['json']): string {
  try {
    return JSON.stringify(json())
  } catch {
    return 'malformed'
  }
}

/** Polling, with the first requests that it takes over, against a fake server, page and clock. */
export function openPolling({ reply, retryAfterMs, settings = {}, filter = {}, cached }: PollingOptions = {}) {
  const clock = createFakeClock()
  const start = clock.now()
  const hub = createHub({ error: vi.fn() } as never)
  const keys = createKeys(hub)
  const service = createService('https://sdk.test/api/splitChanges', 'https://sdk.test/api/memberships', filter)
  const definitions = createDefinitions({
    accepts: service.accepts,
    onCorrupt: () => hub.emit('corrupt', undefined),
  })
  const requests: Request[] = []
  const server = {
    reply: reply ?? (({ url }: Request) => (url.includes('/splitChanges') ? splitChanges(10, [], 5) : NO_MEMBERSHIPS)),
    retryAfterMs,
  }
  const state = { isActive: true }
  const listeners = new Set<() => void>()
  const page = {
    isActive: () => state.isActive,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }

  const heard = {
    onCache: vi.fn<(confirmedAt: number | undefined, change: Change | undefined) => void>(),
    onDefinitions: vi.fn<(change: Change | undefined) => void>(),
    onMemberships: vi.fn<(matchingKey: string, isChanged: boolean, source: 'cache' | 'network') => void>(),
    onError: vi.fn<(error: Error) => void>(),
    onRefused: vi.fn<(matchingKey: string | undefined) => void>(),
    onOver: vi.fn<() => void>(),
  }
  hub.on('definitions', ({ source, change }: HubEvents['definitions']) => {
    if (source === 'cache') heard.onCache(definitions.confirmedAt(), change)
    else heard.onDefinitions(change)
  })
  hub.on('memberships', ({ matchingKey, isChanged }) =>
    heard.onMemberships(matchingKey, isChanged, keys.get(matchingKey)?.state === 'confirmed' ? 'network' : 'cache'),
  )
  hub.on('fault', heard.onError)
  hub.on('refused', ({ matchingKey }) => heard.onRefused(matchingKey))
  hub.on('over', () => heard.onOver())

  const ask = async (url: string, noCache: boolean, signal: Request['signal'], isFirst: boolean) => {
    const path = url.replace('https://sdk.test/api', '')
    const request = { at: clock.now() - start, url: path, noCache, signal, isFirst }
    requests.push(request)
    const answer = await server.reply(request)
    const status = typeof answer === 'object' ? 200 : answer
    return answerOf(answer, signal?.aborted ? undefined : status, server.retryAfterMs)
  }
  // The first file sends its requests by `fetch` itself.
  vi.stubGlobal('fetch', async (url: string, { signal }: RequestInit) => {
    const { status, json } = await ask(url, false, signal, true)
    if (status === undefined) throw new TypeError('no answer')
    const text = () => Promise.resolve(textOf(json))
    return { ok: status >= 200 && status < 300, status, text } as Response
  })
  const firstRequests = createFirstRequests({
    service,
    headers: () => ({}),
    definitions,
    keys,
    hub,
    // There are no deadlines: a late answer is late on purpose.
    timeoutMs: 1e12,
    clock,
  })
  const polling = createPolling({
    http: {
      async get(url, { noCache = false, signal, underWay } = {}) {
        if (!underWay) return ask(url, noCache, signal, false)
        try {
          const { response, text } = await underWay
          return {
            ...answerOf(undefined, response.status, server.retryAfterMs),
            json: () => JSON.parse(text) as unknown,
          }
        } catch {
          return answerOf(undefined, undefined)
        }
      },
    },
    service,
    definitions,
    keys,
    firstRequests,
    writer: undefined,
    hub,
    mayStoreUser: () => true,
    page,
    clock,
    isProxied: false,
    settings: { definitionsRefreshMs: 60_000, membershipsRefreshMs: 60_000 },
    // There is no jitter, so that tests know the times.
    backoff: (failures) => Math.min(1000 * 2 ** failures, 60_000),
    ...settings,
  })
  /** Loads the content of the cache, as the first file does. */
  const load = ({ definitions: found, memberships }: CacheContent) => {
    for (const [matchingKey, answer] of memberships) keys.load(matchingKey, answer)
    const change = found && definitions.load(found)
    if (change) hub.emit('definitions', { source: 'cache', change })
  }

  return {
    polling,
    keys,
    hub,
    definitions,
    firstRequests,
    page,
    clock,
    server,
    requests,
    ...heard,
    listeners,
    load,
    /** Begins a page: the cache was read, the first file sends its requests, and the second one is there. */
    start() {
      if (cached) load(cached)
      firstRequests.ask()
      polling.start()
    },
    /** Ends the page, in the order in which the first file does. */
    stop() {
      firstRequests.abort()
      polling.stop()
    },
    /** Requests since the last call, as `seconds path`. */
    asked: () => requests.splice(0).map(({ at, url }) => `${at / 1000} ${url}`),
    /** Hides or shows the page, or takes it off line and back. */
    setActive: (isActive: boolean) => {
      state.isActive = isActive
      for (const listener of [...listeners]) listener()
    },
  }
}
