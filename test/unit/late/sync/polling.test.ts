import { describe, expect, it, vi } from 'vitest'
import { cacheOf, flag, inSegment, settle, splitChanges } from '../../definitions/fakes'
import { NO_MEMBERSHIPS, openPolling } from './openPolling'
import type { CacheWriter } from '../../../../src/late/sync/cacheWriter'
import type { Reply } from './openPolling'

const isDefinitions = ({ url }: { url: string }) => url.startsWith('/splitChanges')
const FIRST = '/splitChanges?s=1.3&since=-1&rbSince=-1'
const NEXT = '/splitChanges?s=1.3&since=10&rbSince=5'

function fakeWriter() {
  return {
    writeDefinitions: vi.fn<CacheWriter['writeDefinitions']>(async () => {}),
    writeMemberships: vi.fn<CacheWriter['writeMemberships']>(async () => {}),
    forgetMemberships: vi.fn<CacheWriter['forgetMemberships']>(async () => {}),
    forgetDefinitions: vi.fn<CacheWriter['forgetDefinitions']>(async () => {}),
    stop: vi.fn<CacheWriter['stop']>(),
  }
}

const USES_SEGMENTS = splitChanges(10, [flag('a', 1, { conditions: [inSegment('s')] })], 5)
const CACHED = { changeNumbers: { flags: 10, ruleBasedSegments: 5 } }

describe('start', () => {
  it('asks for memberships of every key and for definitions, once each', async () => {
    const { asked, requests, clock, onDefinitions, onMemberships, definitions, server, start, stop, keys } =
      openPolling()
    server.reply = (request) =>
      isDefinitions(request) ? splitChanges(10, [flag('a', 10)], 5) : { ms: { k: [{ n: 's' }] }, ls: { k: [] } }
    const { memberships } = keys.register('user 1/ä@x')
    keys.register('other')
    keys.register('user 1/ä@x')
    expect(asked()).toEqual([])
    start()
    await settle()
    expect(requests.map(({ isFirst }) => isFirst)).toEqual([true, true, true])
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user%201%2F%C3%A4%40x', '0 /memberships/other'])
    // For definitions that the first file already uses, the second file tells its own parts that they are confirmed.
    expect(onDefinitions.mock.calls).toEqual([[{ type: 'flags', names: ['a'] }], [undefined]])
    expect(onMemberships.mock.calls).toEqual([
      ['user 1/ä@x', true, 'network'],
      ['other', true, 'network'],
    ])
    expect([...memberships.segments]).toEqual(['s'])
    expect(definitions.names()).toEqual(['a'])
    expect(definitions.confirmedAt()).toBe(clock.now())
    stop()
  })

  it('encodes a key with a lone surrogate', async () => {
    const { asked, start, stop, keys } = openPolling()
    keys.register('a\ud800b')
    start()
    await settle()
    expect(asked()[1]).toBe('0 /memberships/a%EF%BF%BDb')
    stop()
  })

  it('polls after each completion, memberships only while a flag asks for segments', async () => {
    const { asked, clock, server, start, stop, keys } = openPolling()
    keys.register('user')
    start()
    await settle()
    asked()
    await clock.advance(60_000)
    expect(asked()).toEqual([`60 ${NEXT}`])
    server.reply = (request) =>
      isDefinitions(request) ? splitChanges(11, [flag('a', 11, { conditions: [inSegment('s')] })], 5) : NO_MEMBERSHIPS
    await clock.advance(60_000)
    // The first flag that asks for a segment: memberships are fetched at once.
    expect(asked()).toEqual([`120 ${NEXT}`, '120 /memberships/user'])
    await clock.advance(60_000)
    expect(asked().sort()).toEqual(['180 /memberships/user', '180 /splitChanges?s=1.3&since=11&rbSince=5'])
    server.reply = () => splitChanges(12, [flag('a', 12)], 5)
    await clock.advance(60_000)
    asked()
    await clock.advance(60_000)
    expect(asked()).toEqual(['300 /splitChanges?s=1.3&since=12&rbSince=5'])
    stop()
  })

  it('never has two requests of a kind on the way', async () => {
    const { polling, asked, clock, server, start, stop } = openPolling()
    let answer: (body: object) => void = () => {}
    server.reply = () => new Promise<object>((resolve) => (answer = resolve))
    start()
    await settle()
    void polling.refresh()
    void polling.refresh()
    await clock.advance(500_000)
    expect(asked()).toEqual([`0 ${FIRST}`])
    answer(splitChanges(10, [], 5))
    await settle()
    expect(asked()).toEqual([`500 ${NEXT}`])
    stop()
  })
})

