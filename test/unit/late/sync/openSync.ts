import { vi } from 'vitest'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { createFilter } from '../../../../src/late/sync/filter'
import { createSync } from '../../../../src/late/sync/sync'
import { createFakeClock, splitChanges } from '../../definitions/fakes'
import type { HttpAnswer } from '../../../../src/late/http'

/** What a fake server says: an answer's body, a status, or nothing (`undefined`). */
export type Reply = object | number | undefined | Promise<object | number | undefined>

export interface Request {
  at: number
  url: string
  noCache: boolean
  signal: AbortSignal | undefined
}

interface SyncOptions {
  reply?: (request: Request) => Reply
  retryAfterMs?: number
  settings?: Partial<Parameters<typeof createSync>[0]>
  filter?: Parameters<typeof createFilter>[0]
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

/** A sync against a fake server, page and clock. */
export function openSync({ reply, retryAfterMs, settings = {}, filter: filterParts = {} }: SyncOptions = {}) {
  const clock = createFakeClock()
  const start = clock.now()
  const filter = createFilter(filterParts)
  const definitions = createDefinitions({ accepts: filter.accepts, onCorrupt: () => sync.recover() })
  const requests: Request[] = []
  const server = {
    reply: reply ?? (({ url }: Request) => (url.includes('/splitChanges') ? splitChanges(10, [], 5) : NO_MEMBERSHIPS)),
    retryAfterMs,
  }
  const state = { isActive: true }
  const listeners = new Set<() => void>()
  const heard = {
    onCache: vi.fn(),
    onDefinitions: vi.fn(),
    onMemberships: vi.fn(),
    onError: vi.fn<(error: Error) => void>(),
  }
  const page = {
    isActive: () => state.isActive,
    onChange: (listener: () => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const sync = createSync({
    http: {
      async get(url, { noCache = false, signal } = {}) {
        const request = { at: clock.now() - start, url: url.replace('https://sdk.test/api', ''), noCache, signal }
        requests.push(request)
        const answer = await server.reply(request)
        const status = typeof answer === 'object' ? 200 : answer
        return answerOf(answer, signal?.aborted ? undefined : status, server.retryAfterMs)
      },
    },
    definitions,
    store: undefined,
    mayStoreUser: () => true,
    page,
    clock,
    filter,
    definitionsUrl: 'https://sdk.test/api/splitChanges',
    membershipsUrl: 'https://sdk.test/api/memberships',
    isProxy: false,
    definitionsRefreshMs: 60_000,
    membershipsRefreshMs: 60_000,
    // No jitter, so that times can be told.
    backoff: (failures) => Math.min(1000 * 2 ** failures, 60_000),
    ...heard,
    ...settings,
  })
  return {
    sync,
    definitions,
    page,
    clock,
    server,
    requests,
    ...heard,
    listeners,
    /** Requests since the last call, as `seconds path`. */
    asked: () => requests.splice(0).map(({ at, url }) => `${at / 1000} ${url}`),
    /** Hides or shows the page, or takes it off line and back. */
    setActive: (isActive: boolean) => {
      state.isActive = isActive
      for (const listener of [...listeners]) listener()
    },
  }
}
