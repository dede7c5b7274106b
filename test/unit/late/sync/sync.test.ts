import { describe, expect, it, vi } from 'vitest'
import { cacheOf, flag, inSegment, settle, splitChanges } from '../../definitions/fakes'
import { NO_MEMBERSHIPS, openSync } from './openSync'
import type { CacheContent, DefinitionsStore } from '../../../../src/definitions/definitionsCache'

const isDefinitions = ({ url }: { url: string }) => url.startsWith('/splitChanges')
const FIRST = '/splitChanges?s=1.3&since=-1&rbSince=-1'
const NEXT = '/splitChanges?s=1.3&since=10&rbSince=5'

function fakeStore(content: Promise<CacheContent> | CacheContent) {
  return {
    read: vi.fn<DefinitionsStore['read']>(async () => content),
    write: vi.fn<DefinitionsStore['write']>(async () => {}),
    writeMemberships: vi.fn<DefinitionsStore['writeMemberships']>(async () => {}),
    forgetMemberships: vi.fn<DefinitionsStore['forgetMemberships']>(async () => {}),
    clear: vi.fn<DefinitionsStore['clear']>(async () => {}),
    stop: vi.fn<DefinitionsStore['stop']>(),
  }
}

const CACHED = { changeNumbers: { flags: 10, ruleBasedSegments: 5 } }

describe('start', () => {
  it('asks for memberships of every key and for definitions, once each', async () => {
    const { sync, asked, clock, onDefinitions, onMemberships, definitions, server } = openSync()
    server.reply = (request) =>
      isDefinitions(request) ? splitChanges(10, [flag('a', 10)], 5) : { ms: { k: [{ n: 's' }] }, ls: { k: [] } }
    const { memberships } = sync.register('user 1/ä@x')
    sync.register('other')
    sync.register('user 1/ä@x')
    expect(asked()).toEqual([])
    sync.start()
    await settle()
    expect(asked()).toEqual(['0 /memberships/user%201%2F%C3%A4%40x', '0 /memberships/other', `0 ${FIRST}`])
    expect(onDefinitions.mock.calls).toEqual([[{ type: 'flags', names: ['a'] }]])
    expect(onMemberships.mock.calls).toEqual([
      ['user 1/ä@x', true, 'network'],
      ['other', true, 'network'],
    ])
    expect([...memberships.segments]).toEqual(['s'])
    expect(definitions.names()).toEqual(['a'])
    expect(sync.confirmedAt()).toBe(clock.now())
    sync.stop()
  })

  it('encodes a key with a lone surrogate', async () => {
    const { sync, asked } = openSync()
    sync.register('a\ud800b')
    sync.start()
    await settle()
    expect(asked()[0]).toBe('0 /memberships/a%EF%BF%BDb')
    sync.stop()
  })

  it('polls after each completion, memberships only while a flag asks for segments', async () => {
    const { sync, asked, clock, server } = openSync()
    sync.register('user')
    sync.start()
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
    sync.stop()
  })

  it('never has two requests of a kind on the way', async () => {
    const { sync, asked, clock, server } = openSync()
    let answer: (body: object) => void = () => {}
    server.reply = () => new Promise<object>((resolve) => (answer = resolve))
    sync.start()
    void sync.refresh()
    void sync.refresh()
    await clock.advance(500_000)
    expect(asked()).toEqual([`0 ${FIRST}`])
    answer(splitChanges(10, [], 5))
    await settle()
    expect(asked()).toEqual([`500 ${NEXT}`])
    sync.stop()
  })
})