describe('the first requests', () => {
  it('are taken over when the second file comes, however late, and nothing is asked for twice', async () => {
    const writer = fakeWriter()
    const { polling, firstRequests, keys, asked, clock, definitions, onMemberships, stop } = openPolling({
      settings: { writer },
    })
    keys.register('user')
    firstRequests.ask()
    await settle()
    const confirmedAt = clock.now()
    await clock.advance(600_000)
    expect(definitions.confirmedAt()).toBe(confirmedAt)
    expect(polling.contactAt()).toBeUndefined()
    polling.start()
    await settle()
    // The time of confirmation is when the answer came, not when it is stored.
    expect([definitions.confirmedAt(), polling.contactAt()]).toEqual([confirmedAt, confirmedAt])
    expect(writer.writeDefinitions.mock.calls).toEqual([[definitions.snapshot, confirmedAt]])
    expect(writer.writeMemberships).toHaveBeenCalledTimes(1)
    expect(onMemberships).toHaveBeenCalledTimes(1)
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    await clock.advance(60_000)
    expect(asked()).toEqual([`660 ${NEXT}`])
    stop()
  })

  it('are waited for when the second file is faster than the cache', async () => {
    const { polling, firstRequests, asked, clock, stop } = openPolling()
    polling.start()
    await clock.advance(200)
    expect(asked()).toEqual([])
    firstRequests.ask()
    await settle()
    expect(asked()).toEqual([`0.2 ${FIRST}`])
    stop()
  })

  it('that failed are the first attempt of a start', async () => {
    const { asked, clock, keys, requests, start, stop, onError } = openPolling({ reply: () => 503 })
    keys.register('user')
    start()
    await clock.advance(3_999)
    expect(requests.map(({ isFirst }) => isFirst)).toEqual([true, true, false, false])
    expect(asked().sort()).toEqual(['0 /memberships/user', '0 /memberships/user', `0 ${FIRST}`, `0 ${FIRST}`])
    expect(onError).toHaveBeenCalledTimes(2)
    stop()
  })

  it('are dropped when another tab has brought something newer since', async () => {
    const { polling, firstRequests, asked, definitions, server, load, stop } = openPolling()
    server.reply = ({ url }) => (url === FIRST ? splitChanges(9, [flag('old', 9)], 5) : splitChanges(11, [], 5))
    firstRequests.ask()
    load({ definitions: cacheOf([flag('a', 10)], CACHED), memberships: new Map() })
    await settle()
    polling.start()
    await settle()
    expect(asked()).toEqual([`0 ${FIRST}`, `0 ${NEXT}`])
    expect(definitions.names()).toEqual(['a'])
    stop()
  })

  it('about a key that was let go of, and taken into use again, are in use', async () => {
    const { polling, firstRequests, keys, asked, server, stop } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : { ms: { k: [{ n: 's' }] }, ls: { k: [] } })
    const { end } = keys.register('user')
    firstRequests.ask()
    await settle()
    end()
    const { memberships } = keys.register('user')
    expect(memberships.segments.size).toBe(0)
    polling.start()
    await settle()
    expect([...memberships.segments]).toEqual(['s'])
    expect(keys.get('user')?.state).toBe('confirmed')
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    stop()
  })

  it('about a key that is no longer used are left alone', async () => {
    const { polling, firstRequests, keys, asked, onMemberships, stop } = openPolling()
    const { end } = keys.register('user')
    firstRequests.ask()
    end()
    polling.start()
    await settle()
    expect(onMemberships).not.toHaveBeenCalled()
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    stop()
  })
})

