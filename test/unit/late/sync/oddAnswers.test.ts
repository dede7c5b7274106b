import { afterEach, describe, expect, it, vi } from 'vitest'
import { createHttp } from '../../../../src/late/http'
import { createFakeClock, flag, inSegment, splitChanges } from '../../definitions/fakes'
import { openPolling } from './openPolling'

const MINUTE = 60_000
const FLAGS = splitChanges(10, [flag('a', 10, { conditions: [inSegment('s')] })], 5)
const IN_S = { ms: { k: [{ n: 's' }], cn: 3 }, ls: { k: [{ n: 'l' }], cn: 4 } }
const OTHER_SITE = '<!doctype html><title>Sign in to the hotel network</title>'

type MakeAnswer = () => Response
/** A JSON text that a service, a proxy or a cache may give in place of an answer. */
const json = (body: unknown): MakeAnswer => Response.json.bind(Response, body)

/** Texts that are an answer to no request. */
const NONE: [what: string, answer: MakeAnswer][] = [
  ['a page of HTML', () => new Response(OTHER_SITE, { headers: { 'Content-Type': 'text/html' } })],
  ['the page that another origin was redirected to', () => redirected(new Response(OTHER_SITE))],
  ['JSON of another origin that was redirected to', () => redirected(Response.json({ login: 'https://hotel.test' }))],
  ['an empty text', () => new Response('')],
  ['204', () => new Response(null, { status: 204 })],
  ['304 without a body', () => new Response(null, { status: 304 })],
  ['JSON that is cut', () => new Response('{"ff":{"s":-1,"t":10,"d":[{"na')],
  ['bytes of gzip', () => new Response(Uint8Array.from([31, 139, 8, 0, 1, 2, 3, 255]))],
  ['a body that breaks off', () => new Response(new ReadableStream({ pull: (body) => body.error(new Error('cut')) }))],
  ['null', json(null)],
  ['an empty object', json({})],
  ['a message', json({ message: 'rate limited' })],
  ['a list', json([])],
  ['a number', json(7)],
  ['a text', json('ok')],
  ['true', json(true)],
]

/** Texts that are no answer about definitions, or one that brings nothing usable. */
const NO_DEFINITIONS: typeof NONE = [
  ['a text in place of the flags', json({ ff: 'x', rbs: 'y' })],
  ['a list in place of the flags', json({ ff: [flag('b', 20)] })],
  ['flags without a number', json({ ff: { d: [flag('b', 20)] } })],
  ['a number that is a text', json({ ff: { s: 10, t: '20', d: [flag('b', 20)] } })],
  ['a number that is none of a date', json({ ff: { s: 10, t: 1e300, d: [flag('b', 20)] } })],
  ['two halves of nothing', json({ ff: null, rbs: null })],
  ['memberships', json(IN_S)],
]

/** Texts that are no answer about memberships. */
const NO_MEMBERSHIPS: typeof NONE = [
  ['a text in place of each kind', json({ ms: 'x', ls: 'y' })],
  ['a list in place of each kind', json({ ms: [{ n: 'x' }], ls: [] })],
  ['a text in place of the names', json({ ms: { k: 'x' }, ls: { k: 7 } })],
  ['one kind that is none', json({ ms: { k: [{ n: 's' }] }, ls: 'x' })],
  ['the older form', json({ mySegments: [{ name: 's' }] })],
  ['definitions', json(FLAGS)],
]

afterEach(() => void vi.unstubAllGlobals())

function redirected(response: Response): Response {
  return Object.defineProperties(response, { redirected: { value: true }, url: { value: 'https://hotel.test/' } })
}