describe('the cache', () => {
  it('is read first, and asked on from', async () => {
    const store = fakeStore({
      definitions: cacheOf([flag('a', 1)], { ...CACHED, usesSegments: true }),
      memberships: new Map([['user', { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [] } }]]),
    })
    const { sync, asked, onCache, onMemberships, onDefinitions, server } = openSync({ settings: { store } })
    server.reply = () => new Promise(() => {})
    const { memberships } = sync.register('user')
    sync.start()
    await settle()
    expect(store.read).toHaveBeenCalledWith(['user'])
    expect(asked()).toEqual(['0 /memberships/user', `0 ${NEXT}`])
    expect(onCache).toHaveBeenCalledWith(1, { type: 'flags', names: ['a'] })
    expect(onMemberships).toHaveBeenCalledWith('user', true, 'cache')
    expect(onMemberships.mock.invocationCallOrder[0]).toBeLessThan(onCache.mock.invocationCallOrder[0] as number)
    expect([...memberships.segments]).toEqual(['s'])
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(sync.confirmedAt()).toBe(1)
    sync.stop()
  })

  it('is not waited for longer than a quarter of a second, and still used when it comes late', async () => {
    let found: (content: CacheContent) => void = () => {}
    const store = fakeStore(new Promise<CacheContent>((resolve) => (found = resolve)))
    let answer: (body: object) => void = () => {}
    const { sync, asked, onCache, clock, definitions, server } = openSync({ settings: { store } })
    server.reply = () => new Promise<object>((resolve) => (answer = resolve))
    sync.start()
    await clock.advance(1000)
    expect(asked()).toEqual([`0.25 ${FIRST}`])
    found({ definitions: cacheOf([flag('a', 1), flag('gone', 1)], CACHED), memberships: new Map() })
    await settle()
    expect(onCache).toHaveBeenCalledTimes(1)
    expect(definitions.names()).toEqual(['a', 'gone'])
    // The answer to -1 is all there is: what it does not name is gone.
    answer(splitChanges(10, [flag('a', 1)], 5))
    await settle()
    expect(definitions.names()).toEqual(['a'])
    sync.stop()
  })

  it('counts for nothing when the service was faster', async () => {
    let found: (content: CacheContent) => void = () => {}
    const store = fakeStore(new Promise<CacheContent>((resolve) => (found = resolve)))
    const { sync, onCache, onMemberships, clock, definitions, server } = openSync({ settings: { store } })
    server.reply = (request) => (isDefinitions(request) ? splitChanges(20, [flag('b', 20)], 5) : NO_MEMBERSHIPS)
    const { memberships } = sync.register('user')
    sync.start()
    await clock.advance(1000)
    found({
      definitions: cacheOf([flag('a', 1)], CACHED),
      memberships: new Map([['user', { ms: { k: [{ n: 'old' }] }, ls: { k: [] } }]]),
    })
    await settle()
    expect(onCache).not.toHaveBeenCalled()
    expect(onMemberships).toHaveBeenCalledTimes(1)
    expect(definitions.names()).toEqual(['b'])
    expect(memberships.segments.size).toBe(0)
    sync.stop()
  })

  it('is written after every answer, memberships when they are new and the user may be stored', async () => {
    const store = fakeStore({ definitions: undefined, memberships: new Map() })
    let mayStore = false
    const { sync, server } = openSync({ settings: { store, mayStoreUser: () => mayStore } })
    sync.register('user')
    sync.start()
    await settle()
    expect(store.write).toHaveBeenCalledTimes(1)
    expect(store.writeMemberships).not.toHaveBeenCalled()
    mayStore = true
    await sync.refreshMemberships('user')
    expect(store.writeMemberships.mock.calls).toEqual([['user', NO_MEMBERSHIPS]])
    await sync.refreshMemberships('user')
    expect(store.writeMemberships).toHaveBeenCalledTimes(1)
    server.reply = () => ({ ms: { k: [{ n: 's' }] }, ls: { k: [] } })
    await sync.refreshMemberships('user')
    expect(store.writeMemberships).toHaveBeenCalledTimes(2)
    sync.stop()
    expect(store.stop).toHaveBeenCalled()
  })

  it('that turns out to be wrong is deleted, and everything is asked for', async () => {
    const broken = cacheOf([flag('a', 1), flag('b', 1)], { ...CACHED, text: '{"name":"z"}' })
    const store = fakeStore({ definitions: broken, memberships: new Map() })
    const { sync, asked, definitions, server } = openSync({ settings: { store } })
    server.reply = () => splitChanges(10, [], 5)
    sync.start()
    await settle()
    expect(asked()).toEqual([`0 ${NEXT}`])
    server.reply = () => splitChanges(12, [flag('a', 12)], 5)
    expect(definitions.flag('a')).toBeUndefined()
    expect(definitions.flag('b')).toBeUndefined()
    await settle()
    expect(store.clear).toHaveBeenCalledTimes(1)
    expect(asked()).toEqual([`0 ${FIRST}`])
    expect(definitions.flag('a')).toBeDefined()
    sync.stop()
  })
})

