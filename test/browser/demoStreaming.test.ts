import { gunzipSync, inflateSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import {
  bitmapOf,
  createDemoServer,
  hash64 as hashOfServer,
  type DemoServer,
  type DemoServerOptions,
} from '../../demo/server/createServer'
import { utf8 } from '../../src/evaluation/bucket'
import { hash64 } from '../../src/late/sync/stream/hash64'
import { isKeyInBitmap } from '../../src/late/sync/stream/isKeyInBitmap'

const definitions = {
  ff: {
    s: -1,
    t: 300,
    d: [
      { name: 'alpha', changeNumber: 100, killed: false, defaultTreatment: 'off' },
      { name: 'beta', changeNumber: 300 },
    ],
  },
  rbs: { s: -1, t: 5, d: [{ name: 'segment', changeNumber: 5 }] },
}

interface Envelope {
  id: string
  timestamp: number
  channel: string
  name?: string
  data: string
}
type Message = Record<string, unknown>

let server: DemoServer
const open = async (options: DemoServerOptions = {}) => {
  server = await createDemoServer({ definitions, ...options })
}
afterEach(() => server.close())

const authenticate = async () => {
  const answer = await fetch(`${server.apiUrl}/v2/auth?s=1.3&users=ada`, { headers: { Authorization: 'Bearer a-key' } })
  return (await answer.json()) as { pushEnabled: boolean; token: string; connDelay?: number }
}
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
const channelsOf = (token: string) => Object.keys(JSON.parse(claimsOf(token)['x-ably-capability'] as string) as object)
const address = (token: string, channels = channelsOf(token)) => {
  const list = channels.map((name) =>
    encodeURIComponent(name.startsWith('control_') ? `[?occupancy=metrics.publishers]${name}` : name),
  )
  return `${server.apiUrl}/sse?channels=${list.join()}&accessToken=${token}&v=1.1&heartbeats=true`
}

/** Reads a stream, event by event. */
async function follow(token: string, channels?: string[]) {
  const response = await fetch(address(token, channels), { headers: { origin: 'http://localhost:5173' } })
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const decoder = new TextDecoder()
  let text = ''
  const next = async (): Promise<string> => {
    const end = text.indexOf('\n\n')
    if (end >= 0) {
      const event = text.slice(0, end)
      text = text.slice(end + 2)
      return event
    }
    const { done, value } = await reader.read()
    if (done) return 'ended'
    text += decoder.decode(value, { stream: true })
    return next()
  }
  const envelope = async (): Promise<Envelope> => {
    const event = await next()
    return event.startsWith(':') ? envelope() : (JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? 'null') as Envelope)
  }
  const message = async (): Promise<Message> => {
    const { name, data } = await envelope()
    return name === '[meta]occupancy' ? message() : (JSON.parse(data) as Message)
  }
  return { response, next, envelope, message, cancel: () => reader.cancel() }
}
const connect = async () => follow((await authenticate()).token)

describe('tokens', () => {
  it('name the channels of the environment, and when they expire', async () => {
    await open({ streaming: { tokenLifeS: 601, connectDelayS: 7 } })
    const { token, ...rest } = await authenticate()
    expect(rest).toEqual({ pushEnabled: true, connDelay: 7 })
    const { iat, exp } = claimsOf(token) as { iat: number; exp: number }
    expect(exp - iat).toBe(601)
    expect(Math.abs(Date.now() / 1000 - iat)).toBeLessThan(60)
    const channels = channelsOf(token)
    expect(channels.slice(3)).toEqual(['control_pri', 'control_sec'])
    for (const [i, name] of ['control', 'flags', 'memberships'].entries()) {
      expect(channels[i]).toMatch(new RegExp(`^[A-Za-z0-9+/]+=*_[A-Za-z0-9+/]+=*_${name}$`))
    }
  })

  it('are refused when they are not the server’s, changed, for other channels, or expired', async () => {
    await open()
    const { token } = await authenticate()
    const codeOf = async (url: string) => {
      const answer = await fetch(url)
      expect(answer.status).toBe(401)
      return ((await answer.json()) as { error: { code: number } }).error.code
    }
    const [head, , signature] = token.split('.')
    const forged = Buffer.from(JSON.stringify({ ...claimsOf(token), exp: 9e9 })).toString('base64url')
    expect(await codeOf(address('nonsense', ['a_flags']))).toBe(40101)
    expect(await codeOf(address(`${head}.${forged}.${signature}`, channelsOf(token)))).toBe(40101)
    expect(await codeOf(address(token, [...channelsOf(token), 'other_flags']))).toBe(40101)
    server.streaming.expireTokens()
    expect(await codeOf(address(token))).toBe(40142)
    expect((await follow((await authenticate()).token)).response.status).toBe(200)
  })

  it('are not given out where there is no streaming', async () => {
    await open({ streaming: { enabled: false } })
    expect(await authenticate()).toEqual({ pushEnabled: false, token: '' })
  })
})

