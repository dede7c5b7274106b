import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDemoServer, type DemoServer } from '../../../demo/server/createServer'
import { createClient } from '../../../src/client/createClient'
import { loadBootstrap, serializeBootstrap } from '../../../src/server'
import { definitionsOf, flag, inSegment, rule } from '../../browser/site'

// These tests run against the real local server, over real HTTP.
let server: DemoServer
const warn = vi.fn()
beforeEach(async () => {
  server = await createDemoServer({
    definitions: definitionsOf([
      flag('plain', { sets: ['shop'] }),
      flag('staff', { conditions: [rule('on', inSegment('employees'))] }),
    ]),
    memberships: { ana: { segments: ['employees'] } },
  })
  warn.mockClear()
})
afterEach(() => server.close())

const load = (over: Partial<Parameters<typeof loadBootstrap>[0]> = {}) =>
  loadBootstrap({ sdkKey: 'sdk-key', urls: { sdk: server.apiUrl }, warn, ...over })
const asked = () => server.received.map(({ path }) => path)

describe('loadBootstrap', () => {
  it('gives what a client decides by, which then asks for nothing', async () => {
    const bootstrap = await load({ key: ['ana', { matchingKey: 'bo', bucketingKey: 'b' }] })
    expect(asked().sort()).toEqual(['/memberships/ana', '/memberships/bo', '/splitChanges'])
    for (const [key, treatment] of [
      ['ana', 'on'],
      ['bo', 'off'],
    ] as const) {
      const client = createClient({ sdkKey: 'sdk-key', key, urls: { sdk: server.apiUrl }, bootstrap, logLevel: 'none' })
      expect(client.getTreatment('staff')).toBe(treatment)
      await client.destroy()
    }
    expect(server.received).toHaveLength(3)
    expect(warn).not.toHaveBeenCalled()
  })

  it('sends what the page would send, and asks for the flags that the page would', async () => {
    const bootstrap = await load({ flagSets: ['shop'], headers: (given) => ({ ...given, 'X-Team': 'shop' }) })
    const [request] = server.received
    expect(request?.url).toContain('/splitChanges?s=1.3&since=-1&rbSince=-1&sets=shop')
    expect(request?.headers).toMatchObject({ authorization: 'Bearer sdk-key', 'x-team': 'shop' })
    expect(JSON.stringify(bootstrap)).toContain('"plain"')
    expect(JSON.stringify(bootstrap)).not.toContain('"staff"')
  })

  it('asks by the fetch that it is given, so that answers can be kept', async () => {
    const answers = new Map<string, Promise<Response>>()
    const kept = async (url: string, init: RequestInit) => {
      if (!answers.has(url)) answers.set(url, fetch(url, init))
      return ((await answers.get(url)) as Response).clone()
    }
    for (const key of ['ana', 'bo', 'ana']) await load({ key, fetch: kept })
    expect(asked().sort()).toEqual(['/memberships/ana', '/memberships/bo', '/splitChanges'])
  })

  it('leaves an answer whole that is kept beyond the deadline', async () => {
    const requestTimeoutMs = 1_000
    let answer: Promise<Response> | undefined
    const kept = async (url: string, init: RequestInit) => (await (answer ??= fetch(url, init))).clone()
    const first = await load({ fetch: kept, requestTimeoutMs })
    expect(first).toBeDefined()
    // The deadline itself is waited for: of two timers of the same length, the one that was set first ends first.
    await new Promise((resolve) => setTimeout(resolve, requestTimeoutMs))
    expect(await load({ fetch: kept, requestTimeoutMs })).toEqual(first)
    expect(asked()).toEqual(['/splitChanges'])
  })

  it('aborts a request that is late', async () => {
    const aborted = vi.fn()
    const fetch = (_url: string, { signal }: RequestInit) =>
      new Promise<Response>(() => signal?.addEventListener('abort', aborted))
    await load({ requestTimeoutMs: 20, fetch })
    expect(aborted).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['an error', { fetch: async () => new Response('', { status: 500 }) }, 'status 500'],
    ['an answer of another kind', { fetch: async () => new Response('[]') }, 'another kind'],
    ['text that is no JSON', { fetch: async () => new Response('<html>') }, 'JSON'],
    ['a network that fails', { fetch: () => Promise.reject(new Error('offline')) }, 'offline'],
    [
      'a fetch that hangs and heeds no signal',
      { requestTimeoutMs: 20, fetch: () => new Promise<Response>(() => undefined) },
      'no answer within 20 ms',
    ],
    [
      'an answer that does not end',
      { requestTimeoutMs: 20, fetch: async () => new Response(new ReadableStream()) },
      'no answer within 20 ms',
    ],
  ])('gives undefined after %s, and says so once', async (_what, over, words) => {
    expect(await load({ key: 'ana', ...over })).toBeUndefined()
    expect(warn).toHaveBeenCalledTimes(1)
    expect(warn.mock.calls[0]?.[0]).toContain(words)
  })

  it.each(['flags', '/flags', 'flags/'])('takes a path as createClient does: %s', async (definitions) => {
    await load({ paths: { definitions }, urls: { sdk: `${server.apiUrl}/` } })
    expect(asked()).toEqual(['/flags'])
  })

  it('works with a proxy that speaks the older spec alone', async () => {
    await server.close()
    server = await createDemoServer({ definitions: definitionsOf([flag('plain')]), spec: '1.2' })
    const client = createClient({
      sdkKey: 'sdk-key',
      key: 'ana',
      server: 'none',
      bootstrap: await load(),
      logLevel: 'none',
    })
    expect(client.getTreatment('plain')).toBe('on')
    expect(server.received.map(({ url }) => url.slice(url.indexOf('?')))).toEqual([
      '?s=1.3&since=-1&rbSince=-1',
      '?s=1.2&since=-1',
    ])
    await client.destroy()
    expect(warn).not.toHaveBeenCalled()
  })

  it('leaves out the memberships that could not be had', async () => {
    const bootstrap = await load({
      key: ['ana', 'bo'],
      fetch: async (url, init) => (url.endsWith('/bo') ? new Response('', { status: 503 }) : fetch(url, init)),
    })
    expect(Object.keys(bootstrap?.memberships ?? {})).toEqual(['ana'])
  })

  it.each([
    ['sdkKey', { sdkKey: ' ' }],
    ['key', { key: '' }],
    ['key', { key: ['ana', {} as string] }],
  ])('rejects for a mistake in %s', async (setting, over) => {
    await expect(load(over)).rejects.toMatchObject({ name: 'PennonSettingsError', setting })
    expect(server.received).toEqual([])
  })
})

describe('serializeBootstrap', () => {
  it('cannot end the script that it stands in, and is read as it was', () => {
    const nasty = '</script><!--<script>&\u2028\u2029'
    const bootstrap = { splitChanges: { ff: { d: [{ name: nasty }] } } }
    const text = serializeBootstrap(bootstrap)
    expect(text).not.toMatch(/[<>&\u2028\u2029]/)
    expect(JSON.parse(text)).toEqual(bootstrap)
  })

  it('is null for none, which a client takes', () => {
    expect(serializeBootstrap(undefined)).toBe('null')
    const client = createClient({ sdkKey: 'a', key: 'b', server: 'none', bootstrap: null, logLevel: 'none' })
    expect(client.getTreatment('plain')).toBe('control')
  })
})
