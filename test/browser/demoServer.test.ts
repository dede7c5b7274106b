import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'

const auth = { Authorization: 'Bearer a-key' }

const definitions = {
  ff: {
    s: -1,
    t: 300,
    d: [
      { name: 'alpha', changeNumber: 100, trafficTypeName: 'account', sets: ['one'] },
      { name: 'beta', changeNumber: 200, trafficTypeName: null, sets: null },
      { name: 'a,b', changeNumber: 300 },
    ],
  },
  rbs: { s: -1, t: 5, d: [{ name: 'segment', changeNumber: 5 }] },
}

let server: DemoServer

beforeEach(async () => {
  server = await createDemoServer({
    definitions,
    memberships: {
      ada: { segments: ['employees'], largeSegments: ['everyone'] },
      'a/b ä': { ms: { k: [{ n: 'wire' }], cn: 7 }, ls: {} },
    },
  })
})
afterEach(() => server.close())

const get = (path: string, headers: Record<string, string> = auth) => fetch(server.apiUrl + path, { headers })
const post = (path: string, body: unknown, headers: Record<string, string> = auth) =>
  fetch(server.apiUrl + path, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  })
/**
 * The status of a request on a connection of its own, without what fetch adds: it tidies the path, keeps connections and
 * sends `sec-fetch-mode: cors`.
 */
