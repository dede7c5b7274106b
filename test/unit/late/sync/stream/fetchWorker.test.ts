import { describe, expect, it } from 'vitest'
import { createFetchWorker } from '../../../../../src/late/sync/stream/fetchWorker'
import { createFakeClock, settle } from '../../../definitions/fakes'

function openWorker({ baseMs = 10_000, mostMs = 60_000 } = {}) {
  const clock = createFakeClock(0)
  const state = { isReached: false, answer: undefined as Promise<void> | undefined }
  const fetched: [seconds: number, isBypass: boolean][] = []
  const ended: number[] = []
  const worker = createFetchWorker({
    async fetch(isBypass) {
      fetched.push([clock.now() / 1000, isBypass])
      await state.answer
    },
    isReached: () => state.isReached,
    onEnd: () => ended.push(clock.now() / 1000),
    baseMs,
    mostMs,
    clock,
  })
  return { worker, clock, state, fetched, ended }
}

describe('a fetch worker', () => {
  it('fetches once when that is enough', async () => {
    const { worker, clock, state, fetched, ended } = openWorker()
    state.isReached = true
    worker.request()
    await clock.advance(600_000)
    expect(fetched).toEqual([[0, false]])
    expect(ended).toEqual([0])
  })

  // Recorded from the official SDK.
  it.each([
    [10_000, 60_000, [0, 10, 30, 70, 130, 190, 250, 310, 370, 430]],
    [1_000, 1_800_000, [0, 1, 3, 7, 15, 31, 63, 127, 255, 511]],
  ])(
    'base %i ms: ten times with growing waits, then as often past the CDN, then no more',
    async (baseMs, mostMs, times) => {
      const { worker, clock, fetched, ended } = openWorker({ baseMs, mostMs })
      worker.request()
      await clock.advance(3_600_000)
      const end = times.at(-1) as number
      expect(ended).toEqual([2 * end])
      expect(fetched).toEqual([...times.map((at) => [at, false]), ...times.map((at) => [end + at, true])])
      expect(clock.pending()).toBe(0)
    },
  )

  it('begins anew, at once, when something newer is announced during a wait', async () => {
    const { worker, clock, fetched } = openWorker()
    worker.request()
    await clock.advance(435_000)
    expect(fetched.at(-1)).toEqual([430, true])
    worker.request()
    await clock.advance(10_000)
    expect(fetched.slice(-2)).toEqual([
      [435, false],
      [445, false],
    ])
  })

  it('makes one more pass when something newer is announced during a fetch', async () => {
    const { worker, clock, state, fetched } = openWorker()
    let answer = () => {}
    state.answer = new Promise((resolve) => (answer = resolve))
    worker.request()
    worker.request()
    worker.request()
    await settle()
    expect(fetched.length).toBe(1)
    state.answer = undefined
    answer()
    await settle()
    expect(fetched).toEqual([
      [0, false],
      [0, false],
    ])
    state.isReached = true
    await clock.advance(600_000)
    expect(fetched.length).toBe(3)
  })

  it('waits for the first fetch only, and not anew when more is announced', async () => {
    const { worker, clock, fetched } = openWorker()
    worker.request(5000)
    await clock.advance(3000)
    worker.request(5000)
    worker.request()
    await clock.advance(2000)
    expect(fetched).toEqual([[5, false]])
    await clock.advance(10_000)
    expect(fetched.length).toBe(2)
  })

  it('stops when it is told to, in a delay, in a wait and in a fetch, and starts again', async () => {
    const { worker, clock, state, fetched } = openWorker()
    worker.request(5000)
    worker.cancel()
    worker.request()
    await settle()
    worker.cancel()
    await clock.advance(100_000)
    expect(fetched.length).toBe(1)
    let answer = () => {}
    state.answer = new Promise((resolve) => (answer = resolve))
    worker.request()
    worker.cancel()
    state.answer = undefined
    answer()
    await clock.advance(100_000)
    expect(fetched.length).toBe(2)
    worker.request()
    await settle()
    expect(fetched.length).toBe(3)
    worker.cancel()
    expect(clock.pending()).toBe(0)
  })
})