describe('failures', () => {
  it('of a start are tried again at once, then after growing waits, and told of once', async () => {
    const { sync, asked, clock, onError, onDefinitions, server } = openSync({ reply: () => 500 })
    sync.start()
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
    expect(onError.mock.calls[1]?.[0].message).toBe('definitions could not be fetched (no answer); trying again')
    sync.stop()
  })

  it.each([304, 400, 404, 408, 413, 414, 429, 500, 503])(
    'status %i is tried again for as long as it takes',
    async (status) => {
      const { sync, asked, clock } = openSync({ reply: () => status })
      sync.start()
      await clock.advance(3_600_000)
      expect(asked().length).toBeGreaterThan(50)
      sync.stop()
    },
  )

  it('wait as long as the service asks', async () => {
    const { sync, asked, clock } = openSync({ reply: () => 429, retryAfterMs: 30_000 })
    sync.start()
    await clock.advance(61_000)
    expect(asked()).toEqual([`0 ${FIRST}`, `30 ${FIRST}`, `60 ${FIRST}`])
    sync.stop()
  })

  it.each([401, 403])('status %i ends all asking, with one clear error', async (status) => {
    const { sync, asked, clock, onError, definitions, listeners } = openSync({ reply: () => status })
    definitions.apply(splitChanges(1, [flag('a', 1)]))
    sync.register('user')
    sync.start()
    await clock.advance(600_000)
    expect(asked().length).toBeLessThanOrEqual(2)
    expect(onError).toHaveBeenCalledTimes(1)
    expect(onError.mock.calls[0]?.[0].message).toContain(`refused the SDK key (status ${status})`)
    expect(listeners.size).toBe(0)
    expect(clock.pending()).toBe(0)
    await sync.refresh()
    sync.register('other')
    await settle()
    expect(asked()).toEqual([])
    // What is known stays in use.
    expect(definitions.flag('a')).toBeDefined()
    sync.stop()
  })

  it.each([
    ['text', 'oops'],
    ['null', null],
    ['a number', 7],
    ['a list', []],
    ['an object of something else', {}],
  ])('an answer that is %s is none', async (_, body) => {
    const { sync, clock, onDefinitions, onError } = openSync({
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
    sync.start()
    await clock.advance(10_000)
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      'definitions could not be fetched (malformed answer); trying again',
    ])
    sync.stop()
  })

  it('of memberships leave definitions alone', async () => {
    const { sync, onDefinitions, onMemberships, clock } = openSync({
      reply: (request) => (isDefinitions(request) ? splitChanges(10) : 500),
    })
    sync.register('user')
    sync.start()
    await clock.advance(1000)
    expect(onDefinitions).toHaveBeenCalledTimes(1)
    expect(onMemberships).not.toHaveBeenCalled()
    sync.stop()
  })

  it('a door that rejects, or a listener that throws, stops no task', async () => {
    let n = 0
    const { sync, clock, asked } = openSync({
      settings: {
        onDefinitions: () => {
          if (++n < 3) throw new Error('listener')
        },
      },
    })
    sync.start()
    await clock.advance(600_000)
    expect(asked().length).toBeGreaterThan(5)
    sync.stop()
  })
})

describe('the page', () => {
  it('does not poll while it is hidden or offline, and looks at the age when it is back', async () => {
    const { sync, asked, clock, setActive } = openSync()
    sync.start()
    await settle()
    asked()
    setActive(false)
    await clock.advance(300_000)
    expect(asked()).toEqual([])
    expect(clock.pending()).toBe(0)
    setActive(true)
    await settle()
    expect(asked()).toEqual([`300 ${NEXT}`])
    // Gone and back within one period: nothing is due yet.
    await clock.advance(20_000)
    setActive(false)
    await clock.advance(20_000)
    setActive(true)
    setActive(true)
    await clock.advance(19_000)
    expect(asked()).toEqual([])
    await clock.advance(1_000)
    expect(asked()).toEqual([`360 ${NEXT}`])
    sync.stop()
  })

  it('that starts hidden or offline still asks once', async () => {
    const { sync, asked, clock, setActive } = openSync({ reply: () => undefined })
    setActive(false)
    sync.register('user')
    sync.start()
    await clock.advance(100_000)
    expect(asked()).toEqual(['0 /memberships/user', `0 ${FIRST}`])
    setActive(true)
    await settle()
    expect(asked().length).toBeGreaterThanOrEqual(2)
    sync.stop()
  })

  it('is not held up for ever by a clock that was set back', async () => {
    const { sync, asked, clock, setActive } = openSync()
    sync.start()
    await settle()
    asked()
    clock.jump(-86_400_000)
    setActive(true)
    await clock.advance(3_700_000)
    expect(asked().length).toBeGreaterThan(0)
    sync.stop()
  })

  it('asks at once after a clock went ahead, as after sleep', async () => {
    const { sync, asked, clock, setActive } = openSync()
    sync.start()
    await settle()
    asked()
    clock.jump(86_400_000)
    setActive(true)
    await settle()
    expect(asked()).toEqual([`86400 ${NEXT}`])
    sync.stop()
  })
})