describe('the cache', () => {
  it('is asked on from', async () => {
    const { asked, onCache, onMemberships, onDefinitions, server, start, stop, keys, definitions } = openPolling({
      cached: {
        definitions: cacheOf([flag('a', 1)], { ...CACHED, usesSegments: true }),
        memberships: new Map([['user', { confirmedAt: 1, answer: { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [] } } }]]),
      },
    })
    server.reply = () => new Promise(() => {})
    const { memberships } = keys.register('user')
    start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`, '0 /memberships/user'])
    expect(onCache).toHaveBeenCalledWith(1, { type: 'flags', names: ['a'] })
    expect(onMemberships.mock.calls).toEqual([['user', true, 'cache']])
    expect([...memberships.segments]).toEqual(['s'])
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(definitions.confirmedAt()).toBe(1)
    stop()
  })

  it('of flags that use no segments: no memberships are asked for', async () => {
    const { asked, clock, start, stop, keys } = openPolling({
      cached: { definitions: cacheOf([flag('a', 1)], CACHED), memberships: new Map() },
    })
    keys.register('user')
    start()
    keys.register('late')
    await clock.advance(60_000)
    expect(asked()).toEqual([`0 ${NEXT}`, `60 ${NEXT}`])
    stop()
  })

  it('of flags that the application brought and that use no segments: no memberships are asked for, however late the answer', async () => {
    const { asked, definitions, server, start, stop, keys } = openPolling()
    server.reply = () => new Promise(() => {})
    definitions.apply(splitChanges(10, [flag('a', 1)], 5))
    keys.register('user')
    start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`])
    stop()
  })

  it('of an environment without flags, which has no change number: no memberships are asked for once that is known', async () => {
    const { asked, clock, server, start, stop, keys } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? splitChanges(-1, [], -1) : NO_MEMBERSHIPS)
    keys.register('user')
    start()
    await settle()
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    await clock.advance(180_000)
    expect(asked().filter((line) => line.includes('memberships'))).toEqual([])
    stop()
  })

  it('is still used when it comes after the question, and before the answer', async () => {
    let answer: (body: object) => void = () => {}
    const { asked, onCache, definitions, server, load, start, stop } = openPolling()
    server.reply = () => new Promise<object>((resolve) => (answer = resolve))
    start()
    await settle()
    expect(asked()).toEqual([`0 ${FIRST}`])
    load({ definitions: cacheOf([flag('a', 1), flag('gone', 1)], CACHED), memberships: new Map() })
    expect(onCache).toHaveBeenCalledTimes(1)
    expect(definitions.names()).toEqual(['a', 'gone'])
    // The answer to -1 has everything, so that a flag which it does not name is gone.
    answer(splitChanges(10, [flag('a', 1)], 5))
    await settle()
    expect(definitions.names()).toEqual(['a'])
    stop()
  })

  it('counts for nothing when the service was faster', async () => {
    const { onCache, onMemberships, definitions, server, load, start, stop, keys } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? splitChanges(20, [flag('b', 20)], 5) : NO_MEMBERSHIPS)
    const { memberships } = keys.register('user')
    start()
    await settle()
    load({
      definitions: cacheOf([flag('a', 1)], CACHED),
      memberships: new Map([['user', { confirmedAt: 1, answer: { ms: { k: [{ n: 'old' }] }, ls: { k: [] } } }]]),
    })
    expect(onCache).not.toHaveBeenCalled()
    expect(onMemberships).toHaveBeenCalledTimes(1)
    expect(definitions.names()).toEqual(['b'])
    expect(memberships.segments.size).toBe(0)
    stop()
  })

  it('is written after every answer, memberships when they are new and the user may be stored', async () => {
    const writer = fakeWriter()
    let mayStore = false
    const { polling, clock, server, start, stop, keys } = openPolling({
      settings: { writer, mayStoreUser: () => mayStore },
    })
    keys.register('user')
    start()
    await settle()
    expect(writer.writeDefinitions).toHaveBeenCalledTimes(1)
    expect(writer.writeMemberships).not.toHaveBeenCalled()
    mayStore = true
    await polling.refreshMemberships('user')
    const confirmedAt = clock.now()
    expect(writer.writeMemberships.mock.calls).toEqual([['user', { confirmedAt, answer: NO_MEMBERSHIPS }]])
    await polling.refreshMemberships('user')
    expect(writer.writeMemberships).toHaveBeenCalledTimes(1)
    server.reply = () => ({ ms: { k: [{ n: 's' }] }, ls: { k: [] } })
    await polling.refreshMemberships('user')
    expect(writer.writeMemberships).toHaveBeenCalledTimes(2)
    stop()
  })

  it('of memberships is marked as confirmed once an hour, or it would expire', async () => {
    const writer = fakeWriter()
    const { polling, clock, start, stop, keys } = openPolling({ settings: { writer } })
    keys.register('user')
    keys.load('user', { confirmedAt: clock.now() - 3_599_999, answer: NO_MEMBERSHIPS })
    start()
    await settle()
    expect(writer.writeMemberships).not.toHaveBeenCalled()
    clock.jump(1)
    await polling.refreshMemberships('user')
    expect(writer.writeMemberships.mock.calls).toEqual([['user', { confirmedAt: clock.now(), answer: NO_MEMBERSHIPS }]])
    stop()
  })

  it('that turns out to be wrong is deleted, and everything is asked for', async () => {
    const broken = cacheOf([flag('a', 1), flag('b', 1)], { ...CACHED, text: '{"name":"z"}' })
    const writer = fakeWriter()
    const { asked, definitions, server, start, stop } = openPolling({
      settings: { writer },
      cached: { definitions: broken, memberships: new Map() },
    })
    server.reply = () => splitChanges(10, [], 5)
    start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`])
    server.reply = () => splitChanges(12, [flag('a', 12)], 5)
    expect(definitions.flag('a')).toBeUndefined()
    expect(definitions.flag('b')).toBeUndefined()
    await settle()
    expect(writer.forgetDefinitions).toHaveBeenCalledTimes(1)
    expect(asked()).toEqual([`0 ${FIRST}`])
    expect(definitions.flag('a')).toBeDefined()
    stop()
  })
})

describe('what the first file has in use', () => {
  it('is asked for anew where a decision found, before the second file was there, that the cache is wrong', async () => {
    const writer = fakeWriter()
    const { polling, firstRequests, asked, definitions, server, load, stop } = openPolling({ settings: { writer } })
    load({ definitions: cacheOf([flag('a', 1)], { ...CACHED, text: '{"name":"z"}' }), memberships: new Map() })
    server.reply = ({ url }) => (url === FIRST ? splitChanges(12, [flag('a', 12)], 5) : splitChanges(10, [], 5))
    firstRequests.ask()
    await settle()
    expect(definitions.flag('a')).toBeUndefined()
    polling.start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`, `0 ${FIRST}`])
    expect(writer.forgetDefinitions).toHaveBeenCalledTimes(1)
    expect(definitions.flag('a')).toBeDefined()
    stop()
  })
})

