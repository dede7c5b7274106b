import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../src/definitions/definitions'
import { createFirstRequests } from '../../../src/definitions/firstRequests'
import { createKeys } from '../../../src/definitions/keys'
import { createService } from '../../../src/definitions/service'
import { createHub } from '../../../src/shared/hub'
import type { HubEvents } from '../../../src/shared/hub'
import { cacheOf, createFakeClock, flag, inSegment, settle, splitChanges } from './fakes'

interface Asked {
  url: string
  init: RequestInit
  answer: (response: Response) => void
  fail: (fault: unknown) => void
}

const FIRST = '/splitChanges?s=1.3&since=-1&rbSince=-1'
const IN_S = { ms: { k: [{ n: 's' }] }, ls: { k: [] } }
const KNOWN = { changeNumbers: { flags: 10, ruleBasedSegments: 5 } }

/** The first requests of a page, whose `fetch` answers when it is told to, and rejects when it is aborted. */
function openFirstRequests() {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    let resolve!: (response: Response) => void
    let reject!: (fault: unknown) => void
    const promise = new Promise<Response>((...ends) => ([resolve, reject] = ends))
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason))
    asked.push({ url: url.replace('https://sdk.test', ''), init, answer: resolve, fail: reject })
    return promise
  })
  const clock = createFakeClock()
  const definitions = createDefinitions({})
  const hub = createHub({ error: vi.fn() } as never)
  const keys = createKeys(hub)
  const onDefinitions = vi.fn<(told: HubEvents['definitions']) => void>()
  const onMemberships = vi.fn<(told: HubEvents['memberships']) => void>()
  hub.on('definitions', onDefinitions)
  hub.on('memberships', onMemberships)
  const firstRequests = createFirstRequests({
    service: createService('https://sdk.test/splitChanges', 'https://sdk.test/memberships', {}),
    headers: () => ({ 'x-test': '1' }),
    definitions,
    keys,
    hub,
    timeoutMs: 5000,
    clock,
  })
  const paths = () => asked.map(({ url }) => url)
  return { firstRequests, asked, clock, definitions, keys, onDefinitions, onMemberships, paths }
}

afterEach(() => vi.unstubAllGlobals())

describe('what is asked', () => {
  it('at a first visit: definitions, then the memberships of every key', async () => {
    const { firstRequests, keys, asked, paths } = openFirstRequests()
    keys.register('a')
    keys.register('b/c')
    firstRequests.ask()
    expect(paths()).toEqual([FIRST, '/memberships/a', '/memberships/b%2Fc'])
    expect(await firstRequests.asked).toBe(true)
    for (const { init } of asked) {
      expect(init).toEqual({
        method: 'GET',
        headers: { 'x-test': '1' },
        signal: expect.any(AbortSignal),
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
      })
    }
  })

  it.each([
    ['use segments', true, ['/splitChanges?s=1.3&since=10&rbSince=5', '/memberships/a']],
    ['use none', false, ['/splitChanges?s=1.3&since=10&rbSince=5']],
  ])('with cached flags that %s', (_what, usesSegments, expected) => {
    const { firstRequests, keys, definitions, paths } = openFirstRequests()
    keys.register('a')
    definitions.load(cacheOf([flag('f', 1)], { ...KNOWN, usesSegments }))
    firstRequests.ask()
    expect(paths()).toEqual(expected)
  })

  it('is the memberships of six keys at most', () => {
    const { firstRequests, keys, paths } = openFirstRequests()
    for (let i = 0; i < 400; i++) keys.register(`user${i}`)
    firstRequests.ask()
    expect(paths()).toEqual([FIRST, ...Array.from({ length: 6 }, (_, i) => `/memberships/user${i}`)])
  })

  it('is over when it was asked, whatever is answered', async () => {
    const { firstRequests } = openFirstRequests()
    const onAsked = vi.fn()
    void firstRequests.asked.then(onAsked)
    await settle()
    expect(onAsked).not.toHaveBeenCalled()
    firstRequests.ask()
    await settle()
    expect(onAsked).toHaveBeenCalledTimes(1)
  })
})

describe('an answer', () => {
  it('is given out once, with what it was asked by', async () => {
    const { firstRequests, keys, definitions, asked } = openFirstRequests()
    keys.register('a')
    definitions.load(cacheOf([flag('f', 1)], { ...KNOWN, usesSegments: true }))
    firstRequests.ask()
    const answers = asked.map((one) => {
      const response = new Response('{}')
      one.answer(response)
      return response
    })
    const first = firstRequests.takeDefinitions()
    expect(first?.since).toEqual({ flags: 10, ruleBasedSegments: 5 })
    expect((await first?.answer)?.response).toBe(answers[0])
    expect(firstRequests.takeDefinitions()).toBeUndefined()
    expect(firstRequests.takeMemberships('b')).toBeUndefined()
    expect(await firstRequests.takeMemberships('a')).toEqual({ response: answers[1], text: '{}' })
    expect(firstRequests.takeMemberships('a')).toBeUndefined()
  })

  it('that never came is a rejection for who takes it, and for nobody else', async () => {
    const { firstRequests, asked } = openFirstRequests()
    firstRequests.ask()
    asked[0]?.fail(new TypeError('no network'))
    // An unhandled rejection would fail this file.
    await settle()
    await expect(firstRequests.takeDefinitions()?.answer).rejects.toThrow('no network')
  })
})

