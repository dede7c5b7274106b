import { describe, expect, it } from 'vitest'
import { createFetchWorker } from '../../../../../src/late/sync/stream/fetchWorker'
import { createFakeClock, settle } from '../../../definitions/fakes'

function openWorker({ baseMs = 10_000, mostMs = 60_000, numberless = '' } = {}) {
  const clock = createFakeClock(0)
  const state = { here: { a: -1, b: -1 }, isReached: false, answer: undefined as Promise<void> | undefined }
  const fetched: [seconds: number, till: number | undefined][] = []
  let announced = 0
  const worker = createFetchWorker<'a' | 'b'>({
    kinds: ['a', 'b'],
    numberOf: (kind, isFetched) =>
      isFetched && (state.isReached || kind === numberless) ? Infinity : state.here[kind],
    async fetch({ till }) {
      fetched.push([clock.now() / 1000, till])
      await state.answer
      return true
    },
    baseMs,
    mostMs,
    clock,
  })
  const request = (delayMs?: number) => worker.request('a', ++announced, delayMs)
  return { worker, request, clock, state, fetched }
}

describe('a fetch worker', () => {
  it('fetches once when that is enough', async () => {
    const { worker, request, clock, state, fetched } = openWorker()
    state.isReached = true
    request()
    expect(worker.isBehind('a')).toBe(true)
    await clock.advance(600_000)
    expect(fetched).toEqual([[0, undefined]])
    expect(worker.isBehind('a')).toBe(false)
    expect(clock.pending()).toBe(0)
  })

  // These times were recorded from the official SDK.
  it.each([
    [10_000, 60_000, [0, 10, 30, 70, 130, 190, 250, 310, 370, 430]],
    [1_000, 1_800_000, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]],
  ])(
    'base %i ms: ten times with growing waits, then as often past the CDN, then no more',
    async (baseMs, mostMs, times) => {
      const { worker, request, clock, fetched } = openWorker({ baseMs, mostMs })
      request()
      await clock.advance(3_600_000)
      const end = times.at(-1) as number
      expect(fetched).toEqual([...times.map((at) => [at, undefined]), ...times.map((at) => [end + at, 1])])
      // What is announced next counts, whatever its number.
      expect([worker.isBehind('a'), worker.isNews('a', 0)]).toEqual([false, true])
      expect(clock.pending()).toBe(0)
    },
  )

  it('begins anew, at once, when something newer is announced during a wait', async () => {
    const { request, clock, fetched } = openWorker()
    request()
    await clock.advance(435_000)
    expect(fetched.at(-1)).toEqual([430, 1])
    request()
    await clock.advance(10_000)
    expect(fetched.slice(-2)).toEqual([
      [435, undefined],
      [445, undefined],
    ])
  })

  it('makes one more pass when something newer is announced during a fetch', async () => {
    const { request, clock, state, fetched } = openWorker()
    let answer = () => {}
    state.answer = new Promise((resolve) => (answer = resolve))
    request()
    request()
    request()
    await settle()
    expect(fetched.length).toBe(1)
    state.answer = undefined
    answer()
    await settle()
    expect(fetched).toEqual([
      [0, undefined],
      [0, undefined],
    ])
    state.isReached = true
    await clock.advance(600_000)
    expect(fetched.length).toBe(3)
  })

  it('takes no answer for what was announced after its request, where one fetch is to be enough', async () => {
    const { worker, request, clock, state, fetched } = openWorker({ numberless: 'a' })
    let answer = () => {}
    state.answer = new Promise((resolve) => (answer = resolve))
    request()
    await settle()
    request()
    state.answer = undefined
    answer()
    await settle()
    expect([fetched.length, worker.isBehind('a')]).toEqual([2, false])
    expect(clock.pending()).toBe(0)
  })

  it('waits for the first fetch only, and not anew when more is announced', async () => {
    const { request, clock, fetched } = openWorker()
    request(5000)
    await clock.advance(3000)
    request(5000)
    request()
    await clock.advance(2000)
    expect(fetched).toEqual([[5, undefined]])
    await clock.advance(10_000)
    expect(fetched.length).toBe(2)
  })

  it('stops when it is told to, in a delay, in a wait and in a fetch, and starts again', async () => {
    const { worker, request, clock, state, fetched } = openWorker()
    request(5000)
    worker.cancel()
    request()
    await settle()
    worker.cancel()
    await clock.advance(100_000)
    expect(fetched.length).toBe(1)
    let answer = () => {}
    state.answer = new Promise((resolve) => (answer = resolve))
    request()
    worker.cancel()
    state.answer = undefined
    answer()
    await clock.advance(100_000)
    expect(fetched.length).toBe(2)
    request()
    await settle()
    expect(fetched.length).toBe(3)
    worker.cancel()
    expect(clock.pending()).toBe(0)
  })

  it('knows what is news beside what is here and what was announced, kind by kind', async () => {
    const { worker, clock, state, fetched } = openWorker()
    state.here = { a: 5, b: 7 }
    worker.request('a', 9, 1_000)
    expect([5, 8, 9, 10].filter((number) => worker.isNews('a', number))).toEqual([10])
    expect([6, 7, 8].filter((number) => worker.isNews('b', number))).toEqual([8])
    expect([worker.isBehind('a'), worker.isBehind('b')]).toEqual([true, false])
    // It arrives by another way, and something of the other kind does not.
    state.here.a = 9
    worker.request('b', 8)
    expect([worker.isBehind('a'), worker.isBehind('b')]).toEqual([false, true])
    await clock.advance(3_600_000)
    expect(fetched[0]).toEqual([1, undefined])
    expect(fetched.at(-1)?.[1]).toBe(8)
    expect(fetched.length).toBe(20)
  })

  it('takes what is announced between two attempts of a kind without numbers, which one fetch was to bring', async () => {
    const { worker, clock, fetched } = openWorker({ numberless: 'b' })
    worker.request('a', 7)
    await settle()
    expect([fetched.length, worker.isBehind('a'), worker.isBehind('b')]).toEqual([1, true, false])
    expect(worker.isNews('b', 9)).toBe(true)
    worker.request('b', 9)
    await settle()
    expect(fetched.length).toBe(2)
    worker.cancel()
    expect(clock.pending()).toBe(0)
  })
})