describe('failures', () => {
  it('of a start are tried again at once, then after growing waits, and told of once', async () => {
    const { asked, clock, onError, onDefinitions, server, start, stop } = openPolling({ reply: () => 500 })
    start()
    await clock.advance(20_000)
    expect(asked()).toEqual([`0 ${FIRST}`, `0 ${FIRST}`, `4 ${FIRST}`, `12 ${FIRST}`])
    expect(onError).toHaveBeenCalledTimes(1)
    expect(onError.mock.calls[0]?.[0].message).toBe('definitions could not be fetched (status 500); trying again')
    server.reply = () => splitChanges(10, [], 5)
    await clock.advance(8_000)
    expect(onDefinitions).toHaveBeenCalledTimes(1)
    asked()
    server.reply = () => undefined
    await clock.advance(62_000)
    expect(asked()).toEqual([`88 ${NEXT}`, `90 ${NEXT}`])
    expect(onError).toHaveBeenCalledTimes(2)
    expect(onError.mock.calls[1]?.[0].message).toBe(
      'definitions could not be fetched (no answer from https://sdk.test/api/splitChanges); trying again',
    )
    stop()
  })

  it.each([304, 400, 404, 408, 413, 414, 429, 500, 503])(
    'status %i is tried again for as long as it takes',
    async (status) => {
      const { asked, clock, start, stop } = openPolling({ reply: () => status })
      start()
      await clock.advance(3_600_000)
      expect(asked().length).toBeGreaterThan(50)
      stop()
    },
  )

  it('wait as long as the service asks', async () => {
    const { asked, clock, start, stop } = openPolling({ reply: () => 429, retryAfterMs: 30_000 })
    start()
    await clock.advance(61_000)
    expect(asked()).toEqual([`0 ${FIRST}`, `30 ${FIRST}`, `60 ${FIRST}`])
    stop()
  })

  it.each([401, 403])('status %i for one key: everything else goes on, and it is asked again', async (status) => {
    const { polling, keys, asked, clock, definitions, onError, onRefused, onMemberships, server, start, stop } =
      openPolling()
    server.reply = ({ url }) => (isDefinitions({ url }) ? USES_SEGMENTS : url.includes('17') ? status : NO_MEMBERSHIPS)
    keys.register('user')
    keys.register('org/17')
    start()
    await settle()
    expect(onRefused.mock.calls).toEqual([['org/17']])
    expect(keys.get('org/17')?.state).toBe('refused')
    expect(onError).toHaveBeenCalledTimes(1)
    const since = clock.now()
    expect(polling.refused()).toEqual([{ resource: 'memberships/org/17', status, since, nextAttempt: since + 60_000 }])
    asked()
    await clock.advance(60_000)
    expect(asked().sort()).toEqual(['60 /memberships/org%2F17', '60 /memberships/user', `60 ${NEXT}`])
    expect(definitions.confirmedAt()).toBe(clock.now())
    server.reply = ({ url }) => (isDefinitions({ url }) ? splitChanges(10, [], 5) : NO_MEMBERSHIPS)
    await clock.advance(120_000)
    expect(polling.refused()).toEqual([])
    expect(keys.get('org/17')?.state).toBe('confirmed')
    expect(onMemberships).toHaveBeenCalledWith('org/17', false, 'network')
    stop()
  })

  it.each([401, 403])(
    'status %i for everything: what is known stays in use, and each is asked again',
    async (status) => {
      const { polling, asked, clock, onError, onRefused, definitions, server, onDefinitions, start, stop, keys } =
        openPolling({
          reply: () => status,
          cached: { definitions: cacheOf([flag('a', 1)], { ...CACHED, usesSegments: true }), memberships: new Map() },
        })
      keys.register('user')
      start()
      await settle()
      expect(onRefused.mock.calls).toEqual(expect.arrayContaining([[undefined], ['user']]))
      expect(polling.refused().map(({ resource }) => resource)).toEqual(['memberships/user', 'definitions'])
      expect(onError).toHaveBeenCalledTimes(2)
      expect(definitions.flag('a')).toBeDefined()
      asked()
      await clock.advance(24 * 3_600_000)
      expect(asked().length).toBeLessThan(70)
      expect(onError).toHaveBeenCalledTimes(2)
      server.reply = ({ url }) => (isDefinitions({ url }) ? splitChanges(11, [flag('b', 11)], 5) : NO_MEMBERSHIPS)
      await clock.advance(3_600_000)
      expect(onDefinitions).toHaveBeenCalledWith({ type: 'flags', names: ['b'] })
      expect(polling.refused()).toEqual([])
      stop()
    },
  )

  const EVERY_FAULT = Array.from({ length: 300 }, (_, i) => i + 300)
  it.each([
    ['definitions', 'before'],
    ['definitions', 'after'],
    ['memberships', 'before'],
    ['memberships', 'after'],
  ] as const)('every status for %s, %s the first success, concerns them alone, and passes', async (of, when) => {
    const isStart = when === 'before'
    for (const status of EVERY_FAULT) {
      for (const isProxied of [false, true]) {
        const where = [status, isProxied]
        const parts = openPolling({ settings: { isProxied } })
        const { polling, keys, definitions, clock, asked, server, start, stop } = parts
        let isFaulty = isStart
        const isOf = (url: string) => isDefinitions({ url }) === (of === 'definitions')
        server.reply = ({ url }) => {
          if (isFaulty && isOf(url)) return status
          return isDefinitions({ url }) ? USES_SEGMENTS : { ms: { k: [{ n: 's' }] }, ls: { k: [] } }
        }
        keys.register('user')
        start()
        await settle()
        isFaulty = true
        if (!isStart) await clock.advance(60_000)
        const isRefused = status === 401 || status === 403
        expect([...where, polling.refused().map((one) => [one.resource, one.status])]).toEqual([
          ...where,
          isRefused ? [[of === 'definitions' ? of : 'memberships/user', status]] : [],
        ])
        // The other key has its answer, and what was known stays.
        const segments = () => keys.get('user')?.memberships.segments.has('s')
        expect([...where, definitions.raw('a') !== undefined, segments()]).toEqual([
          ...where,
          !isStart || of === 'memberships',
          !isStart || of === 'definitions',
        ])
        asked()
        isFaulty = false
        await clock.advance(61_000)
        expect([...where, asked().some((line) => isOf(line.split(' ')[1] as string))]).toEqual([...where, true])
        expect([...where, definitions.raw('a') !== undefined, segments(), polling.refused()]).toEqual([
          ...where,
          true,
          true,
          [],
        ])
        stop()
      }
    }
  })

  it('one 403 of HTML between two answers delays an update by a back-off, and no more', async () => {
    const { clock, definitions, server, start, stop } = openPolling()
    start()
    await settle()
    server.reply = () => 403
    await clock.advance(60_000)
    server.reply = () => splitChanges(11, [flag('a', 11, { killed: true })], 5)
    await clock.advance(2_000)
    expect(definitions.raw('a')).toMatchObject({ killed: true })
    stop()
  })

  it.each([
    ['text', 'oops'],
    ['null', null],
    ['a number', 7],
    ['a list', []],
    ['an object of something else', {}],
  ])('an answer that is %s is none', async (_, body) => {
    const { clock, onDefinitions, onError, start, stop } = openPolling({
      reply: () => undefined,
      settings: {
        http: {
          get: async () => ({
            status: 200,
            retryAfterMs: undefined,
            json: () => (body === 'oops' ? JSON.parse('oops') : body),
          }),
        },
      },
    })
    start()
    await clock.advance(10_000)
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      'definitions could not be fetched (malformed answer); trying again',
    ])
    stop()
  })

  it.each([
    ['a message', { message: 'rate limited' }],
    ['null', null],
    ['a text', 'ok'],
    ['a list', [] as object],
    ['an empty object', {}],
    ['halves that are none', { ms: null, ls: 'x' }],
  ])('an answer about memberships that is %s is none', async (_, body) => {
    const { keys, onMemberships, onError, server, start, stop } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : (body as object))
    const { memberships } = keys.register('user')
    keys.load('user', { confirmedAt: 1, answer: { ms: { k: [{ n: 's' }] }, ls: { k: [] } } })
    start()
    await settle()
    expect(onMemberships.mock.calls).toEqual([['user', true, 'cache']])
    expect([...memberships.segments]).toEqual(['s'])
    expect(onError.mock.calls[0]?.[0].message).toContain('memberships could not be fetched (malformed answer)')
    stop()
  })

  it.each([
    ['ms', { ms: { k: [{ n: 's' }] } }],
    ['ls', { ls: {} }],
  ])('an answer about memberships that has only %s is one', async (_, body) => {
    const { keys, onMemberships, server, start, stop } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : body)
    keys.register('user')
    start()
    await settle()
    expect(onMemberships).toHaveBeenCalledTimes(1)
    stop()
  })

  it('of memberships leave definitions alone', async () => {
    const { onDefinitions, onMemberships, clock, start, stop, keys } = openPolling({
      reply: (request) => (isDefinitions(request) ? splitChanges(10) : 500),
    })
    keys.register('user')
    start()
    await clock.advance(1000)
    expect(onDefinitions.mock.calls).toEqual([[undefined], [undefined]])
    expect(onMemberships).not.toHaveBeenCalled()
    stop()
  })

  it('of a listener stop no task', async () => {
    let n = 0
    const { hub, clock, asked, start, stop } = openPolling()
    hub.on('definitions', () => {
      if (++n < 3) throw new Error('listener')
    })
    start()
    await clock.advance(600_000)
    expect(asked().length).toBeGreaterThan(5)
    stop()
  })
})