describe('a stream', () => {
  it('ends polling, but not the look at the age on return, nor the retry of what failed', async () => {
    const { sync, asked, clock, setActive, server } = openSync()
    sync.start()
    await settle()
    asked()
    sync.setPolling(false)
    await clock.advance(300_000)
    expect(asked()).toEqual([])
    setActive(true)
    await settle()
    expect(asked()).toEqual([`300 ${NEXT}`])
    server.reply = () => 503
    await sync.refresh()
    asked()
    server.reply = () => splitChanges(11)
    await clock.advance(60_000)
    expect(asked()).toEqual([`302 ${NEXT}`])
    sync.setPolling(true)
    setActive(true)
    await clock.advance(60_000)
    expect(asked().length).toBe(1)
    sync.stop()
  })

  it('passes options on to one request', async () => {
    const { sync, requests } = openSync()
    sync.register('user')
    sync.start()
    await settle()
    requests.length = 0
    expect(await sync.refresh({ noCache: true, till: 99 })).toBe(true)
    expect(await sync.refreshMemberships('user', { noCache: true, till: 7 })).toBe(true)
    expect(await sync.refreshMemberships('nobody')).toBe(false)
    expect(requests.map(({ url, noCache }) => [url, noCache])).toEqual([
      [`${NEXT}&till=99`, true],
      ['/memberships/user?till=7', true],
    ])
    sync.stop()
  })

  it('tells and stores what it changed as if it had been fetched', async () => {
    const store = fakeStore({ definitions: undefined, memberships: new Map() })
    const { sync, definitions, onDefinitions, onMemberships } = openSync({ settings: { store } })
    const { memberships } = sync.register('user')
    sync.start()
    await settle()
    sync.change(() => definitions.apply(splitChanges(11, [flag('a', 11)], 5)))
    expect(onDefinitions).toHaveBeenLastCalledWith({ type: 'flags', names: ['a'] })
    expect(store.write).toHaveBeenCalledTimes(2)
    sync.changeMemberships('user', () => memberships.change('ms', 3, ['s'], []))
    expect(onMemberships).toHaveBeenLastCalledWith('user', true, 'network')
    expect(store.writeMemberships).toHaveBeenLastCalledWith('user', { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [] } })
    sync.changeMemberships('nobody', () => true)
    expect(onMemberships).not.toHaveBeenCalledWith('nobody', expect.anything(), expect.anything())
    sync.stop()
  })
})

describe('keys', () => {
  it('that come later are read from the cache and fetched at once', async () => {
    const store = fakeStore({ definitions: undefined, memberships: new Map() })
    const cached = { ms: { k: [{ n: 's' }] }, ls: { k: [] } }
    store.read.mockImplementation(async ([key]) => ({
      definitions: undefined,
      memberships: new Map(key ? [[key, cached]] : []),
    }))
    const { sync, asked, onMemberships, server } = openSync({ settings: { store } })
    sync.start()
    await settle()
    asked()
    server.reply = () => new Promise(() => {})
    sync.register('late')
    await settle()
    expect(asked()).toEqual(['0 /memberships/late'])
    expect(onMemberships.mock.calls).toEqual([['late', true, 'cache']])
    sync.stop()
  })

  it('are shared by matching key and counted', async () => {
    const { sync, asked, clock, server } = openSync()
    server.reply = (request) =>
      isDefinitions(request) ? splitChanges(10, [flag('a', 1, { conditions: [inSegment('s')] })], 5) : NO_MEMBERSHIPS
    const one = sync.register('user')
    const two = sync.register('user')
    expect(one.memberships).toBe(two.memberships)
    sync.start()
    await settle()
    asked()
    one.release()
    one.release()
    expect(sync.keys().map(({ matchingKey }) => matchingKey)).toEqual(['user'])
    await clock.advance(60_000)
    expect(asked().filter((line) => line.includes('memberships'))).toEqual(['60 /memberships/user'])
    two.release()
    expect(sync.keys()).toEqual([])
    await clock.advance(120_000)
    expect(asked().filter((line) => line.includes('memberships'))).toEqual([])
    sync.stop()
  })

  it('A, B, A with a slow B: each keeps its own', async () => {
    const answers = new Map<string, (body: object) => void>()
    const { sync, onMemberships, server } = openSync()
    server.reply = (request) =>
      isDefinitions(request) ? splitChanges(10) : new Promise<object>((resolve) => answers.set(request.url, resolve))
    const of = (n: string) => ({ ms: { k: [{ n }] }, ls: { k: [] } })
    sync.start()
    const a = sync.register('A')
    await settle()
    answers.get('/memberships/A')?.(of('a'))
    await settle()
    a.release()
    const b = sync.register('B')
    await settle()
    b.release()
    const again = sync.register('A')
    await settle()
    answers.get('/memberships/A')?.(of('a2'))
    await settle()
    answers.get('/memberships/B')?.(of('b'))
    await settle()
    expect([...again.memberships.segments]).toEqual(['a2'])
    expect(b.memberships.segments.size).toBe(0)
    expect(onMemberships.mock.calls.map(([key]) => key as string)).toEqual(['A', 'A'])
    sync.stop()
  })
})