describe('streams', () => {
  it('tell the publishers of both regions, keep alive, and end when the token runs out', async () => {
    await open({ streaming: { tokenLifeS: 2, keepaliveMs: 100 } })
    const { response, next, envelope } = await connect()
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    for (const region of ['pri', 'sec']) {
      expect(await envelope()).toMatchObject({
        channel: `[?occupancy=metrics.publishers]control_${region}`,
        name: '[meta]occupancy',
        data: '{"metrics":{"publishers":2}}',
      })
    }
    expect(await next()).toBe(':keepalive')
    let last = ''
    for (let event = ''; event !== 'ended'; event = await next()) last = event
    expect(last).toMatch(/^event: error\ndata: .*"code":40142/)
    expect(server.streaming.connections()).toBe(0)
  })

  it('bring only the channels that were asked for', async () => {
    await open()
    const { token } = await authenticate()
    const flags = channelsOf(token).filter((name) => name.endsWith('_flags'))
    const stream = await follow(token, flags)
    server.streaming.publish({ type: 'MEMBERSHIPS_MS_UPDATE', cn: 1 })
    server.streaming.control('STREAMING_PAUSED')
    server.streaming.publish({ type: 'SPLIT_UPDATE', changeNumber: 1 })
    expect(await stream.envelope()).toMatchObject({ channel: flags[0] })
  })

  it('can be cut, failed, and told anything', async () => {
    await open()
    const cut = await connect()
    server.streaming.publish('{"type":"SPLIT_UPDATE"', { timestamp: 5 })
    await cut.envelope()
    await cut.envelope()
    expect(await cut.envelope()).toMatchObject({ timestamp: 5, data: '{"type":"SPLIT_UPDATE"' })
    server.streaming.drop()
    await expect(cut.next()).rejects.toThrow()
    const failed = await connect()
    await server.streaming.connected()
    await failed.envelope()
    await failed.envelope()
    server.streaming.write('data: anything\n\n')
    expect(await failed.next()).toBe('data: anything')
    server.streaming.error(40000)
    expect(await failed.next()).toContain('"code":40000')
    await expect(server.streaming.connected(1, { timeoutMs: 20 })).rejects.toThrow('0 of 1 streams')
  })
})