describe('a page that asks once', () => {
  it.each([
    ['answered', (): Reply => splitChanges(10, [], 5)],
    ['failed', (): Reply => 503],
  ])('is over when every first request was %s, and not before', async (_what, reply) => {
    let answerLast: () => void = () => {}
    const { asked, clock, keys, onOver, server, start, stop } = openPolling({ settings: { isOnce: true } })
    server.reply = (request) =>
      isDefinitions(request) ? reply() : new Promise((resolve) => (answerLast = () => resolve(NO_MEMBERSHIPS)))
    keys.register('user')
    start()
    await clock.advance(600_000)
    expect(onOver).not.toHaveBeenCalled()
    answerLast()
    await clock.advance(600_000)
    expect(onOver).toHaveBeenCalledTimes(1)
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    stop()
  })
})

describe('the page', () => {
  it('does not poll while it is hidden or offline, and looks at the age when it is back', async () => {
    const { asked, clock, setActive, start, stop } = openPolling()
    start()
    await settle()
    asked()
    setActive(false)
    await clock.advance(300_000)
    expect(asked()).toEqual([])
    expect(clock.pending()).toBe(0)
    setActive(true)
    await settle()
    expect(asked()).toEqual([`300 ${NEXT}`])
    // The page was away for less than a period, so that nothing is due yet.
    await clock.advance(20_000)
    setActive(false)
    await clock.advance(20_000)
    setActive(true)
    setActive(true)
    await clock.advance(19_000)
    expect(asked()).toEqual([])
    await clock.advance(1_000)
    expect(asked()).toEqual([`360 ${NEXT}`])
    stop()
  })

  it('that starts hidden or offline still asks once', async () => {
    const { asked, clock, setActive, start, stop, keys } = openPolling({ reply: () => undefined })
    setActive(false)
    keys.register('user')
    start()
    await clock.advance(100_000)
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /memberships/user'])
    setActive(true)
    await settle()
    expect(asked().length).toBeGreaterThanOrEqual(2)
    stop()
  })

  it('is not held up by a clock that was set back', async () => {
    const { asked, clock, setActive, start, stop } = openPolling()
    start()
    await settle()
    asked()
    clock.jump(-86_400_000)
    setActive(true)
    await clock.advance(60_000)
    expect(asked()).toEqual([`-86340 ${NEXT}`])
    stop()
  })

  it('asks at once after a clock went ahead, as after sleep', async () => {
    const { asked, clock, setActive, start, stop } = openPolling()
    start()
    await settle()
    asked()
    clock.jump(86_400_000)
    setActive(true)
    await settle()
    expect(asked()).toEqual([`86400 ${NEXT}`])
    stop()
  })
})

