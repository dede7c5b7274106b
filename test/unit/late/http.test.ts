import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHeaders } from '../../../src/shared/headers'
import { createLog as createSilentLog, plainly } from '../../../src/shared/log'
import { clock } from '../../../src/browser/clock'
import { SDK_VERSION } from '../../../src/shared/version'
import { createHttp } from '../../../src/late/http'

let server: Server
let url: string
let handle: (request: IncomingMessage, response: ServerResponse) => void
const requests: { method: string | undefined; headers: IncomingMessage['headers']; body: string }[] = []
const lines: string[] = []

beforeEach(async () => {
  handle = (_request, response) => response.end('{"answer":42}')
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      requests.push({ method: request.method, headers: request.headers, body })
      handle(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/x`
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  requests.length = lines.length = 0
  vi.unstubAllGlobals()
})

/** What the first file makes of an answer. */
const firstAnswer = async (underWay: Promise<Response>) => {
  const response = await underWay
  return { response, text: response.ok ? await response.text() : '' }
}
const say = (line: string) => void lines.push(line)
/** A log whose texts are there. */
const createLog = () => {
  const log = createSilentLog({ debug: say, info: say, warn: say, error: say }, 'debug')
  log.speak(plainly)
  return log
}
const open = (more: Partial<Parameters<typeof createHttp>[0]> = {}) =>
  createHttp({
    timeoutMs: 5_000,
    clock,
    headers: createHeaders('sdk-key', undefined, createLog()),
    ...more,
  })
const own = {
  accept: 'application/json',
  'content-type': 'application/json',
  authorization: 'Bearer sdk-key',
  splitsdkversion: SDK_VERSION,
}

describe('a request', () => {
  it('carries the headers of the protocol and no others of ours', async () => {
    await open().get(url)
    await open().get(url, { noCache: true })
    await open().post(url, '[]', { headers: { SplitSDKImpressionsMode: 'DEBUG' } })
    const added = (n: number) => {
      const { headers } = requests[n] as (typeof requests)[0]
      const byNode = ['host', 'connection', 'user-agent', 'accept-encoding', 'accept-language', 'sec-fetch-mode']
      return Object.fromEntries(
        Object.entries(headers).filter(([name]) => ![...byNode, 'content-length', 'transfer-encoding'].includes(name)),
      )
    }
    expect(added(0)).toEqual(own)
    // Undici adds Pragma to a request that is not to be cached.
    expect(added(1)).toMatchObject({ ...own, 'cache-control': 'no-cache' })
    expect(added(2)).toEqual({ ...own, splitsdkimpressionsmode: 'DEBUG' })
    expect(requests[2]).toMatchObject({ method: 'POST', body: '[]' })
  })

  it('leaves no trace of who asks, and outlives the page when told to', async () => {
    const seen: unknown[][] = []
    vi.stubGlobal('fetch', (...call: unknown[]) => {
      seen.push(call)
      return Promise.resolve(new Response('{}'))
    })
    await open().post(url, '[]', { keepalive: true })
    // `fetch` gets the address and plain options, which scripts that wrap it can read.
    expect(seen[0]?.[0]).toBe(url)
    expect(seen[0]?.[1]).toMatchObject({ credentials: 'omit', referrerPolicy: 'no-referrer', keepalive: true })
  })

  it('has its headers changed by the application; what that throws stays there', async () => {
    const log = createLog()
    await open({ headers: createHeaders('sdk-key', (headers) => ({ ...headers, 'X-Proxy': 'mine' }), log) }).get(url)
    expect(requests[0]?.headers['x-proxy']).toBe('mine')
    const throws = () => {
      throw new Error('mine')
    }
    const thrower = open({ headers: createHeaders('sdk-key', throws, log) })
    await thrower.get(url)
    await thrower.get(url)
    expect(requests[2]?.headers).toMatchObject(own)
    expect(lines).toHaveLength(1)
  })
})

describe('an answer', () => {
  it('to a post that came while the page was busy, for longer than an answer may take, is heard', async () => {
    // A server in a thread of its own answers while this one is busy.
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads')
      const server = require('node:http').createServer((_, response) => response.end('{}'))
      server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))`,
      { eval: true },
    )
    const port = await new Promise<number>((resolve) => worker.once('message', resolve))
    const { post } = open({ timeoutMs: 2_000 })
    const answer = post(`http://127.0.0.1:${port}/`, '[]')
    setTimeout(() => {
      const end = performance.now() + 2_500
      while (performance.now() < end);
    })
    expect((await answer).status).toBe(200)
    await worker.terminate()
  })

  it('has status and JSON, whatever the status', async () => {
    const answer = await open().get(url)
    expect([answer.status, answer.json()]).toEqual([200, { answer: 42 }])
    handle = (_request, response) => response.writeHead(503).end('busy')
    const busy = await open().get(url)
    expect(busy.status).toBe(503)
    expect(() => busy.json()).toThrow()
  })

  it('is asked for once: who asked decides what happens after a fault', async () => {
    handle = (_request, response) => response.writeHead(503).end()
    await open().get(url)
    await open().post(url, '[]')
    expect(requests).toHaveLength(2)
  })

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['999999', 3_600_000],
    ['Sun Nov  6 08:49:37 2094', 3_600_000],
    ['2094-11-06T08:49:37Z', 3_600_000],
    ['soon', undefined],
    ['-3', undefined],
  ])('says how long to wait: Retry-After %s', async (header, ms) => {
    handle = (_request, response) => response.writeHead(429, { 'Retry-After': header }).end()
    expect((await open().get(url)).retryAfterMs).toBe(ms)
  })

  it('says until when to wait', async () => {
    const until = new Date(Date.now() + 60_000).toUTCString()
    handle = (_request, response) => response.writeHead(503, { 'Retry-After': until }).end()
    const longest = Date.parse(until) - Date.now()
    const { retryAfterMs } = await open().get(url)
    expect(retryAfterMs).toBeLessThanOrEqual(longest)
    expect(retryAfterMs).toBeGreaterThanOrEqual(Date.parse(until) - Date.now())
  })

  it('is read to its end, however slowly that comes', async () => {
    handle = (_request, response) => {
      response.write('{"answer":')
      setTimeout(() => response.end('42}'), 50)
    }
    expect((await open().get(url)).json()).toEqual({ answer: 42 })
  })

  it('that is a redirect says so', async () => {
    const types: Response['type'][] = ['opaqueredirect', 'cors']
    vi.stubGlobal('fetch', async () => Object.defineProperty(new Response(), 'type', { value: types.shift() }))
    expect((await open().post(url, '[]')).type).toBe('opaqueredirect')
    expect((await open().post(url, '[]')).type).toBe('cors')
  })
})

