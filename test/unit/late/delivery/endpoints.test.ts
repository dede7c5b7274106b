import { describe, expect, it, vi } from 'vitest'
import { createEndpoints } from '../../../../src/late/delivery/endpoints'

const URL = 'https://e/bulk'
const T = 1_700_000_000_000
function start() {
  const time = { now: T, elapsed: 0 }
  const pass = (ms: number) => {
    time.now += ms
    time.elapsed += ms
  }
  const create = () => createEndpoints({ now: () => time.now, elapsed: () => time.elapsed } as never, undefined)
  return { time, pass, create, endpoints: create() }
}

describe('a post whose answer nobody saw', () => {
  it.each([
    ['nothing is known', [], undefined],
    ['the last outcome before was good, none after', [[-2, 1]], undefined],
    ['a failure before', [[-2, 0]], false],
    ['the post before it answered well in the same millisecond', [[0, 1]], undefined],
    [
      'a failure before, then well',
      [
        [-2, 0],
        [1, 1],
      ],
      false,
    ],
    ['first after: good', [[1, 1]], true],
    [
      'first after: good, then a failure',
      [
        [1, 1],
        [2, 0],
      ],
      true,
    ],
    ['first after: a failure', [[1, 0]], false],
    [
      'first after: a failure, then good',
      [
        [-1, 1],
        [1, 0],
        [2, 1],
      ],
      false,
    ],
    [
      'a good run that goes on',
      [
        [-9, 1],
        [-5, 1],
        [3, 1],
      ],
      true,
    ],
    [
      'a failure, then good before it was sent, and after',
      [
        [-9, 0],
        [-5, 1],
        [3, 1],
      ],
      true,
    ],
  ] as [string, [number, 0 | 1][], boolean | undefined][])('%s', (_, outcomes, expected) => {
    const { time, endpoints } = start()
    for (const [offset, isGood] of outcomes) {
      time.now = T + offset * 1_000
      endpoints.note(URL, isGood ? 'delivered' : 'busy')
    }
    expect(endpoints.wasDelivered(URL, T)).toBe(expected)
    expect(endpoints.wasDelivered('https://e/other', T)).toBeUndefined()
  })

  it.each(['tooBig', 'invalid'] as const)('%s decides nothing', (verdict) => {
    const { pass, endpoints } = start()
    pass(1)
    endpoints.note(URL, verdict)
    expect(endpoints.wasDelivered(URL, T)).toBeUndefined()
    expect(endpoints.isWell(URL)).toBe(true)
  })

  it.each(['refused', 'redirected', 'unanswered', 'busy'] as const)('%s: it was not', (verdict) => {
    const { pass, endpoints } = start()
    pass(1)
    endpoints.note(URL, verdict)
    expect(endpoints.wasDelivered(URL, T)).toBe(false)
    expect(endpoints.isWell(URL)).toBe(false)
  })
})

describe('pauses', () => {
  it('are shorter by hand, unless the server asked for them', () => {
    const { endpoints } = start()
    endpoints.note(URL, 'unanswered')
    expect(endpoints.waitMs(URL, true)).toBe(0)
    endpoints.note(URL, 'busy', 60_000)
    expect(endpoints.waitMs(URL, true)).toBeGreaterThanOrEqual(60_000)
    endpoints.note(URL, 'delivered')
    expect(endpoints.waitMs(URL, false)).toBe(0)
  })

  it('are none before anything was answered, and short after a failure', () => {
    const { endpoints } = start()
    expect([endpoints.waitMs(URL, false), endpoints.unsaved()]).toEqual([0, []])
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    endpoints.note(URL, 'busy')
    expect([endpoints.waitMs(URL, true), endpoints.waitMs(URL, false)]).toEqual([0, 1_000])
  })

  it('are none in a tab that is open for two months', () => {
    const { pass, endpoints } = start()
    for (const days of [20, 30, 60]) {
      pass(days * 86_400_000)
      expect(endpoints.waitMs(URL, false)).toBe(0)
    }
  })

  it('are longer with each failure in a row, by chance, and never more than the server asked for and an hour', () => {
    for (let round = 0; round < 100; round++) {
      const { pass, endpoints } = start()
      for (let failures = 1; failures < 30; failures++) {
        pass(endpoints.waitMs(URL, false))
        endpoints.note(URL, 'busy')
        expect(endpoints.waitMs(URL, false)).toBeLessThanOrEqual(Math.min(300_000, 1_000 * 2 ** failures))
      }
    }
    const waits = Array.from({ length: 50 }, () => {
      const { endpoints } = start()
      endpoints.note(URL, 'busy')
      return endpoints.waitMs(URL, false)
    })
    expect(new Set(waits).size).toBeGreaterThan(40)
  })

  it('are short again after a delivery', () => {
    const { pass, endpoints } = start()
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    for (let failures = 0; failures < 5; failures++) endpoints.note(URL, 'busy')
    expect(endpoints.waitMs(URL, false)).toBe(16_000)
    endpoints.note(URL, 'delivered')
    pass(1)
    endpoints.note(URL, 'busy')
    expect(endpoints.waitMs(URL, false)).toBe(1_000)
  })

  it('are as long as the server asked for, and by chance a little longer, but no longer than an hour', () => {
    const { pass, endpoints } = start()
    endpoints.note(URL, 'busy', 60_000)
    expect(endpoints.waitMs(URL, false)).toBeGreaterThanOrEqual(60_000)
    expect(endpoints.waitMs(URL, false)).toBeLessThanOrEqual(62_000)
    // What is shorter changes nothing.
    endpoints.note(URL, 'busy', 1_000)
    expect(endpoints.waitMs(URL, false)).toBeGreaterThanOrEqual(60_000)
    pass(62_000)
    expect(endpoints.waitMs(URL, false)).toBe(0)
    endpoints.note(URL, 'busy', 86_400_000)
    expect(endpoints.waitMs(URL, false)).toBe(3_600_000)
  })

  it('are long after a refusal and a redirect', () => {
    for (const verdict of ['refused', 'redirected'] as const) {
      const { endpoints } = start()
      endpoints.note(URL, verdict)
      expect(endpoints.waitMs(URL, false)).toBeGreaterThanOrEqual(900_000)
    }
  })
})