describe('a stream', () => {
  it('of some keys ends the polling of those', async () => {
    const { polling, keys, asked, clock, server, start, stop } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : NO_MEMBERSHIPS)
    keys.register('heard')
    keys.register('other')
    start()
    await settle()
    asked()
    polling.setStreamed(new Set(['heard']))
    await clock.advance(60_000)
    expect(asked()).toEqual(['60 /memberships/other'])
    stop()
  })

  it('ends polling, but not the look at the age on return, nor the retry of what failed', async () => {
    const { polling, asked, clock, setActive, server, start, stop } = openPolling()
    start()
    await settle()
    asked()
    polling.setStreamed(new Set())
    await clock.advance(300_000)
    expect(asked()).toEqual([])
    setActive(true)
    await settle()
    expect(asked()).toEqual([`300 ${NEXT}`])
    server.reply = () => 503
    await polling.refresh()
    asked()
    server.reply = () => splitChanges(11)
    await clock.advance(60_000)
    expect(asked()).toEqual([`302 ${NEXT}`])
    polling.setStreamed(undefined)
    setActive(true)
    await clock.advance(60_000)
    expect(asked().length).toBe(1)
    stop()
  })

  it('passes options on to one request', async () => {
    const { polling, requests, start, stop, keys } = openPolling()
    keys.register('user')
    start()
    await settle()
    requests.length = 0
    expect(await polling.refresh({ noCache: true, till: 99 })).toBe(true)
    expect(await polling.refreshMemberships('user', { noCache: true, till: 7 })).toBe(true)
    expect(await polling.refreshMemberships('nobody')).toBe(false)
    expect(requests.map(({ url, noCache }) => [url, noCache])).toEqual([
      [`${NEXT}&till=99`, true],
      ['/memberships/user?till=7', true],
    ])
    stop()
  })

  it('tells and stores what it changed as if it had been fetched', async () => {
    const writer = fakeWriter()
    const { polling, clock, definitions, onDefinitions, onMemberships, start, stop, keys } = openPolling({
      settings: { writer },
    })
    const { memberships } = keys.register('user')
    start()
    await settle()
    polling.change(() => definitions.apply(splitChanges(11, [flag('a', 11)], 5)))
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'flags', names: ['a'] })
    expect(writer.writeDefinitions).toHaveBeenCalledTimes(2)
    polling.changeMemberships('user', () => memberships.change('ms', 3, ['s'], []))
    expect(onMemberships).toHaveBeenLastCalledWith('user', true, 'network')
    expect(writer.writeMemberships).toHaveBeenLastCalledWith('user', {
      confirmedAt: clock.now(),
      answer: { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [] } },
    })
    polling.changeMemberships('nobody', () => true)
    expect(onMemberships).not.toHaveBeenCalledWith('nobody', expect.anything(), expect.anything())
    stop()
  })
})

describe('keys', () => {
  it('that come later are fetched at once, and go by the cache until they are answered', async () => {
    const { asked, onMemberships, server, start, stop, keys } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : new Promise(() => {}))
    start()
    await settle()
    asked()
    keys.register('late')
    keys.load('late', { confirmedAt: 1, answer: { ms: { k: [{ n: 's' }] }, ls: { k: [] } } })
    await settle()
    expect(asked()).toEqual(['0 /memberships/late'])
    expect(onMemberships.mock.calls).toEqual([['late', true, 'cache']])
    stop()
  })

  it('that come later are not asked for while no flag uses segments', async () => {
    const { asked, start, stop, keys } = openPolling()
    start()
    await settle()
    asked()
    keys.register('late')
    await settle()
    expect(asked()).toEqual([])
    stop()
  })

  it('are shared by matching key and counted', async () => {
    const { polling, asked, clock, server, start, stop, keys } = openPolling()
    server.reply = (request) => (isDefinitions(request) ? USES_SEGMENTS : NO_MEMBERSHIPS)
    const one = keys.register('user')
    const two = keys.register('user')
    expect(one.memberships).toBe(two.memberships)
    start()
    await settle()
    asked()
    one.end()
    one.end()
    expect(polling.keys().map(({ matchingKey }) => matchingKey)).toEqual(['user'])
    await clock.advance(60_000)
    expect(asked().filter((line) => line.includes('memberships'))).toEqual(['60 /memberships/user'])
    two.end()
    expect(polling.keys()).toEqual([])
    await clock.advance(120_000)
    expect(asked().filter((line) => line.includes('memberships'))).toEqual([])
    stop()
  })

  it('A, B, A with a slow B: each keeps its own', async () => {
    const answers = new Map<string, (body: object) => void>()
    const { onMemberships, server, start, stop, keys } = openPolling()
    server.reply = (request) =>
      isDefinitions(request) ? USES_SEGMENTS : new Promise<object>((resolve) => answers.set(request.url, resolve))
    const of = (n: string) => ({ ms: { k: [{ n }] }, ls: { k: [] } })
    start()
    const a = keys.register('A')
    await settle()
    answers.get('/memberships/A')?.(of('a'))
    await settle()
    a.end()
    const b = keys.register('B')
    await settle()
    b.end()
    const again = keys.register('A')
    await settle()
    answers.get('/memberships/A')?.(of('a2'))
    await settle()
    answers.get('/memberships/B')?.(of('b'))
    await settle()
    expect([...again.memberships.segments]).toEqual(['a2'])
    expect(b.memberships.segments.size).toBe(0)
    expect(onMemberships.mock.calls.map(([key]) => key)).toEqual(['A', 'A'])
    stop()
  })
})

