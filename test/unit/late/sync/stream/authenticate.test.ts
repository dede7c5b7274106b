import { describe, expect, it } from 'vitest'
import { createAuthenticate } from '../../../../../src/late/sync/stream/authenticate'
import { answerOf } from '../openPolling'
import { CHANNELS, GRANTED, tokenOf } from './openStream'

/** @param status null stands for no answer */
function open(body: unknown, status: number | null = 200, retryAfterMs?: number) {
  const asked: string[] = []
  const { signal } = new AbortController()
  const authenticate = createAuthenticate({
    http: {
      async get(url, options) {
        asked.push(url)
        expect(options?.signal).toBe(signal)
        return answerOf(body, status ?? undefined, retryAfterMs)
      },
    },
    authUrl: 'https://auth.test/api/v2/auth',
    streamingUrl: 'https://streaming.test/sse',
    sdkKey: 'sdk-key-1234abcd',
    sdkVersion: 'pennon-0.2.0',
    spec: () => '1.2',
  })
  return { asked, ask: (keys: string[] = ['user1']) => authenticate(keys, signal) }
}

describe('the question for a token', () => {
  it('names every key, in its order, in the spec that is spoken', async () => {
    const { ask, asked } = open(GRANTED)
    await ask(['b', 'a ä/&', 'lone \ud800'])
    expect(asked).toEqual(['https://auth.test/api/v2/auth?s=1.2&users=b&users=a%20%C3%A4%2F%26&users=lone%20%EF%BF%BD'])
  })
})

describe('many keys', () => {
  it('fit in the address up to 4,000 characters, the first ones first; a long one does not keep short ones out', async () => {
    const { ask, asked } = open(GRANTED)
    const long = 'ä'.repeat(250)
    const keys = ['first', ...Array.from({ length: 10 }, (_, i) => long + i), 'last']
    const granted = await ask(keys)
    const users = new URLSearchParams(asked[0]?.split('?')[1]).getAll('users')
    expect(users).toEqual(['first', long + 0, long + 1, 'last'])
    expect(asked[0]?.length).toBeLessThan(4_050)
    expect(granted).toMatchObject({ keys: new Set(users) })
  })
})

describe('a token', () => {
  it('becomes the address of the stream', async () => {
    const token = tokenOf(['o/e_flags', 'control_pri'])
    expect(await open({ pushEnabled: true, token, connDelay: 0 }).ask()).toEqual({
      kind: 'granted',
      url:
        'https://streaming.test/sse?channels=o%2Fe_flags,%5B%3Foccupancy%3Dmetrics.publishers%5Dcontrol_pri' +
        `&accessToken=${token}&v=1.1&heartbeats=true&SplitSDKVersion=pennon-0.2.0&SplitSDKClientKey=abcd`,
      keys: new Set(['user1']),
      connectInMs: 0,
      refreshInMs: 3_000_000,
    })
  })

  it.each([
    ['an hour', 3600, 3000],
    ['two hours', 7200, 6600],
    // A short-lived token is renewed after half its life, because ten minutes before its end would be too soon.
    ['20 minutes', 1200, 600],
    ['601 s', 601, 300.5],
    ['two minutes', 120, 60],
    // Renewals must not become a loop of requests.
    ['a second', 1, 60],
    ['no time at all', 0, 60],
    ['less than none', -50, 60],
  ])('that lives for %s is renewed in time', async (_, livesForS, refreshInS) => {
    expect(await open({ ...GRANTED, token: tokenOf(CHANNELS, livesForS) }).ask()).toMatchObject({
      refreshInMs: refreshInS * 1000,
    })
  })

  it.each([
    [0, 0],
    [2.5, 2500],
    [undefined, 60_000],
    [null, 60_000],
    [-1, 60_000],
    ['5', 60_000],
    // The wait is not longer than a token still lives when it is renewed.
    [600, 600_000],
    [601, 600_000],
    [1e300, 600_000],
    [Infinity, 600_000],
  ])('comes with a wait of %j s: %i ms', async (connDelay, connectInMs) => {
    expect(await open({ ...GRANTED, connDelay }).ask()).toMatchObject({ connectInMs })
  })
})

describe('no token', () => {
  it.each([400, 401, 403, 404, 431, 499])('for long, with status %i', async (status) => {
    expect(await open({}, status).ask()).toEqual({ kind: 'refused', why: `status ${status}`, status })
  })

  it.each([{ pushEnabled: false, token: '' }, { pushEnabled: false, token: GRANTED.token }, { pushEnabled: false }])(
    'for long, when the service says so: %j',
    async (body) => {
      expect(await open(body).ask()).toEqual({ kind: 'refused', why: 'the service has it switched off' })
    },
  )

  it.each([408, 429, 500, 503, 304, null])('for now, with status %s', async (status) => {
    expect(await open(GRANTED, status).ask()).toMatchObject({ kind: 'failed', retryAfterMs: 0 })
  })

  it('for as long as the service says', async () => {
    expect(await open(GRANTED, 429, 7000).ask()).toMatchObject({ kind: 'failed', retryAfterMs: 7000 })
  })

  const payload = (content: string) => ({ pushEnabled: true, token: `e30.${btoa(content)}.sig` })
  it.each<[string, unknown]>([
    ['no JSON', 'text'],
    ['nothing', null],
    ['an empty object', {}],
    ['a message', { message: 'rate limited' }],
    ['a list', []],
    ['a number', 7],
    ['without pushEnabled', { token: GRANTED.token, connDelay: 0 }],
    ['with a pushEnabled that is a text', { ...GRANTED, pushEnabled: 'false' }],
    ['with a pushEnabled of null', { ...GRANTED, pushEnabled: null }],
    ['without a token', { pushEnabled: true }],
    ['with a token that is no text', { pushEnabled: true, token: 5 }],
    ['with a token of one part', { pushEnabled: true, token: 'abc' }],
    ['with a token that is no base64', { pushEnabled: true, token: 'a.%%%.c' }],
    ['with a payload that is no JSON', payload('{')],
    ['with a payload of null', payload('null')],
    ['with a token without times', payload('{"x-ably-capability":"{}"}')],
    // JSON.parse makes Infinity of it; a life of Infinity less Infinity would be renewed at once, again and again.
    ['with times beyond all numbers', payload('{"exp":1e999,"iat":1e999,"x-ably-capability":"{}"}')],
    ['with an end beyond all numbers', payload('{"exp":1e999,"iat":1,"x-ably-capability":"{}"}')],
    ['with times that are texts', payload('{"exp":"9","iat":"1","x-ably-capability":"{}"}')],
    ['with a token without channels', payload('{"exp":9,"iat":1}')],
    ['with channels that are no JSON', payload('{"exp":9,"iat":1,"x-ably-capability":"{"}')],
    ['with channels of null', payload('{"exp":9,"iat":1,"x-ably-capability":"null"}')],
  ])('for now, from an answer that is %s', async (_, body) => {
    expect(await open(body).ask()).toMatchObject({ kind: 'failed' })
  })
})