it('whether a request was answered is told, whatever the answer; nothing of one that was aborted', async () => {
  const outcomes: unknown[] = []
  const http = open({ onOutcome: (...outcome) => outcomes.push(outcome) })
  const controller = new AbortController()
  handle = (_request, response) => response.writeHead(503).end()
  await http.get(url)
  handle = (request) => request.socket.destroy()
  await http.post(url, '[]')
  handle = () => controller.abort()
  await http.get(url, { signal: controller.signal })
  expect(outcomes).toEqual([
    [url, true],
    [url, false],
  ])
})

describe('no answer', () => {
  it('is one without status: a connection that is cut', async () => {
    handle = (request) => request.socket.destroy()
    const answer = await open().get(url)
    expect([answer.status, answer.json()]).toEqual([undefined, undefined])
  })

  it('is one without status: a server that hangs, before or in its body', async () => {
    handle = () => undefined
    expect((await open({ timeoutMs: 50 }).get(url)).status).toBeUndefined()
    handle = (_request, response) => void response.write('{"a":')
    expect((await open({ timeoutMs: 50 }).get(url)).status).toBeUndefined()
  })

  it('ends the request whose body does not end in time, and each further body gets twice the time', async () => {
    const closed = new Promise<void>((resolve) => {
      handle = (_request, response) => {
        response.on('close', resolve)
        response.write('{"a":')
      }
    })
    const http = open({ timeoutMs: 50 })
    expect((await http.get(url)).status).toBeUndefined()
    await closed
    handle = (_request, response) => {
      response.write('{"a":')
      setTimeout(() => response.end('1}'), 500)
    }
    const statuses: unknown[] = []
    // A busy machine may bring the headers too late, too.
    while (statuses.length < 20 && !statuses.at(-1)) statuses.push((await http.get(url)).status)
    expect(statuses.at(-1)).toBe(200)
    expect(statuses.length).toBeGreaterThan(2)
  })

  it.each([
    ['a post', 200, () => open().post(url, '[]')],
    ['a question that was refused', 400, () => open().get(url)],
  ])('is not waited for in a body that nobody reads: %s', async (_what, status, ask) => {
    handle = (_request, response) => void response.writeHead(status).write('{"a":')
    expect((await ask()).status).toBe(status)
  })

  it('is not waited for in the body of any status but that of a good answer, which is let go of', async () => {
    for (let status = 300; status < 600; status++) {
      for (const ask of [
        () => open({ timeoutMs: 50 }).get(url),
        () => open({ timeoutMs: 50 }).get(url, { underWay: firstAnswer(fetch(url)) }),
        () => open({ timeoutMs: 50 }).post(url, '[]'),
      ]) {
        const cancel = vi.fn()
        vi.stubGlobal('fetch', () =>
          // An answer of this status has no body.
          Promise.resolve(new Response(status === 304 ? null : new ReadableStream({ cancel }), { status })),
        )
        expect((await ask()).status).toBe(status)
        expect([status, cancel.mock.calls.length]).toEqual([status, status === 304 ? 0 : 1])
      }
    }
  })

  it('to a post that outlives the page is there when its body has ended, of which browsers count it, or half a second later', async () => {
    const events: string[] = []
    const ended = new Promise<void>((resolve) => {
      handle = (_request, response) => {
        response.write('{')
        setTimeout(() => {
          events.push('ended')
          response.end('}')
          resolve()
        }, 50)
      }
    })
    expect((await open().post(url, '[]', { keepalive: true })).status).toBe(200)
    events.push('answered')
    await ended
    expect(events).toEqual(['ended', 'answered'])
    // A body that never ends is aborted.
    const closed = new Promise<void>((resolve) => {
      handle = (_request, response) => {
        response.on('close', resolve)
        response.write('{')
      }
    })
    expect((await open().post(url, '[]', { keepalive: true })).status).toBe(200)
    await closed
  })

  it('comes from a request that is under way, once', async () => {
    const underWay = firstAnswer(fetch(url))
    const headers = vi.fn(() => ({}))
    expect((await open({ headers }).get(url, { underWay })).json()).toEqual({ answer: 42 })
    expect(requests).toHaveLength(1)
    expect(headers).not.toHaveBeenCalled()
    expect((await open().get(url, { underWay: Promise.reject(new Error('aborted')) })).status).toBeUndefined()
    expect((await open({ timeoutMs: 50 }).get(url, { underWay: new Promise(() => undefined) })).status).toBeUndefined()
  })

  it('is one without status: a script on the page refuses every listener, those of signals too', async () => {
    const outcomes: boolean[] = []
    vi.spyOn(EventTarget.prototype, 'addEventListener').mockImplementation(() => {
      throw new TypeError('no')
    })
    const { signal } = new AbortController()
    const answer = await open({ onOutcome: (_url, is) => outcomes.push(is) }).get(url, { signal })
    expect([answer.status, ...outcomes]).toEqual([undefined, false])
  })

  it('leaves nothing behind on a signal that outlives many requests', async () => {
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')
    await open().get(url, { signal })
    await open().post(url, '[]', { signal })
    handle = (request) => request.socket.destroy()
    await open().get(url, { signal })
    expect(added.mock.calls.length).toBeGreaterThan(2)
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })

  it('is one without status: a request that was aborted, before or meanwhile', async () => {
    const controller = new AbortController()
    handle = () => controller.abort()
    expect((await open().get(url, { signal: controller.signal })).status).toBeUndefined()
    expect((await open().get(url, { signal: controller.signal })).status).toBeUndefined()
    expect(requests).toHaveLength(1)
  })

  it('is one without status: a request that is aborted while its answer is read, of a page whose `fetch` hears of no signal', async () => {
    const controller = new AbortController()
    vi.stubGlobal('fetch', async () => {
      setTimeout(() => controller.abort(), 20)
      return new Response(new ReadableStream())
    })
    const answer = await open({ timeoutMs: 60_000 }).get(url, { signal: controller.signal })
    expect(answer.status).toBeUndefined()
  })
})