describe('filters', () => {
  it('are part of every question, before till', async () => {
    const { sync, asked } = openSync({ filter: { names: ['b', 'a&b'], prefixes: ['p'] } })
    sync.start()
    await settle()
    await sync.refresh({ till: 5 })
    expect(asked()).toEqual([`0 ${FIRST}&names=a%26b,b&prefixes=p`, `0 ${NEXT}&names=a%26b,b&prefixes=p&till=5`])
    sync.stop()
  })
})

describe('a proxy of an older spec', () => {
  const old = (till: number) => ({ splits: [flag('old', till)], since: -1, till })
  const speaks12 = ({ url }: { url: string }) => (url.includes('s=1.2') ? old(900) : 400)

  it('is spoken to in spec 1.2, asked about 1.3 again each hour, and everything is asked for anew when it learnt it', async () => {
    const { sync, asked, clock, definitions, server, onDefinitions } = openSync({
      reply: speaks12,
      settings: { isProxy: true },
    })
    sync.start()
    await settle()
    expect(asked()).toEqual([`0 ${FIRST}`, '0 /splitChanges?s=1.2&since=-1'])
    expect(sync.spec()).toBe('1.2')
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
    expect(sync.spec()).toBe('1.3')
    await clock.advance(60_000)
    expect(asked()).toEqual(['7380 /splitChanges?s=1.3&since=7&rbSince=3'])
    sync.stop()
  })

  it('is tried when no answer came at all, but not stuck to when none comes then either', async () => {
    const { sync, asked, clock, server } = openSync({ reply: () => undefined, settings: { isProxy: true } })
    sync.start()
    await settle()
    expect(asked().slice(0, 2)).toEqual([`0 ${FIRST}`, '0 /splitChanges?s=1.2&since=-1'])
    expect(sync.spec()).toBe('1.3')
    server.reply = () => splitChanges(10, [], 5)
    await clock.advance(60_000)
    expect(asked().at(-1)).toMatch(/s=1\.3/)
    sync.stop()
  })

  it.each([500, 404, 429])('is not tried at status %i', async (status) => {
    const { sync, asked } = openSync({ reply: () => status, settings: { isProxy: true } })
    sync.start()
    await settle()
    expect(asked().join()).not.toContain('1.2')
    sync.stop()
  })

  it('is never looked for at the service itself', async () => {
    const { sync, asked } = openSync({ reply: () => 400 })
    sync.start()
    await settle()
    expect(asked().join()).not.toContain('1.2')
    sync.stop()
  })
})

describe('stop', () => {
  it('leaves nothing behind: no timer, no listener, and what is on the way is aborted', async () => {
    const store = fakeStore({ definitions: undefined, memberships: new Map() })
    const { sync, clock, requests, listeners, onDefinitions, onMemberships, onError, server, asked } = openSync({
      settings: { store },
    })
    server.reply = () => new Promise<object>((resolve) => clock.after(1000, () => resolve(splitChanges(10))))
    sync.register('user')
    sync.start()
    await settle()
    const signals = requests.map(({ signal }) => signal)
    sync.stop()
    sync.stop()
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true])
    expect(listeners.size).toBe(0)
    await clock.advance(600_000)
    expect(clock.pending()).toBe(0)
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(onMemberships).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
    asked()
    expect(await sync.refresh()).toBe(false)
    sync.register('late')
    await settle()
    expect(asked()).toEqual([])
  })

  it('before the cache answered: nothing is asked any more', async () => {
    const store = fakeStore(new Promise<CacheContent>(() => {}))
    const { sync, clock, asked } = openSync({ settings: { store } })
    sync.start()
    sync.stop()
    await clock.advance(600_000)
    expect(asked()).toEqual([])
    expect(clock.pending()).toBe(0)
  })
})