describe('changes', () => {
  it.each(['none', 'gzip', 'zlib'] as const)(
    'bring the one definition that changed, compression %s',
    async (announce) => {
      await open()
      const stream = await connect()
      server.changeFlag('alpha', { label: 'é 😀' }, { announce })
      const { type, changeNumber, pcn, c, d } = await stream.message()
      const unpack = { none: Buffer.from, gzip: gunzipSync, zlib: inflateSync }[announce]
      const text = String(unpack(Buffer.from(d as string, 'base64')))
      expect({ type, pcn, c }).toEqual({
        type: 'SPLIT_UPDATE',
        pcn: 300,
        c: ['none', 'gzip', 'zlib'].indexOf(announce),
      })
      expect(changeNumber).toBe(server.definitions.ff.t)
      expect(JSON.parse(text)).toEqual({ ...definitions.ff.d[0], label: 'é 😀', changeNumber })
    },
  )

  it('of several definitions are told without them, segments before flags', async () => {
    await open()
    const stream = await connect()
    server.setDefinitions({ ff: { d: [], t: 400 }, rbs: { d: [{ name: 'segment', changeNumber: 9 }], t: 9 } })
    expect(await stream.message()).toMatchObject({ type: 'RB_SEGMENT_UPDATE', changeNumber: 9, pcn: 5, c: 1 })
    expect(await stream.message()).toEqual({ type: 'SPLIT_UPDATE', changeNumber: 400 })
  })

  it('that kill say so', async () => {
    await open()
    const stream = await connect()
    server.kill('alpha', 'gone')
    expect(await stream.message()).toEqual({
      type: 'SPLIT_KILL',
      changeNumber: server.definitions.ff.t,
      splitName: 'alpha',
      defaultTreatment: 'gone',
    })
    expect(server.definitions.ff.d[0]).toMatchObject({ killed: true, defaultTreatment: 'gone' })
    expect(() => server.kill('unheard_of')).toThrow('no flag unheard_of')
  })

  it('of memberships come in every strategy', async () => {
    await open({ memberships: { ada: { segments: ['a', 'b'] }, bob: { segments: ['b'] } } })
    const stream = await connect()
    const answered = async (key: string) => {
      const answer = await fetch(`${server.apiUrl}/memberships/${key}`, { headers: { Authorization: 'Bearer a-key' } })
      return (await answer.json()) as { ms: { cn: number }; ls: { cn: number } }
    }
    server.setMemberships({ ada: { segments: ['c'] } }, { announce: 'unbounded', spreadMs: 500 })
    const unbounded = await stream.message()
    expect(unbounded).toMatchObject({ type: 'MEMBERSHIPS_MS_UPDATE', n: ['a', 'b', 'c'], u: 0, i: 500, h: 1, s: 0 })
    expect(unbounded.cn).toBe((await answered('ada')).ms.cn)

    server.setMemberships({ bob: { largeSegments: ['d'] } }, { announce: 'bounded', compression: 'zlib' })
    expect(await stream.message()).toMatchObject({ type: 'MEMBERSHIPS_MS_UPDATE', u: 1, c: 2 })
    const { d } = await stream.message()
    const bitmap = inflateSync(Buffer.from(d as string, 'base64'))
    expect([isKeyInBitmap(bitmap, hash64('bob')), isKeyInBitmap(bitmap, hash64('ada'))]).toEqual([true, false])

    server.setMemberships({ ada: { segments: ['e', 'f'] }, bob: { largeSegments: ['d'] } })
    const lists = [await stream.message(), await stream.message()]
    expect(lists.map(({ n }) => n)).toEqual([['e'], ['f']])
    expect(lists.map(({ cn }) => (cn as number) - (lists[1]?.cn as number))).toEqual([-1, 0])
    expect(lists[1]?.cn).toBe((await answered('ada')).ms.cn)
    expect(String(gunzipSync(Buffer.from(lists[0]?.d as string, 'base64')))).toBe(`{"a":[${hash64('ada')}],"r":[]}`)

    server.setMemberships({}, { announce: 'removal' })
    const removals = [await stream.message(), await stream.message(), await stream.message()]
    expect(removals.map(({ type, u, n }) => [type, u, n])).toEqual([
      ['MEMBERSHIPS_MS_UPDATE', 3, ['e']],
      ['MEMBERSHIPS_MS_UPDATE', 3, ['f']],
      ['MEMBERSHIPS_LS_UPDATE', 3, ['d']],
    ])
  })
})

describe('what is behind', () => {
  const get = async (path: string) => fetch(server.apiUrl + path, { headers: { Authorization: 'Bearer a-key' } })
  const json = async (path: string) => (await (await get(path)).json()) as { ff: { t: number }; ms: { cn: number } }

  it('a CDN answers as before, until it is asked by a new address or has caught up', async () => {
    await open()
    const { ms } = await json('/memberships/ada')
    server.setCdnBehind(true)
    server.setDefinitions({ ff: { d: [], t: 400 } })
    server.setMemberships({ ada: { segments: ['a'] } })
    expect((await json('/splitChanges?s=1.3&since=-1')).ff.t).toBe(300)
    expect((await json('/splitChanges?s=1.3&since=-1&till=400')).ff.t).toBe(400)
    expect((await json('/memberships/ada')).ms.cn).toBe(ms.cn)
    expect((await json(`/memberships/ada?till=${ms.cn + 1}`)).ms.cn).toBeGreaterThan(ms.cn)
    server.setCdnBehind(false)
    expect((await json('/splitChanges?s=1.3&since=-1')).ff.t).toBe(400)
  })

  it('an old proxy refuses the spec that it does not know', async () => {
    await open({ spec: '1.2' })
    expect((await get('/splitChanges?s=1.3&since=-1&rbSince=-1')).status).toBe(400)
    expect((await get('/splitChanges?s=1.2&since=-1')).status).toBe(200)
    server.setSpec('1.3')
    expect((await get('/splitChanges?s=1.3&since=-1&rbSince=-1')).status).toBe(200)
  })
})

describe('hashes of keys', () => {
  it('are those of the SDK, which was written apart', () => {
    const keys = [
      '',
      'a',
      'ada',
      'x'.repeat(15),
      'x'.repeat(16),
      'x'.repeat(17),
      'x'.repeat(24),
      'x'.repeat(48),
      'né😀',
    ]
    expect(keys.map(hashOfServer)).toEqual(keys.map((key) => hash64(utf8(key))))
    const some = Array.from({ length: 50 }, (_, i) => `key-${i}`)
    const bitmap = bitmapOf(some, 4096)
    expect(some.every((key) => isKeyInBitmap(bitmap, hash64(key)))).toBe(true)
    expect(isKeyInBitmap(bitmap, hash64('stranger'))).toBe(false)
  })
})