/** The real door to the network over a network that gives these answers, each at once. */
async function openPage(answers: { definitions: MakeAnswer; memberships: MakeAnswer }) {
  // Reading a body takes some turns of the real event loop.
  const clock = createFakeClock(undefined, async () => {
    for (let i = 0; i < 8; i++) await new Promise((resolve) => setImmediate(resolve))
  })
  const http = createHttp({ headers: () => ({}), timeoutMs: 60_000, clock })
  const page = openPolling({ settings: { http, clock } })
  const asked = { definitions: 0, memberships: 0 }
  vi.stubGlobal('fetch', async (url: string) => {
    const resource = url.includes('/splitChanges') ? 'definitions' : 'memberships'
    asked[resource]++
    return answers[resource]()
  })
  const { memberships } = page.keys.register('user')
  page.start()
  await clock.advance(0)
  return {
    ...page,
    clock,
    asked,
    inForce: () => ({
      flags: page.definitions.names(),
      number: page.definitions.changeNumbers().flags,
      segments: [...memberships.segments, ...memberships.largeSegments],
    }),
    errors: () => page.onError.mock.calls.splice(0).map(([{ message }]) => message),
  }
}

const good = { definitions: json(FLAGS), memberships: json(IN_S) }
const ALL = { flags: ['a'], number: 10, segments: ['s', 'l'] }

describe.each([
  ['definitions', [...NONE, ...NO_DEFINITIONS], { ...ALL, flags: [], number: -1 }],
  ['memberships', [...NONE, ...NO_MEMBERSHIPS], { ...ALL, segments: [] }],
] as const)('%s', (resource, odd, without) => {
  const other = resource === 'definitions' ? 'memberships' : 'definitions'

  it.each(odd)('at the start, %s: everything else is there, one error says so, and it heals', async (_what, answer) => {
    const answers = { ...good, [resource]: answer }
    const { inForce, errors, clock, stop } = await openPage(answers)
    await clock.advance(1_000)
    expect(inForce()).toEqual(without)
    expect(errors()).toEqual([expect.stringMatching(`^${resource} could not be fetched \\(.*\\); trying again$`)])
    answers[resource] = good[resource]
    await clock.advance(3 * MINUTE)
    expect(inForce()).toEqual(ALL)
    stop()
  })

  it.each(odd)(
    'later, %s: what is known stays, other requests go on, and none is made in a loop',
    async (_what, answer) => {
      const answers = { ...good }
      const { inForce, errors, asked, clock, stop } = await openPage(answers)
      expect(inForce()).toEqual(ALL)
      answers[resource] = answer
      const before = { ...asked }
      await clock.advance(3 * MINUTE)
      expect(inForce()).toEqual(ALL)
      expect(errors()).toHaveLength(1)
      expect(asked[other] - before[other]).toBe(3)
      expect(asked[resource] - before[resource]).toBeGreaterThanOrEqual(3)
      expect(asked[resource] - before[resource]).toBeLessThanOrEqual(8)
      stop()
    },
  )
})

it.each(['definitions', 'memberships'] as const)(
  '40 MB in place of %s are an answer like another',
  async (resource) => {
    const huge = new TextEncoder().encode(`{"x":"${'x'.repeat(40 << 20)}"}`)
    let times = 0
    const answers = { ...good, [resource]: () => (times++ ? good[resource]() : new Response(huge)) }
    const { inForce, errors, clock, stop } = await openPage(answers)
    await vi.waitFor(() => expect(errors()).toHaveLength(1), { timeout: 60_000 })
    await clock.advance(1_000)
    expect(inForce()).toEqual(ALL)
    stop()
  },
)

describe('numbers of definitions', () => {
  it.each([
    ['lower than what was asked for', splitChanges(4, [flag('b', 4)], 2)],
    ['the same for ever, with the same flags', FLAGS],
    ['that go to and fro', { ff: { s: 10, t: 9, d: [flag('b', 9)] }, rbs: { s: 5, t: 4, d: [] } }],
  ])('that are %s end in no loop, and change nothing', async (_what, body) => {
    const answers = { ...good }
    const { inForce, errors, asked, clock, stop } = await openPage(answers)
    answers.definitions = json(body)
    const before = asked.definitions
    await clock.advance(3 * MINUTE)
    expect(asked.definitions - before).toBe(3)
    expect(inForce()).toEqual(ALL)
    expect(errors()).toEqual([])
    stop()
  })
})