describe('a good answer', () => {
  it('is in use before the second file is there', async () => {
    const { firstRequests, keys, definitions, asked, clock, onDefinitions, onMemberships } = openFirstRequests()
    const { memberships } = keys.register('a')
    firstRequests.ask()
    asked[0]?.answer(Response.json(splitChanges(10, [flag('f', 10)], 5)))
    await settle()
    expect(definitions.names()).toEqual(['f'])
    expect(definitions.changeNumbers()).toEqual({ flags: 10, ruleBasedSegments: 5 })
    expect(definitions.confirmedAt()).toBe(clock.now())
    expect(onDefinitions.mock.calls).toEqual([[{ source: 'network', change: { type: 'flags', names: ['f'] } }]])
    expect(keys.get('a')?.state).toBe('unknown')

    asked[1]?.answer(Response.json(IN_S))
    await settle()
    expect([...memberships.segments]).toEqual(['s'])
    expect(keys.get('a')?.state).toBe('confirmed')
    expect(onMemberships.mock.calls).toEqual([[{ matchingKey: 'a', isChanged: true }]])
    expect(firstRequests.takeDefinitions()?.isApplied).toBe(true)
  })

  it('that changes nothing confirms what the cache had', async () => {
    const { firstRequests, definitions, keys, asked, clock, onDefinitions, onMemberships } = openFirstRequests()
    keys.register('a')
    definitions.load(cacheOf([flag('f', 1)], { ...KNOWN, usesSegments: true }))
    keys.load('a', { confirmedAt: 1, answer: IN_S })
    onMemberships.mockClear()
    firstRequests.ask()
    asked[0]?.answer(Response.json(splitChanges(10, [], 5)))
    asked[1]?.answer(Response.json(IN_S))
    await settle()
    expect(definitions.confirmedAt()).toBe(clock.now())
    expect(onDefinitions.mock.calls).toEqual([[{ source: 'network', change: undefined }]])
    expect(onMemberships.mock.calls).toEqual([[{ matchingKey: 'a', isChanged: false }]])
    // An unchanged answer does not touch the time at which the stored memberships were confirmed.
    expect(keys.get('a')).toMatchObject({ state: 'confirmed', storedAt: 1 })
  })

  it('about memberships that changed says that the stored ones are out of date', async () => {
    const { firstRequests, keys, asked } = openFirstRequests()
    keys.register('a')
    keys.load('a', { confirmedAt: 1, answer: { ms: { k: [] }, ls: { k: [] } } })
    firstRequests.ask()
    asked[1]?.answer(Response.json(IN_S))
    await settle()
    expect(keys.get('a')).toMatchObject({ state: 'confirmed', storedAt: undefined })
  })

  it('is left alone when something newer came meanwhile', async () => {
    const { firstRequests, definitions, asked, onDefinitions } = openFirstRequests()
    firstRequests.ask()
    definitions.load(cacheOf([flag('f', 1)], KNOWN))
    asked[0]?.answer(Response.json(splitChanges(9, [flag('old', 9)], 5)))
    await settle()
    expect(definitions.names()).toEqual(['f'])
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(firstRequests.takeDefinitions()?.isApplied).toBe(false)
  })

  it('is left alone when nobody uses its key any more', async () => {
    const { firstRequests, keys, asked, onMemberships } = openFirstRequests()
    const { end } = keys.register('a')
    firstRequests.ask()
    end()
    asked[1]?.answer(Response.json(IN_S))
    await settle()
    expect(onMemberships).not.toHaveBeenCalled()
  })
})

describe('another answer is left to the second file, and nothing is confirmed', () => {
  it.each<[string, () => Response]>([
    ['a refusal', () => new Response('{}', { status: 401 })],
    ['a fault', () => new Response(JSON.stringify(splitChanges(10, [flag('f', 10)], 5)), { status: 503 })],
    ['no JSON', () => new Response('<!doctype html>')],
    ['null', () => new Response('null')],
    ['something else', () => Response.json({ message: 'ok' })],
    ['no number', () => Response.json({ ff: { d: [flag('f', 10)], t: 'x' } })],
  ])('%s', async (_what, response) => {
    const { firstRequests, keys, definitions, asked, onDefinitions, onMemberships } = openFirstRequests()
    keys.register('a')
    firstRequests.ask()
    const given = [response(), response()]
    given.forEach((one, i) => asked[i]?.answer(one))
    await settle()
    expect(definitions.confirmedAt()).toBeUndefined()
    expect(definitions.names()).toEqual([])
    expect(keys.get('a')?.state).toBe('unknown')
    expect(onDefinitions).not.toHaveBeenCalled()
    expect(onMemberships).not.toHaveBeenCalled()
    const first = firstRequests.takeDefinitions()
    expect(first?.isApplied).toBe(false)
    expect((await first?.answer)?.response).toBe(given[0])
    expect((await firstRequests.takeMemberships('a'))?.response).toBe(given[1])
  })
})

