import { afterEach, describe, expect, it, vi } from 'vitest'
import { cacheOf, flag, inSegment, settle, splitChanges } from '../../../definitions/fakes'
import { inflated } from './inflated'
import { CHANNELS, GRANTED, gzip, openedStream, openStream, plain, tokenOf, zlib } from './openStream'
import { NO_MEMBERSHIPS } from '../openPolling'

const E1 = '/splitChanges?s=1.3&since=10&rbSince=5'
const AUTH = '/v2/auth?s=1.3&users=user1'
const SYNC_ALL = [E1]
/** A service whose flags use segments. */
const WITH_SEGMENTS = {
  reply: ({ url }: { url: string }) =>
    url.includes('split') ? splitChanges(10, [flag('a', 10, { conditions: [inSegment('s')] })], 5) : NO_MEMBERSHIPS,
}
const paths = (lines: string[]) => lines.map((line) => line.split(' ')[1])

type Parts = Awaited<ReturnType<typeof openStream>>

afterEach(() => vi.useRealTimers())

describe('connecting', () => {
  it('asks for a token with all keys, waits as told, opens, and fetches everything once open', async () => {
    const { stream, asked, clock, sources, open, polling } = await openStream({
      keys: ['user2', 'user 1/ä'],
      polling: WITH_SEGMENTS,
    })
    stream.start()
    await settle()
    expect(asked()).toEqual(['0 /v2/auth?s=1.3&users=user2&users=user%201%2F%C3%A4'])
    await clock.advance(1999)
    expect(sources).toEqual([])
    await clock.advance(1)
    expect(sources.map(({ url }) => url)).toEqual([
      'https://streaming.test/sse?channels=o_e_flags,o_e_memberships,' +
        '%5B%3Foccupancy%3Dmetrics.publishers%5Dcontrol_pri,%5B%3Foccupancy%3Dmetrics.publishers%5Dcontrol_sec' +
        `&accessToken=${tokenOf(CHANNELS)}&v=1.1&heartbeats=true&SplitSDKVersion=pennon-0.2.0&SplitSDKClientKey=abcd`,
    ])
    expect(asked()).toEqual([])
    await open()
    expect(asked()).toEqual(['2 /memberships/user2', '2 /memberships/user%201%2F%C3%A4', `2 ${E1}`])
    // While the stream is open, nothing is polled.
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('polls until it is open', async () => {
    const { stream, asked, clock, polling } = await openStream({ auth: () => ({ ...GRANTED, connDelay: undefined }) })
    stream.start()
    await clock.advance(60_000)
    expect(asked()).toEqual([`0 ${AUTH}`, `60 ${E1}`])
    stream.stop()
    polling.stop()
  })

  it('renews the token ten minutes before it ends; the old connection goes on until the new one is opened', async () => {
    const { asked, clock, sources, live, open, stream, polling } = await openedStream()
    await clock.advance(2_998_000 - 1)
    expect(asked()).toEqual([])
    await clock.advance(1)
    expect(asked()).toEqual([`3000 ${AUTH}`])
    expect(live()).toBe(1)
    await clock.advance(1999)
    expect(sources.length).toBe(1)
    await clock.advance(1)
    expect(sources.map(({ isClosed }) => isClosed)).toEqual([true, false])
    await open()
    expect(paths(asked())).toEqual(SYNC_ALL)
    stream.stop()
    polling.stop()
  })

  it.each([
    [601, 300.5],
    [600, 300],
    [10, 60],
    [0, 60],
  ])('a token of %i s is renewed after %d s, not in a loop', async (livesForS, afterS) => {
    const auth = () => ({ ...GRANTED, token: tokenOf(CHANNELS, livesForS), connDelay: 0 })
    const { asked, clock, stream, polling, last } = await openStream({ auth })
    stream.start()
    await clock.advance(0)
    last().listener.onOpen()
    await settle()
    asked()
    await clock.advance(afterS * 1000 - 1)
    expect(asked()).toEqual([])
    await clock.advance(1)
    expect(asked()).toEqual([`${afterS} ${AUTH}`])
    stream.stop()
    polling.stop()
  })

  it('a renewal whose connection cannot be made: polling goes on, it is said, and it is tried again', async () => {
    const { clock, stream, polling, live, sources, authServer, onFault, asked } = await openedStream()
    authServer.isForbidden = true
    await clock.advance(3_000_000)
    expect([live(), stream.isUp(), onFault.mock.calls]).toEqual([0, false, [['SecurityError: no']]])
    asked()
    await clock.advance(60_000)
    expect(asked().some((line) => line.includes('/splitChanges'))).toBe(true)
    authServer.isForbidden = false
    authServer.opensAtOnce = true
    await clock.advance(3_600_000)
    expect([sources.length, live(), stream.isUp()]).toEqual([2, 1, true])
    stream.stop()
    polling.stop()
  })

  it.each([
    ['fails', 503],
    ['gets no answer', undefined],
    ['is refused', 401],
    ['is too long', 431],
  ])('a renewal that %s leaves the stream that works alone', async (_, answer) => {
    const { asked, clock, stream, polling, live, sources, send, definitions, authServer, onFault } =
      await openedStream()
    authServer.auth = () => answer
    await clock.advance(2_998_000)
    expect(paths(asked())).toEqual([AUTH])
    expect([live(), stream.isUp(), onFault.mock.calls.length]).toEqual([1, true, 1])
    await clock.advance(300_000)
    expect(asked().every((line) => line.includes('auth'))).toBe(true)
    const definition = flag('a', 11)
    await send({ type: 'SPLIT_UPDATE', changeNumber: 11, pcn: 10, c: 0, d: plain(JSON.stringify(definition)) })
    await inflated()
    expect(definitions.raw('a')).toEqual(definition)
    Object.assign(authServer, { auth: () => GRANTED, opensAtOnce: true })
    await clock.advance(3_600_000)
    expect(sources.length).toBeGreaterThan(1)
    expect(live()).toBe(1)
    stream.stop()
    polling.stop()
  })

  const EVERY_FAULT = Array.from({ length: 300 }, (_, i) => i + 300)
  it('is asked for again within the hour whatever the status was, at a start or at a renewal', async () => {
    for (const status of EVERY_FAULT) {
      for (const isStart of [true, false]) {
        const { clock, stream, polling, live, authServer, asked } = await (isStart ? openStream() : openedStream())
        Object.assign(authServer, { auth: () => status, opensAtOnce: true })
        if (isStart) stream.start()
        await clock.advance(isStart ? 1 : 2_998_000)
        // Without a stream everything is polled; the one that works is kept.
        expect([status, isStart, live(), stream.isUp()]).toEqual([status, isStart, isStart ? 0 : 1, !isStart])
        authServer.auth = () => GRANTED
        asked()
        await clock.advance(3_602_000)
        expect([status, isStart, paths(asked()).includes(AUTH)]).toEqual([status, isStart, true])
        expect([status, isStart, live(), stream.isUp()]).toEqual([status, isStart, 1, true])
        stream.stop()
        polling.stop()
      }
    }
  })

  it('a renewal that says that streaming is off ends it', async () => {
    const { asked, clock, stream, polling, live, authServer } = await openedStream()
    authServer.auth = () => ({ pushEnabled: false })
    await clock.advance(2_998_000)
    expect(paths(asked())).toEqual([AUTH, ...SYNC_ALL])
    expect([live(), stream.isUp()]).toEqual([0, false])
    stream.stop()
    polling.stop()
  })

  it('of so many keys that not all fit in the address: the others are polled', async () => {
    const keys = Array.from({ length: 400 }, (_, i) => `user-${i}`)
    const { asked, clock, stream, polling, requests, open } = await openStream({ keys, polling: WITH_SEGMENTS })
    // So many answers take more than a few turns.
    for (let i = 0; i < 100; i++) await clock.advance(1)
    asked()
    stream.start()
    await clock.advance(0)
    const auth = requests[0]?.url ?? ''
    expect(auth.length).toBeLessThan(4_100)
    const heard = new URLSearchParams(auth.split('?')[1]).getAll('users')
    expect(heard).toEqual(keys.slice(0, heard.length))
    expect(heard.length).toBeGreaterThan(250)
    await clock.advance(2000)
    await open()
    // So many answers take more than a few turns.
    for (let i = 0; i < 100; i++) await clock.advance(1)
    asked()
    await clock.advance(120_000)
    const polled = asked().flatMap((line) => /memberships\/(.*)/.exec(line)?.[1] ?? [])
    expect([...new Set(polled)].sort()).toEqual(keys.slice(heard.length).sort())
    stream.stop()
    polling.stop()
  })

  it('asks again with all keys when one is added, and says nothing when one goes', async () => {
    const { keys, asked, clock, stream, polling, sources, live } = await openedStream({ polling: WITH_SEGMENTS })
    const two = keys.register('user2')
    stream.addKey()
    keys.register('user3')
    stream.addKey()
    await clock.advance(0)
    expect(paths(asked())).toEqual(['/memberships/user2', '/memberships/user3', `${AUTH}&users=user2&users=user3`])
    await clock.advance(2000)
    expect(sources.length).toBe(2)
    expect(live()).toBe(1)
    two.end()
    stream.addKey()
    await clock.advance(10_000)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('throws away an answer that a newer question overtook', async () => {
    const answers: ((body: object) => void)[] = []
    const { keys, clock, stream, polling, sources } = await openStream({
      auth: () => new Promise<object>((resolve) => answers.push(resolve)),
    })
    stream.start()
    keys.register('user2')
    stream.addKey()
    await clock.advance(0)
    expect(answers.length).toBe(2)
    answers[1]?.({ ...GRANTED, token: tokenOf(['two']) })
    await settle()
    answers[0]?.({ ...GRANTED, token: tokenOf(['one']) })
    await clock.advance(5000)
    expect(sources.map(({ url }) => url.includes('channels=two&'))).toEqual([true])
    stream.stop()
    polling.stop()
  })
})

describe('when there is no token', () => {
  it.each([
    ['streaming is switched off', { pushEnabled: false, token: '' }, []],
    ['the SDK key is refused', 401, [401]],
    ['the request is bad', 400, [400]],
    ['the address is too long', 431, [431]],
  ])('because %s: polls, says why once, and asks again each hour', async (_, answer, refused) => {
    const { definitions, asked, clock, stream, polling, onFault, sources, authServer } = await openStream({
      auth: () => answer,
    })
    stream.start()
    const since = clock.now()
    await clock.advance(3_599_999)
    expect(asked().filter((line) => line.includes('auth'))).toEqual([`0 ${AUTH}`])
    expect(onFault.mock.calls).toEqual([[expect.any(String)]])
    expect(sources).toEqual([])
    expect(stream.refused()).toEqual(
      refused.map((status) => ({ resource: 'auth', status, since, nextAttempt: since + 3_600_000 })),
    )
    expect(definitions.confirmedAt()).toBeGreaterThan(clock.now() - 60_001)
    authServer.auth = () => GRANTED
    await clock.advance(2_001)
    expect(sources.length).toBe(1)
    expect(stream.refused()).toEqual([])
    expect(onFault).toHaveBeenCalledTimes(1)
    stream.stop()
    polling.stop()
  })

  it.each([
    [
      'a page that comes back from the bfcache',
      async ({ stream }: Parts) => {
        stream.stop()
        stream.start()
      },
    ],
    [
      'ten keys that are added',
      async ({ keys, stream }: Parts) => {
        for (let i = 0; i < 10; i++) {
          keys.register(`new${i}`)
          stream.addKey()
        }
      },
    ],
    [
      'a page that was hidden for minutes',
      async ({ setActive, clock }: Parts) => {
        setActive(false)
        await clock.advance(61_000)
        setActive(true)
      },
    ],
  ])('%s waits for the pause that runs', async (_, act) => {
    for (const [auth, pauseS, retryAfterMs] of [
      [401, 3600, undefined],
      [429, 300, 300_000],
    ] as const) {
      const parts = await openStream({ auth: () => auth })
      const { asked, clock, stream, polling } = parts
      parts.server.retryAfterMs = retryAfterMs
      stream.start()
      await clock.advance(10_000)
      await act(parts)
      await clock.advance(120_000)
      expect(asked().filter((line) => line.includes('auth'))).toEqual([`0 ${AUTH}`])
      await clock.advance(3_600_000)
      const later = asked().filter((line) => line.includes('auth'))
      expect(later[0]?.split(' ')[0]).toBe(String(pauseS))
      stream.stop()
      polling.stop()
    }
  })

  it.each([
    ['408', 408],
    ['429', 429],
    ['500', 500],
    ['no answer', undefined],
    ['a token without times', { ...GRANTED, token: tokenOf(CHANNELS, 3600, { exp: 'soon' }) }],
    ['a token that is none', { ...GRANTED, token: 'x' }],
    ['a token of the wrong type', { ...GRANTED, token: 7 }],
    ['null', null as unknown as object],
  ])('because of %s: tries again after growing waits, and says why once', async (_, answer) => {
    const { asked, clock, stream, polling, onFault, authServer, sources, open } = await openStream({
      auth: () => answer,
    })
    stream.start()
    await clock.advance(16_000)
    const tries = asked().filter((line) => line.includes('auth'))
    expect(tries).toEqual(['0', '1', '3', '7', '15'].map((at) => `${at} ${AUTH}`))
    expect(onFault.mock.calls).toEqual([[expect.any(String)]])
    authServer.auth = () => GRANTED
    await clock.advance(18_000)
    expect(sources.length).toBe(1)
    await open()
    expect(onFault).toHaveBeenCalledTimes(1)
    stream.stop()
    polling.stop()
  })

  it('waits as long as it was asked to', async () => {
    const { asked, clock, stream, polling } = await openStream({ auth: () => 429, polling: {} })
    stream.start()
    await clock.advance(500)
    expect(asked().length).toBe(1)
    stream.stop()
    polling.stop()
  })
})

describe('errors of the connection', () => {
  it('without a code, or of the token, or of the server: closes, polls at once, connects anew', async () => {
    const { asked, clock, stream, polling, fail, live, open, sources, onFault } = await openedStream()
    await fail()
    expect(live()).toBe(0)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await clock.advance(1000)
    expect(paths(asked())).toEqual([AUTH])
    await clock.advance(2000)
    expect(sources.length).toBe(2)
    // No connection has opened yet, so that the wait grows.
    await fail()
    await clock.advance(1999)
    expect(paths(asked())).toEqual([])
    await clock.advance(1)
    expect(paths(asked())).toEqual([AUTH])
    await clock.advance(2000)
    await open()
    expect(paths(asked())).toEqual(SYNC_ALL)
    // A connection opened, so that the waits begin anew.
    for (const code of [40142, 50000]) {
      await fail({ code, message: 'x' })
      expect(paths(asked())).toEqual(SYNC_ALL)
      await clock.advance(3000)
      await open()
      expect(paths(asked())).toEqual([AUTH, ...SYNC_ALL])
    }
    expect(onFault).toHaveBeenCalledTimes(3)
    stream.stop()
    polling.stop()
  })

  it('that will not get better soon: polls, and asks again after an hour', async () => {
    const { asked, clock, stream, polling, fail, live, onFault } = await openedStream()
    await fail({ code: 40000 })
    expect(live()).toBe(0)
    expect(paths(asked())).toEqual(SYNC_ALL)
    expect(onFault.mock.calls).toEqual([['error 40000']])
    await clock.advance(60_000)
    expect(paths(asked())).toEqual([E1])
    await clock.advance(3_539_999)
    expect(asked().join()).not.toContain('auth')
    await clock.advance(1)
    expect(paths(asked())).toContain(AUTH)
    stream.stop()
    polling.stop()
  })

  it.each([
    ['at the start', 0],
    ['when it was renewed', 1],
  ])('that neither opens nor fails %s is given up: polls, and connects anew', async (_, renewals) => {
    const parts = await (renewals ? openedStream() : openStream())
    const { asked, clock, stream, polling, sources, last, open, onFault } = parts
    if (renewals) await clock.advance(2_998_000)
    else stream.start()
    await clock.advance(2000)
    expect(sources.length).toBe(1 + renewals)
    const hung = last()
    await clock.advance(30_000 - 1)
    expect(hung.isClosed).toBe(false)
    asked()
    await clock.advance(1)
    expect([hung.isClosed, stream.isUp(), onFault.mock.calls]).toEqual([
      true,
      false,
      [['the connection does not open']],
    ])
    await clock.advance(1000)
    expect(paths(asked())).toContain(AUTH)
    await clock.advance(2000)
    await open()
    expect(stream.isUp()).toBe(true)
    asked()
    // The one that opened is not ended by the deadline of the one that hung, and nothing is polled meanwhile.
    await clock.advance(120_000)
    expect([stream.isUp(), last().isClosed, asked()]).toEqual([true, false, []])
    stream.stop()
    polling.stop()
  })

  it('that hangs while polling was off brings polling back', async () => {
    const { asked, clock, stream, polling, authServer } = await openedStream()
    await clock.advance(3_000_000)
    asked()
    authServer.auth = () => 503
    await clock.advance(30_000)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await clock.advance(60_000)
    expect(paths(asked())).toContain(E1)
    stream.stop()
    polling.stop()
  })

  it('polls while it waits', async () => {
    const { asked, clock, stream, polling, fail, authServer } = await openedStream()
    authServer.auth = () => 500
    await fail()
    asked()
    await clock.advance(61_000)
    expect(paths(asked())).toContain(E1)
    stream.stop()
    polling.stop()
  })
})

describe('occupancy and control', () => {
  it('no publishers in both regions: polls; some in one: goes on', async () => {
    const { asked, clock, stream, polling, occupancy, send, live } = await openedStream()
    await occupancy('pri', 0)
    expect(asked()).toEqual([])
    await occupancy('sec', 0)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await send({ type: 'SPLIT_UPDATE', changeNumber: 3000 })
    expect(asked()).toEqual([])
    await clock.advance(60_000)
    expect(paths(asked())).toEqual([E1])
    expect(live()).toBe(1)
    await occupancy('sec', 1)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('an older message counts for nothing, each region and kind for itself', async () => {
    const { asked, stream, polling, occupancy, control, now } = await openedStream()
    const at = now() + 1000
    await occupancy('pri', 0, at)
    await occupancy('sec', 1, at + 1)
    await occupancy('sec', 0, at + 1)
    await occupancy('sec', 0, at)
    expect(asked()).toEqual([])
    await control('STREAMING_PAUSED', at)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await control('STREAMING_RESUMED', at)
    expect(asked()).toEqual([])
    await control('STREAMING_RESUMED', at + 1)
    expect(paths(asked())).toEqual(SYNC_ALL)
    stream.stop()
    polling.stop()
  })

  it('while paused publishers make no difference, and a new connection begins anew', async () => {
    const { asked, clock, stream, polling, occupancy, control, fail, open, send } = await openedStream()
    await control('STREAMING_PAUSED')
    expect(paths(asked())).toEqual(SYNC_ALL)
    await occupancy('pri', 0)
    await occupancy('pri', 2)
    expect(asked()).toEqual([])
    await fail()
    await clock.advance(3000)
    await open()
    asked()
    // The pause was the old connection's: updates count again.
    await send({ type: 'SPLIT_UPDATE', changeNumber: 3000 })
    expect(paths(asked())).toEqual([E1])
    await occupancy('pri', 1)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('disabled: closes and polls, and asks again after an hour', async () => {
    const { asked, clock, stream, polling, control, live, onFault } = await openedStream()
    await control('STREAMING_DISABLED')
    expect(live()).toBe(0)
    expect(paths(asked())).toEqual(SYNC_ALL)
    await clock.advance(3_599_999)
    expect(asked().join()).not.toContain('auth')
    expect(onFault).toHaveBeenCalledTimes(1)
    await clock.advance(1)
    expect(paths(asked())).toContain(AUTH)
    stream.stop()
    polling.stop()
  })

  it('reset: a new token and connection at once, whatever the channel and the time, without polling', async () => {
    const { asked, clock, stream, polling, control, sources, live } = await openedStream()
    await control('STREAMING_RESET', 1, 'whatever')
    expect(paths(asked())).toEqual([AUTH])
    await clock.advance(2000)
    expect(sources.length).toBe(2)
    expect(live()).toBe(1)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })
})

describe('messages that bring nothing', () => {
  it.each([
    '{}',
    '{"id":"x","channel":"c"}',
    '{"data":"{}"}',
    '{"data":"{\\"type\\":\\"NEWS\\"}"}',
    '{"data":"{\\"type\\":\\"CONTROL\\"}"}',
    '{"name":"[meta]occupancy","data":"{}"}',
    '{"name":"[meta]occupancy","data":"{\\"metrics\\":null}"}',
  ])('%s', async (data) => {
    const { asked, clock, stream, polling, last, live, onUnreadable } = await openedStream()
    last().listener.onMessage(data)
    await inflated()
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    expect(live()).toBe(1)
    expect(onUnreadable).not.toHaveBeenCalled()
    stream.stop()
    polling.stop()
  })
})

describe('messages that cannot be read', () => {
  it.each([
    '',
    'oops',
    'null',
    '7',
    '{"data":""}',
    '{"data":"oops"}',
    '{"data":"null"}',
    '{"data":"7"}',
    '{"data":{"type":"SPLIT_UPDATE","changeNumber":5}}',
    '{"data":"{\\"type\\":\\"SPLIT_UPDATE\\"}"}',
    '{"data":"{\\"type\\":\\"SPLIT_UPDATE\\",\\"changeNumber\\":\\"12\\"}"}',
    '{"data":"{\\"type\\":\\"SPLIT_UPDATE\\",\\"changeNumber\\":1e300}"}',
    '{"data":"{\\"type\\":\\"RB_SEGMENT_UPDATE\\",\\"changeNumber\\":null}"}',
    '{"data":"{\\"type\\":\\"SPLIT_KILL\\",\\"changeNumber\\":12,\\"splitName\\":7}"}',
    '{"data":"{\\"type\\":\\"SPLIT_KILL\\",\\"changeNumber\\":1e300,\\"splitName\\":\\"a\\",\\"defaultTreatment\\":\\"x\\"}"}',
    '{"data":"{\\"type\\":\\"MEMBERSHIPS_MS_UPDATE\\"}"}',
    '{"data":"{\\"type\\":\\"MEMBERSHIPS_LS_UPDATE\\",\\"cn\\":-1e300}"}',
  ])('%s: everything is fetched once, past the HTTP caches', async (data) => {
    const { asked, requests, clock, stream, polling, last, live, definitions, onUnreadable } = await openedStream({
      polling: WITH_SEGMENTS,
    })
    for (let i = 0; i < 100; i++) last().listener.onMessage(data)
    await clock.advance(1_000)
    expect(requests.map(({ noCache }) => noCache)).toEqual([true, true])
    expect(paths(asked())).toEqual(['/memberships/user1', E1])
    expect(onUnreadable).toHaveBeenCalled()
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    expect(live()).toBe(1)
    expect(definitions.changeNumbers()).toEqual({ flags: 10, ruleBasedSegments: 5 })
    stream.stop()
    polling.stop()
  })

  it.each([
    { type: 'SPLIT_UPDATE', changeNumber: 12, pcn: 10, c: 0, d: plain('{"name":"a","changeNumber":12}') },
    { type: 'SPLIT_KILL', changeNumber: 12, splitName: 'a', defaultTreatment: 'off' },
    { type: 'RB_SEGMENT_UPDATE', changeNumber: 12, pcn: 5, c: 2, d: zlib('{"name":"r"}') },
    { type: 'MEMBERSHIPS_MS_UPDATE', cn: 12, n: ['s'], c: 0, u: 2, d: plain('{"a":[1],"r":[]}'), h: 0 },
    { type: 'MEMBERSHIPS_LS_UPDATE', cn: 12, n: ['s'], c: 1, u: 3, d: '', i: 60_000, s: 0 },
    { type: 'CONTROL', controlType: 'STREAMING_DISABLED' },
    { metrics: { publishers: 0 } },
  ])('because they were cut anywhere: %j', async (message) => {
    const data = JSON.stringify(message)
    const envelope = { channel: 'c_pri', timestamp: 7, ...('metrics' in message && { name: '[meta]occupancy' }) }
    const whole = JSON.stringify({ ...envelope, data })
    const { asked, clock, stream, polling, last, live, definitions } = await openedStream({ polling: WITH_SEGMENTS })
    for (const cut of [
      ...Array.from(whole, (_, i) => whole.slice(0, i)),
      ...Array.from(data, (_, i) => JSON.stringify({ ...envelope, data: data.slice(0, i) })),
    ]) {
      last().listener.onMessage(cut)
      await clock.advance(1_000)
      expect([cut, ...paths(asked())]).toEqual([cut, '/memberships/user1', E1])
    }
    expect([live(), stream.isUp()]).toEqual([1, true])
    expect([definitions.changeNumbers(), definitions.raw('a')?.killed]).toEqual([
      { flags: 10, ruleBasedSegments: 5 },
      false,
    ])
    stream.stop()
    polling.stop()
  })

  it('count for nothing once the stream is down', async () => {
    const { asked, clock, stream, polling, last } = await openedStream()
    last().listener.onMessage('oops')
    stream.stop()
    await clock.advance(1_000)
    last().listener.onMessage('oops')
    await clock.advance(1_000)
    expect(asked()).toEqual([])
    polling.stop()
  })
})

describe('updates of definitions', () => {
  const update = (definition: unknown, changeNumber: number, pcn: number, more: object = {}) => ({
    type: 'SPLIT_UPDATE',
    changeNumber,
    pcn,
    c: 0,
    d: plain(JSON.stringify(definition)),
    ...more,
  })

  it('are fetched past the HTTP caches, older ones and repeated ones not at all', async () => {
    const { send, asked, requests, server, stream, polling } = await openedStream()
    server.reply = () => splitChanges(12, [flag('a', 12)], 5)
    await send({ type: 'SPLIT_UPDATE', changeNumber: 12 })
    expect(requests.map(({ noCache }) => noCache)).toEqual([true])
    expect(paths(asked())).toEqual([E1])
    await send({ type: 'SPLIT_UPDATE', changeNumber: 12 })
    await send({ type: 'SPLIT_UPDATE', changeNumber: 11 })
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it.each([
    ['as they are', 0, plain],
    ['by gzip', 1, gzip],
    ['by zlib', 2, zlib],
  ])('that come along %s are applied without a request, as UTF-8 and of any size', async (_, c, pack) => {
    const { send, asked, definitions, onDefinitions, stream, polling } = await openedStream()
    const big = flag('ünïcode 😀', 11, { padding: 'é'.repeat(500_000) })
    await send(update(big, 11, 10, { c, d: pack(JSON.stringify(big)) }))
    await inflated()
    await expect.poll(() => definitions.raw('ünïcode 😀')).toEqual(big)
    expect(definitions.changeNumbers()).toEqual({ flags: 11, ruleBasedSegments: 5 })
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'flags', names: ['ünïcode 😀'] })
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('are applied also while a number is waited for that never comes, and announced ones after that was given up', async () => {
    const { send, asked, clock, definitions, server, stream, polling } = await openedStream()
    await send({ type: 'SPLIT_UPDATE', changeNumber: clock.now() })
    expect(paths(asked())).toEqual([E1])
    await send(update(flag('a', 11), 11, 10))
    await expect.poll(() => definitions.changeNumbers().flags).toBe(11)
    await clock.advance(1_000_000)
    expect(asked()).toHaveLength(19)
    server.reply = () => splitChanges(12, [flag('a', 12)], 5)
    await send({ type: 'SPLIT_UPDATE', changeNumber: 12 })
    expect(definitions.changeNumbers().flags).toBe(12)
    stream.stop()
    polling.stop()
  })

  it('one after the other, although each takes its time to inflate', async () => {
    const { send, asked, definitions, stream, polling } = await openedStream()
    for (let i = 11; i < 20; i++) {
      await send(
        update(flag('a', i), i, i - 1, { c: 1 + (i % 2), d: (i % 2 ? zlib : gzip)(JSON.stringify(flag('a', i))) }),
      )
    }
    await expect.poll(() => definitions.changeNumbers().flags).toBe(19)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it.each([
    ['do not follow what is here', update(flag('a', 20), 20, 15)],
    ['are broken', update(flag('a', 11), 11, 10, { c: 2, d: 'AAAA' })],
    ['are no base64', update(flag('a', 11), 11, 10, { d: '*' })],
    ['are no JSON', update(flag('a', 11), 11, 10, { d: plain('{') })],
    ['are no UTF-8', update(flag('a', 11), 11, 10, { d: Buffer.from([0x22, 0xff, 0x22]).toString('base64') })],
    ['are no definition', update(7, 11, 10)],
    ['are null', update(null, 11, 10)],
    ['are of an unknown compression', update(flag('a', 11), 11, 10, { c: 3 })],
    ['are empty', update(flag('a', 11), 11, 10, { d: '' })],
    ['lack the compression', update(flag('a', 11), 11, 10, { c: undefined })],
    [
      'ask for a rule-based segment that is not here',
      update(flag('a', 11, { conditions: [inSegment('r', 'IN_RULE_BASED_SEGMENT')] }), 11, 10),
    ],
  ])('that %s are fetched', async (_, message) => {
    const { send, asked, server, definitions, stream, polling } = await openedStream()
    server.reply = () => splitChanges(20, [], 5)
    await send(message)
    await inflated()
    expect(paths(asked())).toEqual([E1])
    expect(definitions.raw('a')).toBeUndefined()
    stream.stop()
    polling.stop()
  })

  it('that were overtaken while they were inflated are not applied', async () => {
    const changeNumbers = { flags: 10, ruleBasedSegments: 5 }
    const definitionsInCache = cacheOf([flag('wrong', 1)], { changeNumbers, text: '{"name":"z"}' })
    const { send, asked, definitions, stream, polling, server } = await openedStream({
      polling: { cached: { definitions: definitionsInCache, memberships: new Map() } },
    })
    server.reply = () => splitChanges(20, [], 5)
    await send(update(flag('a', 11), 11, 10, { c: 1, d: gzip(JSON.stringify(flag('a', 11))) }))
    // What is here turns out to be wrong: one flag alone must not stand for all.
    expect(definitions.flag('wrong')).toBeUndefined()
    expect(definitions.changeNumbers().flags).toBe(-1)
    await inflated()
    expect(definitions.raw('a')).toBeUndefined()
    expect(paths(asked())).toEqual(['/splitChanges?s=1.3&since=-1&rbSince=-1'])
    stream.stop()
    polling.stop()
  })

  it('that ask for a rule-based segment that is here are applied', async () => {
    const { send, asked, definitions, stream, polling, onDefinitions } = await openedStream()
    await send({ ...update({ name: 'r', conditions: [] }, 6, 5), type: 'RB_SEGMENT_UPDATE' })
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'segments', names: [] })
    await send(update(flag('a', 11, { conditions: [inSegment('r', 'IN_RULE_BASED_SEGMENT')] }), 11, 10))
    await inflated()
    expect(definitions.raw('a')).toBeDefined()
    expect(definitions.changeNumbers()).toEqual({ flags: 11, ruleBasedSegments: 6 })
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('of archived flags remove them, and of flags that are not asked for only the number counts', async () => {
    const { send, definitions, onDefinitions, stream, polling } = await openedStream({
      polling: {
        filter: { flagNames: ['a'] },
        reply: ({ url }) => (url.includes('split') ? splitChanges(10, [flag('a', 10)], 5) : NO_MEMBERSHIPS),
      },
    })
    await send(update(flag('other', 11), 11, 10))
    await inflated()
    expect(definitions.names()).toEqual(['a'])
    expect(onDefinitions).toHaveBeenLastCalledWith(undefined)
    await send(update(flag('a', 12, { status: 'ARCHIVED' }), 12, 11))
    await inflated()
    expect(definitions.names()).toEqual([])
    expect(definitions.changeNumbers().flags).toBe(12)
    stream.stop()
    polling.stop()
  })

  it('of rule-based segments without content are fetched until both numbers are reached', async () => {
    const { send, asked, server, clock, stream, polling } = await openedStream()
    server.reply = () => splitChanges(10, [], 6)
    await send({ type: 'RB_SEGMENT_UPDATE', changeNumber: 7 })
    await send({ type: 'SPLIT_UPDATE', changeNumber: 11 })
    server.reply = () => splitChanges(11, [], 6)
    await clock.advance(10_000)
    server.reply = () => splitChanges(11, [], 7)
    await clock.advance(60_000)
    asked()
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })
})

describe('kills', () => {
  const kill = (splitName: string, changeNumber: number) => ({
    type: 'SPLIT_KILL',
    changeNumber,
    splitName,
    defaultTreatment: 'killed_t',
  })
  const withFlag = {
    polling: {
      reply: ({ url }: { url: string }) =>
        url.includes('split') ? splitChanges(10, [flag('a', 10)], 5) : NO_MEMBERSHIPS,
    },
  }

  it('count at once, tell the name, and are confirmed by a fetch', async () => {
    const { last, asked, definitions, onDefinitions, stream, polling, server } = await openedStream(withFlag)
    const before = definitions.confirmedAt()
    server.reply = () => splitChanges(12, [flag('a', 12, { killed: true, defaultTreatment: 'killed_t' })], 5)
    last().listener.onMessage(JSON.stringify({ timestamp: 1, channel: 'c', data: JSON.stringify(kill('a', 12)) }))
    // Both happen in the same turn of the event loop.
    expect(definitions.raw('a')).toMatchObject({ killed: true, defaultTreatment: 'killed_t', changeNumber: 12 })
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'flags', names: ['a'] })
    expect(definitions.confirmedAt()).toBe(before)
    await settle()
    expect(paths(asked())).toEqual([E1])
    stream.stop()
    polling.stop()
  })

  it('of unknown flags are only fetched, older ones not even that', async () => {
    const { send, asked, onDefinitions, stream, polling, server } = await openedStream(withFlag)
    onDefinitions.mockClear()
    server.reply = () => splitChanges(12, [], 5)
    await send(kill('nope', 12))
    expect(paths(asked())).toEqual([E1])
    expect(onDefinitions.mock.calls).toEqual([[undefined]])
    await send(kill('a', 9))
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })
})

describe('the page', () => {
  it('that is hidden for a minute lets go of the connection, and takes it up again when it is back', async () => {
    const { asked, clock, stream, polling, setActive, live, open } = await openedStream()
    setActive(false)
    await clock.advance(59_999)
    expect(live()).toBe(1)
    await clock.advance(1)
    expect(live()).toBe(0)
    await clock.advance(3_600_000)
    expect(asked()).toEqual([])
    setActive(true)
    await settle()
    expect(paths(asked()).sort()).toEqual([E1, AUTH].sort())
    await clock.advance(2000)
    await open()
    expect(live()).toBe(1)
    stream.stop()
    polling.stop()
  })

  it('that is hidden for a moment keeps it', async () => {
    const { asked, clock, stream, polling, setActive, live } = await openedStream()
    setActive(false)
    await clock.advance(30_000)
    setActive(true)
    await clock.advance(300_000)
    expect(live()).toBe(1)
    expect(asked()).toEqual([])
    stream.stop()
    polling.stop()
  })

  it('that is offline asks for nothing and is not connected again before it is back', async () => {
    const { asked, clock, stream, polling, setActive, fail } = await openedStream()
    setActive(false)
    await fail()
    await clock.advance(50_000)
    expect(asked()).toEqual([])
    setActive(true)
    setActive(true)
    await clock.advance(20_000)
    expect(paths(asked())).toEqual([AUTH, E1])
    stream.stop()
    polling.stop()
  })
})

describe('stop', () => {
  it('leaves no connection, timer or listener, asks for nothing, and can be taken back', async () => {
    const { asked, clock, stream, polling, live, send, listeners, open } = await openedStream()
    await send({ type: 'SPLIT_UPDATE', changeNumber: 3000 })
    asked()
    stream.stop()
    stream.stop()
    await settle()
    expect(live()).toBe(0)
    expect(listeners.size).toBe(1)
    expect(asked()).toEqual([])
    stream.start()
    await clock.advance(2000)
    await open()
    expect(live()).toBe(1)
    stream.stop()
    polling.stop()
    expect(listeners.size).toBe(0)
    await clock.advance(3_600_000)
    expect(clock.pending()).toBe(0)
  })

  it('in the middle of a question for a token', async () => {
    let answer: (body: object) => void = () => {}
    const { clock, stream, polling, sources, requests } = await openStream({
      auth: () => new Promise<object>((resolve) => (answer = resolve)),
    })
    stream.start()
    await settle()
    stream.stop()
    expect(requests.at(-1)?.signal?.aborted).toBe(true)
    answer(GRANTED)
    await clock.advance(600_000)
    expect(sources).toEqual([])
    polling.stop()
  })

  it('while a change is inflated: it is not applied', async () => {
    const { send, definitions, stream, polling } = await openedStream()
    await send({ type: 'SPLIT_UPDATE', changeNumber: 11, pcn: 10, c: 1, d: gzip(JSON.stringify(flag('a', 11))) })
    await send({ type: 'SPLIT_UPDATE', changeNumber: 12, pcn: 11, c: 1, d: gzip(JSON.stringify(flag('b', 12))) })
    stream.stop()
    await inflated()
    expect(definitions.raw('b')).toBeUndefined()
    polling.stop()
  })
})