describe('a refusal', () => {
  it('is told of from the first one on, until anything else is answered, or another page was well received', () => {
    const { pass, create, endpoints } = start()
    expect(endpoints.refusal(URL)).toBeUndefined()
    for (const status of [401, 403]) {
      endpoints.note(URL, 'refused', 0, status)
      expect(endpoints.refusal(URL)).toEqual({ status, since: T, nextAttempt: expect.any(Number) as number })
      pass(1_000_000)
    }
    endpoints.note(URL, 'busy', 0, 503)
    expect(endpoints.refusal(URL)).toBeUndefined()
    endpoints.note(URL, 'refused', 0, 403)
    const { since, nextAttempt } = endpoints.refusal(URL) ?? { since: 0, nextAttempt: 0 }
    expect([since, nextAttempt - since >= 900_000]).toEqual([T + 2_000_000, true])
    const other = create()
    pass(1)
    other.note(URL, 'delivered')
    endpoints.learn(other.unsaved())
    expect(endpoints.refusal(URL)).toBeUndefined()
  })
})

describe('what other pages know', () => {
  const tell = (from: ReturnType<typeof createEndpoints>, to: ReturnType<typeof createEndpoints>) => {
    const stored = from.unsaved()
    to.learn(stored)
    from.saved(stored)
  }

  it('a failure and its pause, until they hear that it is well again', () => {
    const { pass, create, endpoints } = start()
    const other = create()
    endpoints.note(URL, 'busy', 60_000)
    tell(endpoints, other)
    expect(endpoints.unsaved()).toEqual([])
    expect(other.isWell(URL)).toBe(false)
    expect(other.waitMs(URL, false)).toBeGreaterThanOrEqual(60_000)
    pass(70_000)
    other.note(URL, 'delivered')
    tell(other, endpoints)
    expect(endpoints.isWell(URL)).toBe(true)
    expect(endpoints.waitMs(URL, false)).toBe(0)
  })

  it('a pause that holds up no post by hand, as the server did not ask for it', () => {
    const { create, endpoints } = start()
    const other = create()
    endpoints.note(URL, 'refused')
    tell(endpoints, other)
    expect(other.waitMs(URL, false)).toBeGreaterThan(0)
    expect(other.waitMs(URL, true)).toBe(0)
  })

  it('no pause of more than an hour, nor an outcome of the day after tomorrow: a clock was wrong', () => {
    const { time, create, endpoints } = start()
    const other = create()
    time.now = T + 86_400_000
    endpoints.note(URL, 'busy', 3_600_000)
    time.now = T
    tell(endpoints, other)
    expect(other.isWell(URL)).toBe(true)
    expect(other.waitMs(URL, false)).toBe(0)
    const [stored] = (endpoints.note(URL, 'busy', 1), endpoints.unsaved())
    other.learn([{ ...stored, pausedUntil: T + 86_400_000 }])
    expect(other.waitMs(URL, false)).toBe(3_600_000)
  })

  it('an outcome after the clock was set back is the latest one', () => {
    const { time, endpoints } = start()
    endpoints.note(URL, 'busy')
    time.now -= 86_400_000
    endpoints.note(URL, 'delivered')
    expect(endpoints.isWell(URL)).toBe(true)
  })

  it.each([
    { url: 7 },
    { url: URL },
    { url: URL, outcomes: 7 },
    { url: URL, outcomes: [7, null, 'x'], pausedUntil: 1 },
  ])('nothing of %j', (stored) => {
    const { endpoints } = start()
    endpoints.learn([stored])
    expect([endpoints.wasDelivered(URL, T), endpoints.waitMs(URL, false)]).toEqual([undefined, 0])
  })

  it.each([`${T}`, NaN, Infinity, -1, 5n, {}])('no outcome of the time %s, but those beside it', (time) => {
    const { pass, endpoints } = start()
    pass(10)
    endpoints.learn([{ url: URL, outcomes: [[T + 1, 0], [time, 1], { 0: T + 2, 1: 1 }], pausedUntil: T }])
    expect([endpoints.isWell(URL), endpoints.unsaved()]).toEqual([false, []])
    endpoints.note(URL, 'delivered')
    expect(endpoints.unsaved()[0]?.outcomes).toEqual([
      [T + 1, 0],
      [T + 10, 1],
    ])
  })

  it.each([undefined, `${T + 900}`, NaN, Infinity, -1, 5n, {}])(
    'no pause until %s, but the outcomes',
    (pausedUntil) => {
      const { pass, endpoints } = start()
      pass(10)
      endpoints.learn([{ url: URL, outcomes: [[T + 1, 0]], pausedUntil }])
      expect([endpoints.isWell(URL), endpoints.waitMs(URL, false)]).toEqual([false, 0])
    },
  )

  it('is on disk already', () => {
    const { endpoints } = start()
    endpoints.learn([{ url: URL, outcomes: [[T - 5, 0]], pausedUntil: T - 5 }])
    expect(endpoints.unsaved()).toEqual([])
  })

  it('is put in order, and a pause of a failure that was known before is none', () => {
    const { pass, endpoints } = start()
    pass(50)
    endpoints.note(URL, 'delivered')
    const outcomes = [
      [T + 10, 0],
      [T + 60, 0],
    ]
    pass(50)
    endpoints.learn([{ url: URL, outcomes, pausedUntil: T + 700 }])
    expect(endpoints.waitMs(URL, false)).toBe(600)
    expect([endpoints.wasDelivered(URL, T), endpoints.wasDelivered(URL, T + 55)]).toEqual([false, false])
    expect(endpoints.unsaved()[0]?.outcomes).toEqual([
      [T + 10, 0],
      [T + 50, 1],
      [T + 60, 0],
    ])
    endpoints.learn([{ url: URL, outcomes, pausedUntil: T + 9_000 }])
    expect(endpoints.waitMs(URL, false)).toBe(600)
  })

  it('is not taken for stored where something happened while it was written', () => {
    const { pass, endpoints } = start()
    endpoints.note(URL, 'delivered')
    const written = endpoints.unsaved()
    pass(10)
    endpoints.note(URL, 'delivered')
    endpoints.saved(written)
    expect(endpoints.unsaved()).toHaveLength(1)
    endpoints.saved(endpoints.unsaved())
    expect(endpoints.unsaved()).toEqual([])
  })

  it('of several outcomes of one kind in a row, the first and the last', () => {
    const { pass, endpoints } = start()
    for (const verdict of ['busy', 'busy', 'busy', 'delivered', 'busy'] as const) {
      pass(1)
      endpoints.note(URL, verdict)
    }
    expect(endpoints.unsaved()[0]?.outcomes).toEqual([
      [T + 1, 0],
      [T + 3, 0],
      [T + 4, 1],
      [T + 5, 0],
    ])
  })

  it('nothing from before the clock was set back', () => {
    const { time, endpoints } = start()
    endpoints.note(URL, 'busy')
    endpoints.note(URL, 'delivered')
    expect(endpoints.unsaved()[0]?.outcomes).toHaveLength(2)
    time.now -= 10
    endpoints.note(URL, 'busy')
    expect(endpoints.unsaved()[0]?.outcomes).toEqual([[T - 10, 0]])
  })

  it('remembers what is needed of a long life, and not more', () => {
    const { pass, endpoints } = start()
    for (let n = 0; n < 1_000; n++) {
      pass(1_000)
      endpoints.note(URL, n % 10 ? 'delivered' : 'busy')
    }
    expect(endpoints.unsaved()[0]?.outcomes.length).toBeLessThanOrEqual(16)
    for (let n = 0; n < 1_000; n++) {
      pass(1_000)
      endpoints.note(URL, 'delivered')
    }
    // The outcomes between the first and the last good one are told by these two.
    expect(endpoints.wasDelivered(URL, T + 1_500_500)).toBe(true)
  })
})

it('beacons and posts of a page have room for 64 KiB: posts until 20 ms after their end, beacons for 10 s', () => {
  const { pass, endpoints } = start()
  expect(endpoints.room()).toBe(65_536)
  const end = endpoints.begin(10_000)
  endpoints.begin(500)
  endpoints.spend(20_000)
  pass(5_000)
  endpoints.spend(7)
  expect(endpoints.room()).toBe(65_536 - 10_500 - 20_007)
  end()
  pass(19)
  expect(endpoints.room()).toBe(65_536 - 10_500 - 20_007)
  pass(1)
  expect(endpoints.room()).toBe(65_536 - 500 - 20_007)
  pass(4_979)
  expect(endpoints.room()).toBe(65_536 - 500 - 20_007)
  pass(1)
  expect(endpoints.room()).toBe(65_536 - 500 - 7)
})