describe('waiting for the answers', () => {
  const heard = (firstRequests: ReturnType<typeof openFirstRequests>['firstRequests']) => {
    const onAnswered = vi.fn()
    void firstRequests.answered.then(onAnswered)
    return onAnswered
  }

  it('makes sense at a first visit until all came that decisions take', async () => {
    const { firstRequests, keys, asked } = openFirstRequests()
    keys.register('a')
    const onAnswered = heard(firstRequests)
    firstRequests.ask()
    await settle()
    expect(onAnswered).not.toHaveBeenCalled()
    asked[0]?.answer(Response.json(splitChanges(10, [flag('f', 10, { conditions: [inSegment('s')] })], 5)))
    await settle()
    expect(onAnswered).not.toHaveBeenCalled()
    asked[1]?.answer(Response.json(IN_S))
    await settle()
    expect(onAnswered).toHaveBeenCalledTimes(1)
  })

  it.each<[string, (asked: Asked | undefined) => void]>([
    ['use no segments', (asked) => asked?.answer(Response.json(splitChanges(10, [flag('f', 10)], 5)))],
    ['did not come', (asked) => asked?.fail(new TypeError('no network'))],
  ])('makes none for memberships where definitions %s', async (_what, answer) => {
    const { firstRequests, keys, asked } = openFirstRequests()
    keys.register('a')
    const onAnswered = heard(firstRequests)
    firstRequests.ask()
    answer(asked[0])
    await settle()
    expect(onAnswered).toHaveBeenCalledTimes(1)
  })

  it('makes none where decisions are possible without them', async () => {
    const { firstRequests, definitions } = openFirstRequests()
    definitions.load(cacheOf([flag('f', 1)], KNOWN))
    const onAnswered = heard(firstRequests)
    await settle()
    expect(onAnswered).not.toHaveBeenCalled()
    firstRequests.ask()
    await settle()
    expect(onAnswered).toHaveBeenCalledTimes(1)
  })

  it.each([
    [6, 0],
    [7, 1],
  ])('with %i keys makes a second file that has to ask for more of them wait for nothing', async (count, times) => {
    const { firstRequests, keys } = openFirstRequests()
    for (let n = 0; n < count; n++) keys.register(`user${n}`)
    const onAnswered = heard(firstRequests)
    firstRequests.ask()
    await settle()
    expect(onAnswered).toHaveBeenCalledTimes(times)
  })

  it.each(['before', 'after'])('makes none when it is over %s the question', async (when) => {
    const { firstRequests } = openFirstRequests()
    const onAnswered = heard(firstRequests)
    if (when === 'after') firstRequests.ask()
    firstRequests.abort()
    await settle()
    expect(onAnswered).toHaveBeenCalledTimes(1)
  })
})

describe('the deadline', () => {
  it('aborts what was not answered by then, and no other', async () => {
    const { firstRequests, keys, asked, clock } = openFirstRequests()
    keys.register('a')
    firstRequests.ask()
    await clock.advance(4_999)
    asked[1]?.answer(new Response('{}'))
    await clock.advance(1)
    expect(asked.map(({ init }) => init.signal?.aborted)).toEqual([true, false])
    await expect(firstRequests.takeDefinitions()?.answer).rejects.toThrow()
    expect((await firstRequests.takeMemberships('a'))?.response.ok).toBe(true)
    expect(clock.pending()).toBe(0)
  })

  it('counts to the end of the body', async () => {
    const { firstRequests, asked, clock, definitions } = openFirstRequests()
    firstRequests.ask()
    const { signal } = (asked[0] as Asked).init as { signal: AbortSignal }
    const body = new ReadableStream({
      start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason)),
    })
    asked[0]?.answer(new Response(body))
    await clock.advance(4_999)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    await expect(firstRequests.takeDefinitions()?.answer).rejects.toThrow()
    expect(definitions.confirmedAt()).toBeUndefined()
    expect(clock.pending()).toBe(0)
  })

  it('leaves no timer when everything was answered, or failed', async () => {
    const { firstRequests, keys, asked, clock } = openFirstRequests()
    keys.register('a')
    firstRequests.ask()
    asked[0]?.answer(new Response('{}'))
    asked[1]?.fail(new TypeError('no network'))
    await settle()
    expect(clock.pending()).toBe(0)
  })
})

describe('abort', () => {
  it('ends what is on its way, bodies too, and leaves no timer', async () => {
    const { firstRequests, keys, asked, clock } = openFirstRequests()
    keys.register('a')
    firstRequests.ask()
    asked[1]?.answer(new Response('{}'))
    await settle()
    firstRequests.abort()
    expect(asked.map(({ init }) => init.signal?.aborted)).toEqual([true, true])
    await settle()
    expect(clock.pending()).toBe(0)
  })

  it('before the question: nothing is asked', async () => {
    const { firstRequests, paths } = openFirstRequests()
    firstRequests.abort()
    firstRequests.ask()
    await settle()
    expect(paths()).toEqual([])
    expect(await firstRequests.asked).toBe(false)
  })
})
