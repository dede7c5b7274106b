import { afterEach, describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../src/definitions/definitions'
import { createFirstRequests } from '../../../src/definitions/firstRequests'
import { createKeys } from '../../../src/definitions/keys'
import { createService } from '../../../src/definitions/service'
import { createHub } from '../../../src/shared/hub'
import { cacheOf, createFakeClock, flag, settle } from './fakes'

interface Asked {
  url: string
  init: RequestInit
  answer: (response: Response) => void
  fail: (fault: unknown) => void
}

const FIRST = '/splitChanges?s=1.3&since=-1&rbSince=-1'
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
  const definitions = createDefinitions()
  const keys = createKeys(createHub({ error: vi.fn() } as never))
  const firstRequests = createFirstRequests({
    service: createService('https://sdk.test/splitChanges', 'https://sdk.test/memberships', ''),
    headers: () => ({ 'x-test': '1' }),
    definitions,
    keys,
    timeoutMs: 5000,
    clock,
  })
  return { firstRequests, asked, clock, definitions, keys, paths: () => asked.map(({ url }) => url) }
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
    expect(await first?.answer).toBe(answers[0])
    expect(firstRequests.takeDefinitions()).toBeUndefined()
    expect(firstRequests.takeMemberships('b')).toBeUndefined()
    expect(await firstRequests.takeMemberships('a')).toBe(answers[1])
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

describe('the deadline', () => {
  it('aborts what has no headers by then, and no other', async () => {
    const { firstRequests, keys, asked, clock } = openFirstRequests()
    keys.register('a')
    firstRequests.ask()
    await clock.advance(4_999)
    asked[1]?.answer(new Response('{}'))
    await clock.advance(1)
    expect(asked.map(({ init }) => init.signal?.aborted)).toEqual([true, false])
    await expect(firstRequests.takeDefinitions()?.answer).rejects.toThrow()
    expect((await firstRequests.takeMemberships('a'))?.ok).toBe(true)
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