const request = (url: string, { body = '', ...options }: RequestOptions & { body?: string }) =>
  new Promise<number | undefined>((resolve, reject) => {
    httpRequest(url, { agent: false, method: body ? 'POST' : 'GET', ...options }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end(body)
  })
const names = async (query: string) => {
  const { ff } = (await (await get(`/splitChanges?s=1.3${query}`)).json()) as typeof definitions
  return ff.d.map((flag) => flag.name)
}

describe('definitions and memberships', () => {
  it('answers everything at first, then only what is newer', async () => {
    expect(await (await get('/splitChanges?s=1.3&since=-1&rbSince=-1')).json()).toEqual(definitions)
    expect(await (await get('/splitChanges?s=1.3&since=200&rbSince=5')).json()).toEqual({
      ff: { s: 200, t: 300, d: [definitions.ff.d[2]] },
      rbs: { s: 5, t: 5, d: [] },
    })
  })

  it('filters by set, name and prefix', async () => {
    expect(await names('&since=-1&sets=one,other')).toEqual(['alpha'])
    expect(await names('&since=-1&names=beta,a%2Cb')).toEqual(['beta', 'a,b'])
    expect(await names('&since=-1&names=beta&prefixes=al')).toEqual(['alpha', 'beta'])
    expect(await names('&since=-1&names=%E0%A4%A')).toEqual([])
  })

  it('speaks spec 1.2, in its file and in its answers', async () => {
    server.setDefinitions({ splits: definitions.ff.d, since: -1, till: 300 })
    expect(await (await get('/splitChanges?s=1.2&since=100')).json()).toEqual({
      splits: definitions.ff.d.slice(1),
      since: 100,
      till: 300,
    })
  })

  it('serves new definitions at run time, and archives what went away', async () => {
    server.setDefinitions({ ff: { d: [{ name: 'alpha', changeNumber: 400 }], s: -1, t: 400 } })
    const { ff } = (await (await get('/splitChanges?s=1.3&since=300&rbSince=5')).json()) as typeof definitions
    expect(ff.t).toBe(400)
    expect(ff.d.map(({ name, status }: { name: string; status?: string }) => [name, status])).toEqual([
      ['alpha', undefined],
      ['beta', 'ARCHIVED'],
      ['a,b', 'ARCHIVED'],
    ])
    expect(await names('&since=-1')).toEqual(['alpha'])
  })

  it('takes a definition without a version to be as new as its document', async () => {
    server.setDefinitions({ ff: { d: [{ name: 'alpha' }], s: -1, t: 400 } })
    expect(await names('&since=300')).toContain('alpha')
    expect(await names('&since=400')).toEqual([])
  })

  it('answers memberships in both shapes of the file, and none for a stranger', async () => {
    expect(await (await get('/memberships/ada')).json()).toMatchObject({
      ms: { k: [{ n: 'employees' }] },
      ls: { k: [{ n: 'everyone' }] },
    })
    expect(await (await get(`/memberships/${encodeURIComponent('a/b ä')}`)).json()).toMatchObject({
      ms: { k: [{ n: 'wire' }], cn: 7 },
      ls: { k: [] },
    })
    expect(await (await get('/memberships/constructor')).json()).toMatchObject({ ms: { k: [] }, ls: { k: [] } })
    const before = (await (await get('/memberships/ada')).json()) as { ms: { cn: number } }
    server.setMemberships({})
    const after = (await (await get('/memberships/ada')).json()) as { ms: { k: unknown[]; cn: number } }
    expect(after.ms.k).toEqual([])
    expect(after.ms.cn).toBeGreaterThan(before.ms.cn)
  })
})

describe('telemetry', () => {
  const bulk = [{ f: 'alpha', i: [{ k: 'ada', t: 'on', m: 1000, c: 100, r: 'in segment x', b: 'bucket', pt: 900 }] }]

  it('stores impressions with what only a receiver knows', async () => {
    const before = Date.now()
    const response = await post('/testImpressions/bulk', bulk, {
      ...auth,
      SplitSDKVersion: 'pennon-1.2.3',
      SplitSDKImpressionsMode: 'OPTIMIZED',
    })
    expect(response.status).toBe(200)
    const [row] = server.impressions()
    expect(row).toEqual({
      id: 1,
      receivedAt: expect.any(Number),
      environmentId: server.environment.id,
      environmentName: 'Development',
      trafficTypeId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      trafficTypeName: 'account',
      transport: 'fetch',
      sdk: 'pennon-1.2.3',
      mode: 'OPTIMIZED',
      flag: 'alpha',
      key: 'ada',
      bucketingKey: 'bucket',
      treatment: 'on',
      label: 'in segment x',
      changeNumber: 100,
      time: 1000,
      previousTime: 900,
      properties: null,
    })
    expect(row?.receivedAt).toBeGreaterThanOrEqual(before)
  })

  it('stores what comes by beacon, with key, SDK and mode from the body', async () => {
    const wrap = (entries: unknown) => ({ entries, token: 'a-key', sdk: 'pennon-1.2.3' })
    const beacon = (path: string, body: unknown) => request(server.apiUrl + path, { body: JSON.stringify(body) })
    const impression = { f: 'beta', i: [{ k: 'ada', t: 'off', m: 1 }] }
    const event = {
      eventTypeId: 'sale',
      trafficTypeName: 'account',
      value: 1.5,
      timestamp: 5,
      key: 'ada',
      properties: null,
    }
    const answers = await Promise.all([
      beacon('/testImpressions/beacon', { ...wrap([impression]), sim: 'DEBUG' }),
      beacon('/testImpressions/count/beacon', wrap({ pf: [{ f: 'alpha', m: 3_600_000, rc: 4 }] })),
      beacon('/v1/keys/cs/beacon', wrap({ keys: [{ k: 'ada', fs: ['alpha', 'beta'] }] })),
      beacon('/events/beacon', wrap([event])),
    ])
    expect(answers).toEqual([200, 200, 200, 200])
    const expected = { transport: 'beacon', sdk: 'pennon-1.2.3', trafficTypeName: 'user' }
    expect(server.impressions()).toMatchObject([{ ...expected, mode: 'DEBUG', label: null, changeNumber: null }])
    expect(server.counts()).toMatchObject([{ ...expected, trafficTypeName: 'account', hour: 3_600_000, count: 4 }])
    expect(server.uniqueKeys()).toMatchObject([
      { flag: 'alpha', key: 'ada' },
      { flag: 'beta', key: 'ada' },
    ])
    expect(server.events()).toMatchObject([{ ...expected, trafficTypeName: 'account', type: 'sale', value: 1.5 }])
    expect(server.totals()).toEqual({ impressions: 1, impressionsAtHide: 1, counts: 4, uniqueKeys: 2, events: 1 })
  })

  it('takes nothing from a request that it refuses', async () => {
    const cases: [string, unknown][] = [
      ['/testImpressions/bulk', 'not json'],
      ['/testImpressions/bulk', 'null'],
      ['/testImpressions/bulk', {}],
      ['/testImpressions/bulk', [...bulk, { f: 'x', i: [{ k: 1, t: 'on', m: 1 }] }]],
      // Whole numbers, and moments that there are. JSON can spell what is no number at all.
      ['/testImpressions/bulk', [{ f: 'x', i: [{ k: 'a', t: 'on', m: 1, c: 1.5 }] }]],
      ['/testImpressions/bulk', [{ f: 'x', i: [{ k: 'a', t: 'on', m: 1.5 }] }]],
      ['/testImpressions/bulk', [{ f: 'x', i: [{ k: 'a', t: 'on', m: 9e15 }] }]],
      ['/testImpressions/bulk', [{ f: 'x', i: [{ k: 'a', t: 'on', m: 1, pt: -9e15 }] }]],
      ['/testImpressions/count', { pf: [{ f: 'x', m: 0, rc: 0.5 }] }],
      ['/events/bulk', '[{"eventTypeId":"e","trafficTypeName":"user","key":"a","timestamp":1,"value":1e999}]'],
      ['/testImpressions/count', { pf: [null] }],
      ['/v1/keys/cs', { keys: [{ k: 'a', fs: 'b' }] }],
      ['/events/bulk', [{}]],
      ['/events/beacon', { token: 'a-key' }],
    ]
    for (const [path, body] of cases) expect((await post(path, body)).status, JSON.stringify(body)).toBe(400)
    expect((await post('/testImpressions/bulk', bulk, {})).status).toBe(401)
    expect((await post('/testImpressions/beacon', { entries: bulk, sdk: 'x' })).status).toBe(401)
    expect((await post('/testImpressions/bulk', `"${'x'.repeat(6 << 20)}"`)).status).toBe(413)
    expect(server.totals()).toEqual({ impressions: 0, impressionsAtHide: 0, counts: 0, uniqueKeys: 0, events: 0 })
  })
})

describe('HTTP', () => {
  it('asks for an SDK key, and knows its paths and methods', async () => {
    const status = async (method: string, path: string, headers: Record<string, string>) =>
      (await fetch(server.apiUrl + path, { method, headers })).status
    for (const path of ['/splitChanges?s=1.3&since=-1', '/memberships/ada', '/v2/auth']) {
      expect(await status('GET', path, {}), path).toBe(401)
      expect(await status('GET', path, { Authorization: 'Bearer ' }), path).toBe(401)
      expect(await status('DELETE', path, auth), path).toBe(405)
    }
    expect(await status('GET', '/testImpressions/bulk', auth)).toBe(405)
    expect(await status('GET', '/elsewhere', auth)).toBe(404)
    expect(await status('GET', '/memberships', auth)).toBe(404)
    expect(await status('GET', '/memberships/a/b', auth)).toBe(404)
    expect(await status('GET', '/memberships/%E0%A4%A', auth)).toBe(400)
    expect(await status('GET', '/splitChanges?since=x', auth)).toBe(400)
    expect((await (await get('/elsewhere')).json()) as unknown).toEqual({ message: 'unknown path /elsewhere' })
  })

  it('answers preflights as the service, each allowed header named', async () => {
    const origin = 'http://localhost:5173'
    const { status, headers } = await fetch(`${server.apiUrl}/splitChanges?s=1.3&since=-1`, {
      method: 'OPTIONS',
      headers: { origin },
    })
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(origin)
    expect(headers.get('vary')).toBe('Origin')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    expect(headers.get('access-control-max-age')).toBe('600')
    expect(headers.get('access-control-allow-headers')?.toLowerCase().split(', ').sort()).toEqual([
      'accept',
      'authorization',
      'cache-control',
      'content-type',
      'splitsdkimpressionsmode',
      'splitsdkversion',
    ])
  })

  it('answers only under its own name', async () => {
    const under = (host: string) => request(`${server.apiUrl}/memberships/ada`, { headers: { ...auth, host } })
    expect(await under('rebound.example:80')).toBe(421)
    expect(await under('localhost:1')).toBe(200)
    expect(server.received).toHaveLength(1)
  })

  it('lets in pages of this machine and of the origins named, and takes nothing from others', async () => {
    const beacon = JSON.stringify({ token: 'a-key', entries: [{ f: 'alpha', i: [{ k: 'ada', t: 'on', m: 1 }] }] })
    const from = (origin: string, to = server) =>
      request(`${to.apiUrl}/testImpressions/beacon`, { method: 'POST', headers: { origin }, body: beacon })
    for (const origin of ['http://localhost:5173', 'https://app.localhost', 'http://127.0.0.1', 'http://[::1]:80']) {
      expect(await from(origin), origin).toBe(200)
    }
    const strangers = ['https://shop.example', 'null', 'http://localhost.example', 'http://127.0.0.1.example:80']
    for (const origin of strangers) expect(await from(origin), origin).toBe(403)
    expect(server.impressions()).toHaveLength(4)
    const open = await createDemoServer({ allowedOrigins: ['https://shop.example', 'null'] })
    for (const origin of strangers) {
      expect(await from(origin, open), origin).toBe(strangers.indexOf(origin) < 2 ? 200 : 403)
    }
    await open.close()
  })

  it('exposes Retry-After only when asked to', async () => {
    const exposed = async (from: DemoServer) => {
      from.fault('/', { status: 429, headers: { 'Retry-After': '7' } })
      const { headers } = await fetch(`${from.apiUrl}/splitChanges`, { headers: { origin: 'http://127.0.0.1:1' } })
      expect(headers.get('retry-after')).toBe('7')
      expect(headers.get('access-control-allow-origin')).toBe('http://127.0.0.1:1')
      return headers.get('access-control-expose-headers')
    }
    expect(await exposed(server)).toBeNull()
    const other = await createDemoServer({ exposeRetryAfter: true })
    expect(await exposed(other)).toBe('Retry-After')
    await other.close()
  })
})

describe('for tests', () => {
  const bulk = [{ f: 'alpha', i: [{ k: 'ada', t: 'on', m: 1 }] }]

  it('shows what it received and waits for what has not come yet', async () => {
    const later = server.waitFor(2, '/testImpressions')
    await post('/testImpressions/bulk', bulk, { ...auth, SplitSDKVersion: 'pennon-1' })
    await get('/splitChanges?s=1.3&since=-1')
    await post('/testImpressions/bulk', bulk)
    const [first] = await later
    expect(first).toMatchObject({
      method: 'POST',
      path: '/testImpressions/bulk',
      url: '/api/testImpressions/bulk',
      transport: 'fetch',
      body: JSON.stringify(bulk),
      headers: { splitsdkversion: 'pennon-1' },
      status: 200,
    })
    expect(server.received).toHaveLength(3)
    server.clearReceived()
    await expect(server.waitFor(1, '/', { timeoutMs: 50 })).rejects.toThrow('0 of 1 requests for /. Received: nothing')
  })

  it('plays faults and takes them back', async () => {
    const undo = server.fault('/testImpressions', { status: 503, body: 'busy', times: 2 })
    expect([(await post('/testImpressions/bulk', bulk)).status, (await get('/memberships/ada')).status]).toEqual([
      503, 200,
    ])
    undo()
    expect((await post('/testImpressions/bulk', bulk)).status).toBe(200)
    expect(server.impressions()).toHaveLength(1)

    const lost = server.fault('/testImpressions', { reset: true, accepted: true, times: 1 })
    await expect(post('/testImpressions/bulk', bulk)).rejects.toThrow('fetch failed')
    expect(server.impressions()).toHaveLength(2)
    lost()

    server.fault(({ path }) => path.startsWith('/memberships/'), { delayMs: 100 })
    const from = performance.now()
    expect((await get('/memberships/ada')).status).toBe(200)
    expect(performance.now() - from).toBeGreaterThan(95)

    server.fault('/splitChanges', { hang: true })
    await expect(
      fetch(`${server.apiUrl}/splitChanges?s=1.3`, { headers: auth, signal: AbortSignal.timeout(100) }),
    ).rejects.toThrow('timeout')
  })

  it('stops and starts again on the same ports, and keeps what it has', async () => {
    const members = () => request(`${server.apiUrl}/memberships/ada`, { headers: auth })
    await post('/testImpressions/bulk', bulk)
    await server.stop('api')
    await expect(members()).rejects.toThrow('ECONNREFUSED')
    expect(await request(server.pageUrl, {})).toBe(200)
    await server.start('api')
    expect(await members()).toBe(200)
    await server.stop()
    await server.start()
    expect(await request(server.pageUrl, {})).toBe(200)
    expect(server.impressions()).toHaveLength(1)
  })
})

describe('the page’s origin', () => {
  const page = (path: string, init?: RequestInit) => fetch(new URL(path, server.pageUrl), init)
  const raw = (path: string, host?: string) => request(server.pageUrl, { path, ...(host ? { headers: { host } } : {}) })

  it('serves the page with a policy that allows its own files and the API', async () => {
    const response = await page('/')
    expect(response.headers.get('content-type')).toContain('text/html')
    const policy = response.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain(`connect-src 'self' ${new URL(server.apiUrl).origin}`)
    expect(policy).toContain("require-trusted-types-for 'script'")
    expect((await page('/page.css')).headers.get('content-type')).toContain('text/css')
  })

  it('serves nothing outside its folders', async () => {
    for (const path of [
      '/../server/main',
      '/..%2fserver%2fmain.mjs',
      '/dist/../package.json',
      '/dist/..%2f..%2fpackage.json',
      '/%2e%2e/definitions.json',
      '/page.css%00.html',
      '/%E0%A4%A',
      '/.hidden',
      '/dist/',
      '/nowhere',
    ]) {
      expect(await raw(path), path).toBe(404)
    }
  })

  it('answers only under its own name, and its files only to reading', async () => {
    expect(await raw('/qa/impressions', 'rebound.example:80')).toBe(421)
    expect(await raw('/', 'localhost:1')).toBe(200)
    expect((await page('/', { method: 'POST' })).status).toBe(405)
    expect((await page('/')).headers.get('access-control-allow-origin')).toBeNull()
  })

  it('gives the page its settings, flags, impressions and totals', async () => {
    const document = await (await page('/')).text()
    expect(JSON.parse(/id="config">(.*)<\/script>/.exec(document)?.[1] ?? '')).toEqual({
      apiUrl: server.apiUrl,
      environments: [{ ...server.environment, sdkKey: server.sdkKey }],
      treatments: ['control'],
      retentionDays: 90,
      ephemeral: true,
    })
    expect(await (await page('/qa/flags')).json()).toEqual(definitions.ff.d)
    await post('/testImpressions/bulk', [{ f: 'alpha', i: [1, 2, 3].map((m) => ({ k: 'ada', t: 'on', m })) }])
    const ids = async (query: string) =>
      ((await (await page(`/qa/impressions${query}`)).json()) as { id: number }[]).map(({ id }) => id)
    expect(await ids('')).toEqual([3, 2, 1])
    expect(await ids('?after=1')).toEqual([3, 2])
    expect(await ids('?limit=1')).toEqual([3])
    expect(await ids('?after=x&limit=-1')).toEqual([3, 2, 1])
    expect(await (await page('/qa/totals')).json()).toMatchObject({ impressions: 3, impressionsAtHide: 0 })
  })

  const change = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    request(new URL(path, server.pageUrl).href, {
      method: 'PATCH',
      headers: { origin: new URL(server.pageUrl).origin, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  it('lets only itself change flags: no other site, and no form', async () => {
    const kill = { killed: true }
    expect(await change('/qa/flags/alpha', kill, { origin: 'https://elsewhere.example' })).toBe(403)
    expect(await change('/qa/flags/alpha', kill, { origin: 'null' })).toBe(403)
    expect(await change('/qa/flags/alpha', kill, { 'content-type': 'text/plain' })).toBe(403)
    expect(server.definitions.ff.d[0]?.['killed']).toBeUndefined()
    expect(await change('/qa/flags/alpha', kill)).toBe(200)
    expect(server.definitions.ff.d[0]).toMatchObject({ name: 'alpha', killed: true })
  })

  it('refuses a change of a flag that is not there, or that somebody changed meanwhile', async () => {
    expect(await change('/qa/flags/missing', { killed: true })).toBe(400)
    expect(await change('/qa/flags/%E0%A4', { killed: true })).toBe(400)
    expect(await change('/qa/flags/alpha', { killed: true, changeNumber: 99 })).toBe(400)
    expect(await change('/qa/flags/alpha', { killed: true, changeNumber: 100 })).toBe(200)
    expect(await change('/qa/flags/alpha', { killed: false, changeNumber: 100 })).toBe(400)
    expect(server.definitions.ff.t).toBeGreaterThan(300)
  })

  it('keeps environments apart, by the key of the request', async () => {
    const other = { name: 'Production', definitions: { ff: { d: [{ name: 'only_there', changeNumber: 5 }], t: 5 } } }
    const two = await createDemoServer({ definitions, otherEnvironments: [other] })
    try {
      const [development, production] = two.environments.map(({ sdkKey }) => ({ Authorization: `Bearer ${sdkKey}` }))
      const flags = async (headers: Record<string, string> | undefined) => {
        const answer = await fetch(`${two.apiUrl}/splitChanges?s=1.3&since=-1&rbSince=-1`, { headers: headers ?? {} })
        return ((await answer.json()) as { ff: { d: { name: string }[] } }).ff.d.map(({ name }) => name)
      }
      expect(await flags(development)).toEqual(['alpha', 'beta', 'a,b'])
      expect(await flags(production)).toEqual(['only_there'])
      await fetch(`${two.apiUrl}/testImpressions/bulk`, {
        method: 'POST',
        headers: production ?? {},
        body: JSON.stringify([{ f: 'only_there', i: [{ k: 'ada', t: 'on', m: 1 }] }]),
      })
      const entries = [{ f: 'alpha', i: [{ k: 'ada', t: 'on', m: 1 }] }]
      await fetch(`${two.apiUrl}/testImpressions/beacon`, {
        method: 'POST',
        body: JSON.stringify({ entries, token: two.environments[1]?.sdkKey, sdk: 'x', sim: 'DEBUG' }),
      })
      expect(two.impressions().map(({ environmentName }) => environmentName)).toEqual(['Production', 'Production'])
      const shown = await fetch(new URL('/qa/impressions?environment=Development', two.pageUrl))
      expect(await shown.json()).toEqual([])
    } finally {
      await two.close()
    }
  })

  /** The text of the tail up to `until`. `then` runs once the tail is open. */
  const follow = async (lastEventId: string, until: string, then?: () => Promise<unknown>) => {
    const abort = new AbortController()
    const { body } = await page('/qa/tail', { headers: { 'Last-Event-ID': lastEventId }, signal: abort.signal })
    await then?.()
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (text.includes(until)) break
    }
    abort.abort()
    return text
  }

  it('streams what arrives, and after a break what was missed', async () => {
    const send = (key: string) => post('/testImpressions/bulk', [{ f: 'alpha', i: [{ k: key, t: 'on', m: 1 }] }])
    await send('first')
    const live = await follow('', '"impressions":2', () => send('second'))
    const [, firstId = '', secondId = ''] =
      /event: impressions\n.*\nid: (\S+)[^]*event: impressions\n.*\nid: (\S+)/.exec(live) ?? []
    expect(secondId).not.toBe('')
    expect(await follow(firstId, 'totals')).toMatch(/^(?![^]*"first")[^]*"key":"second"/)
    expect(await follow(secondId, 'totals')).not.toContain('event: impressions')
    // Ids of another start of the server say nothing.
    expect(await follow('earlier.7', 'totals')).toMatch(/"first"[^]*"second"/)
  })

  it('cuts off a page that does not read, and goes on with the others', async () => {
    const lagging = await new Promise<IncomingMessage>((resolve) => {
      httpRequest(`${server.pageUrl}qa/tail`, { agent: false }, resolve).end()
    })
    const send = (label: string, keys: readonly string[]) =>
      post('/testImpressions/bulk', [{ f: 'alpha', i: keys.map((k) => ({ k, t: 'on', r: label, m: 1 })) }])
    const hundred = Array.from({ length: 100 }, (_, n) => `k${n}`)
    // More than the two ends of the connection hold for a reader that sleeps.
    for (let n = 0; n < 30; n++) await send('r'.repeat(10_000), hundred)
    await send('short', [...hundred, 'last'])
    const outcome = new Promise<string>((resolve) => {
      lagging.on('error', ({ message }) => resolve(message))
      lagging.on('data', (text) => String(text).includes('"key":"last"') && resolve('was told all'))
    })
    expect(await outcome).toBe('aborted')
    expect(await follow('', '"key":"last"')).toContain('"key":"k99"')
  })

  it('serves a test’s own page until it is taken back', async () => {
    const undo = server.serve('/mine.html', '<!doctype html><title>mine</title>')
    const response = await page('/mine.html')
    expect(await response.text()).toContain('mine')
    expect(response.headers.get('content-security-policy')).toBeNull()
    undo()
    expect((await page('/mine.html')).status).toBe(404)
  })
})