describe('filters', () => {
  it('are part of every question, before till', async () => {
    const { polling, asked, start, stop } = openPolling({ filter: { flagNames: ['b', 'a&b'], flagPrefixes: ['p'] } })
    start()
    await settle()
    await polling.refresh({ till: 5 })
    expect(asked()).toEqual([`0 ${FIRST}&names=a%26b,b&prefixes=p`, `0 ${NEXT}&names=a%26b,b&prefixes=p&till=5`])
    stop()
  })
})

describe('a service that does not take the change numbers', () => {
  const cached = { definitions: cacheOf([flag('a', 1)], CACHED), memberships: new Map() }

  it('is asked for everything, once a page; what it answers counts, although its numbers are lower', async () => {
    const { asked, clock, definitions, server, start, stop } = openPolling({ cached })
    server.reply = ({ url }) => (url === FIRST ? splitChanges(3, [flag('b', 3)], 1) : 400)
    start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`, `0 ${FIRST}`])
    expect(definitions.names()).toEqual(['b'])
    expect(definitions.changeNumbers()).toEqual({ flags: 3, ruleBasedSegments: 1 })
    await clock.advance(60_000)
    expect(asked()).toEqual(['60 /splitChanges?s=1.3&since=3&rbSince=1'])
    await clock.advance(600_000)
    expect(asked().join()).not.toContain(FIRST)
    stop()
  })

  it.each([undefined, 429, 503, {}])('is asked for everything again where that was not answered: %j', async (fault) => {
    const { asked, clock, definitions, server, start, stop } = openPolling({ cached })
    server.reply = ({ url }) => (url === FIRST ? fault : 400)
    start()
    await settle()
    expect(asked().slice(0, 2)).toEqual([`0 ${NEXT}`, `0 ${FIRST}`])
    server.reply = ({ url }) => (url === FIRST ? splitChanges(3, [flag('b', 3)], 1) : 400)
    await clock.advance(60_000)
    expect(definitions.names()).toEqual(['b'])
    await clock.advance(600_000)
    expect(asked().filter((line) => line.endsWith(FIRST))).toHaveLength(1)
    stop()
  })

  it('is not asked in spec 1.2, unless it is a proxy that does not take -1 either', async () => {
    for (const isProxied of [false, true]) {
      const { asked, server, start, stop } = openPolling({ cached, settings: { isProxied } })
      server.reply = () => 400
      start()
      await settle()
      const specs = asked().map((line) => /s=(1..)&since=(-?\d+)/.exec(line)?.slice(1).join(' '))
      expect(specs.slice(0, 3)).toEqual(isProxied ? ['1.3 10', '1.3 -1', '1.2 10'] : ['1.3 10', '1.3 -1', '1.3 10'])
      stop()
    }
  })
})

describe('many keys', () => {
  it('are asked for six at a time, in the order they came', async () => {
    const answers: (() => void)[] = []
    const { keys, asked, onMemberships, server, start, stop } = openPolling()
    server.reply = (request) =>
      isDefinitions(request) ? USES_SEGMENTS : new Promise((resolve) => answers.push(() => resolve(NO_MEMBERSHIPS)))
    for (let i = 0; i < 20; i++) keys.register(`user${i}`)
    start()
    await settle()
    expect(asked().length).toBe(7)
    for (let i = 0; i < 20; i++) {
      expect(answers.length).toBe(Math.min(20, i + 6))
      answers[i]?.()
      await settle()
    }
    expect(onMemberships.mock.calls.map(([key]) => key)).toEqual(Array.from({ length: 20 }, (_, i) => `user${i}`))
    stop()
  })

  it('that go are not asked for any more', async () => {
    const { keys, asked, server, start, stop } = openPolling()
    let answer: () => void = () => {}
    server.reply = (request) =>
      isDefinitions(request) ? USES_SEGMENTS : new Promise((resolve) => (answer = () => resolve(NO_MEMBERSHIPS)))
    const registrations = Array.from({ length: 8 }, (_, i) => keys.register(`user${i}`))
    start()
    await settle()
    for (const { end } of registrations.slice(6)) end()
    asked()
    answer()
    await settle()
    expect(asked()).toEqual([])
    stop()
  })

  it('are fetched once when a stream opens while they wait for their turn', async () => {
    const { polling, keys, asked, clock, server, start, stop } = openPolling()
    server.reply = (request) =>
      isDefinitions(request) ? USES_SEGMENTS : new Promise((resolve) => clock.after(50, () => resolve(NO_MEMBERSHIPS)))
    for (let i = 0; i < 400; i++) keys.register(`user${i}`)
    start()
    await clock.advance(200)
    void polling.refreshAll()
    await clock.advance(10_000)
    expect(asked().filter((line) => line.includes('memberships')).length).toBeLessThanOrEqual(430)
    stop()
  })

  /** A page with 30 keys, whose stream opens soon: `keysAsked` since the last call. */
  const openExpecting = async () => {
    const opened = openPolling({
      reply: (request) => (isDefinitions(request) ? USES_SEGMENTS : NO_MEMBERSHIPS),
    })
    for (let i = 0; i < 30; i++) opened.keys.register(`user${i}`)
    opened.start()
    opened.polling.expectStream()
    const keysAsked = () =>
      opened.asked().flatMap((line) => /memberships.user(\d+)$/.exec(line)?.slice(1).map(Number) ?? [])
    await opened.clock.advance(499)
    return { ...opened, keysAsked }
  }
  const FIRST = Array.from({ length: 12 }, (_, i) => i)
  const REST = Array.from({ length: 18 }, (_, i) => 12 + i)

  it('from the thirteenth on wait for a stream that opens soon, and are asked once', async () => {
    const { polling, clock, keysAsked, stop } = await openExpecting()
    expect(keysAsked()).toEqual(FIRST)
    void polling.refreshAll()
    polling.setStreamed(new Set())
    await settle()
    expect(keysAsked().sort((a, b) => a - b)).toEqual([...FIRST, ...REST])
    stop()
    expect(clock.pending()).toBe(0)
  })

  it('wait half a second for one that does not open, and a later key not at all', async () => {
    const { keys, clock, keysAsked, stop } = await openExpecting()
    expect(keysAsked()).toEqual(FIRST)
    await clock.advance(1)
    expect(keysAsked()).toEqual(REST)
    keys.register('user30')
    await settle()
    expect(keysAsked()).toEqual([30])
    stop()
  })

  it('that wait for a stream when the page stops are never asked for', async () => {
    const { clock, keysAsked, stop } = await openExpecting()
    keysAsked()
    stop()
    expect(clock.pending()).toBe(0)
    await clock.advance(1_000)
    expect(keysAsked()).toEqual([])
  })
})

describe('contact', () => {
  it('is the last answer, whether it brought anything or not', async () => {
    const { polling, clock, server, start, stop } = openPolling()
    expect(polling.contactAt()).toBeUndefined()
    start()
    await settle()
    const begin = clock.now()
    expect(polling.contactAt()).toBe(begin)
    await clock.advance(60_000)
    expect(polling.contactAt()).toBe(begin + 60_000)
    server.reply = () => 503
    await clock.advance(300_000)
    expect(polling.contactAt()).toBe(begin + 60_000)
    stop()
  })

  it('lasts as long as a stream', async () => {
    const { polling, clock, start, stop } = openPolling()
    start()
    await settle()
    polling.setStreamed(new Set())
    await clock.advance(600_000)
    expect(polling.contactAt()).toBe(clock.now())
    polling.setStreamed(undefined)
    const end = clock.now()
    clock.jump(1000)
    expect(polling.contactAt()).toBe(end)
    stop()
  })
})

describe('a proxy of an older spec', () => {
  const old = (till: number) => ({ splits: [flag('old', till)], since: -1, till })
  const speaks12 = ({ url }: { url: string }) => (url.includes('s=1.2') ? old(900) : 400)

  it('is spoken to in spec 1.2, asked about 1.3 again each hour, and everything is asked for anew when it learnt it', async () => {
    const { polling, asked, clock, definitions, server, onDefinitions, start, stop } = openPolling({
      reply: speaks12,
      settings: { isProxied: true },
    })
    start()
    await settle()
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /splitChanges?s=1.2&since=-1'])
    expect(polling.spec()).toBe('1.2')
    expect(definitions.names()).toEqual(['old'])
    await clock.advance(3_600_000)
    expect(new Set(asked().map((line) => line.split(' ')[1]))).toEqual(new Set(['/splitChanges?s=1.2&since=900']))
    await clock.advance(60_000)
    expect(asked()).toEqual(['3660 /splitChanges?s=1.3&since=900&rbSince=-1', '3660 /splitChanges?s=1.2&since=900'])
    server.reply = ({ url }) => (url.includes('since=-1&') ? splitChanges(7, [flag('new', 7)], 3) : splitChanges(900))
    await clock.advance(3_660_000)
    expect(asked().slice(-2)).toEqual(['7320 /splitChanges?s=1.3&since=900&rbSince=-1', `7320 ${FIRST}`])
    expect(definitions.names()).toEqual(['new'])
    expect(definitions.changeNumbers()).toEqual({ flags: 7, ruleBasedSegments: 3 })
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'flags', names: expect.arrayContaining(['new', 'old']) })
    expect(polling.spec()).toBe('1.3')
    await clock.advance(60_000)
    expect(asked()).toEqual(['7380 /splitChanges?s=1.3&since=7&rbSince=3'])
    stop()
  })

  it.each([undefined, 500, 404, 429, 401])('is not tried after %s', async (status) => {
    const { asked, start, stop } = openPolling({ reply: () => status, settings: { isProxied: true } })
    start()
    await settle()
    expect(asked().join()).not.toContain('1.2')
    stop()
  })

  it('is never looked for at the service itself', async () => {
    const { asked, start, stop } = openPolling({ reply: () => 400 })
    start()
    await settle()
    expect(asked().join()).not.toContain('1.2')
    stop()
  })
})

describe('stop', () => {
  it('leaves nothing behind: no timer, no listener, and what is on the way is aborted', async () => {
    const writer = fakeWriter()
    const {
      polling,
      clock,
      requests,
      listeners,
      onDefinitions,
      onMemberships,
      onError,
      server,
      asked,
      start,
      stop,
      keys,
    } = openPolling({
      settings: { writer },
    })
    server.reply = () => new Promise<object>((resolve) => clock.after(1000, () => resolve(splitChanges(10))))
    keys.register('user')
    start()
    await settle()
    const signals = requests.map(({ signal }) => signal)
    stop()
    stop()
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true])
    expect(listeners.size).toBe(0)
    await clock.advance(600_000)
    expect(clock.pending()).toBe(0)
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(onMemberships).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
    asked()
    expect(await polling.refresh()).toBe(false)
    keys.register('late')
    await settle()
    expect(asked()).toEqual([])
  })

  it('before the cache answered: nothing is asked any more', async () => {
    const { polling, firstRequests, clock, asked, stop } = openPolling()
    polling.start()
    stop()
    firstRequests.ask()
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    expect(clock.pending()).toBe(0)
  })
})
