import { describe, expect, it, vi } from 'vitest'
import { createPoll } from '../../../../src/late/sync/poll'
import { createFakeClock, settle } from '../../definitions/fakes'
import { answerOf } from './openPolling'
import type { HttpAnswer } from '../../../../src/late/http'

type Reply = HttpAnswer | Promise<HttpAnswer>

const GOOD = answerOf({ answer: 1 }, 200)

function open({ isPolling = true, isOnce = false, periodMs = 60_000 } = {}) {
  const clock = createFakeClock(0)
  const asked: [seconds: number, options: object][] = []
  const state = { reply: GOOD as Reply, isPolling, isWanted: true, signal: undefined as AbortSignal | undefined }
  const heard = { take: vi.fn(), onRefused: vi.fn(), onError: vi.fn<(error: Error) => void>() }
  const poll = createPoll<{ till?: number }>({
    onRefused: heard.onRefused,
    onError: heard.onError,
    what: 'things',
    url: 'https://sdk.test/things',
    ask: async (options, signal) => {
      asked.push([clock.now() / 1000, options])
      state.signal = signal
      return { answer: await state.reply, take: (json) => void heard.take(json()) }
    },
    periodMs,
    isPolling: () => state.isPolling,
    isOnce,
    isWanted: () => state.isWanted,
    backoff: (failures) => 1000 * 2 ** failures,
    clock,
  })
  return { poll, clock, state, ...heard, times: () => asked.splice(0).map(([at]) => at), asked }
}

describe('a poll', () => {
  it('does nothing before it is told to', async () => {
    const { poll, clock, times } = open()
    poll.wake()
    await clock.advance(600_000)
    expect(times()).toEqual([])
  })

  it('runs, says that it was answered, and runs again after each period', async () => {
    const { poll, clock, times, take } = open()
    await expect(poll.run()).resolves.toBe(true)
    expect(take.mock.calls).toEqual([[{ answer: 1 }]])
    await clock.advance(180_000)
    expect(times()).toEqual([0, 60, 120, 180])
  })

  it('never runs twice at a time, and each with its own options', async () => {
    const { poll, state, asked } = open()
    let answer!: (answer: HttpAnswer) => void
    state.reply = new Promise((resolve) => (answer = resolve))
    const runs = [poll.run({ till: 1 }), poll.run({ till: 2 })]
    await settle()
    expect(asked).toEqual([[0, { till: 1 }]])
    answer(GOOD)
    await Promise.all(runs)
    expect(asked.map(([, options]) => options)).toEqual([{ till: 1 }, { till: 2 }])
  })

  it('looks for what is due only when nothing is going on', async () => {
    const { poll, state, clock, times } = open()
    await poll.run()
    let answer!: (answer: HttpAnswer) => void
    state.reply = new Promise((resolve) => (answer = resolve))
    await clock.advance(60_000)
    clock.jump(60_000)
    poll.wake()
    await settle()
    answer(GOOD)
    await clock.advance(59_999)
    expect(times()).toEqual([0, 60])
    poll.stop()
  })

  it('tries again at once when the first run of all fails, then ever later, and says so once', async () => {
    const { poll, state, clock, times, onError } = open()
    state.reply = answerOf(undefined, undefined)
    await expect(poll.run()).resolves.toBe(false)
    await clock.advance(15_000)
    expect(times()).toEqual([0, 0, 4, 12])
    expect(onError.mock.calls.map(([{ message }]) => message)).toEqual([
      'things could not be fetched (no answer from https://sdk.test/things); trying again',
    ])
    state.reply = GOOD
    await clock.advance(13_000)
    expect(times()).toEqual([28])
    // Once it was answered, a new fault is a new state, and its first retry waits too.
    state.reply = answerOf(undefined, 500)
    await clock.advance(63_000)
    expect(times()).toEqual([88, 90])
    expect(onError).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['an answer that cannot be parsed', answerOf('text', 200), 'malformed answer'],
    ['a status', answerOf({}, 304), 'status 304'],
    ['a status', answerOf({}, 503), 'status 503'],
    ['no answer', answerOf({}, undefined), 'no answer from https://sdk.test/things'],
  ])('takes %s for a fault', async (_, reply, why) => {
    const { poll, state, take, onError } = open()
    state.reply = reply
    await expect(poll.run()).resolves.toBe(false)
    expect(take).not.toHaveBeenCalled()
    expect(onError.mock.calls[0]?.[0].message).toContain(`(${why})`)
  })

  it('takes what nobody can take for a fault', async () => {
    const { poll, take } = open()
    take.mockImplementationOnce(() => {
      throw new Error('no things')
    })
    await expect(poll.run()).resolves.toBe(false)
    await settle()
    expect(take).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['as long as it is told', 503, 90_000, 90],
    ['30 s after too many requests', 429, undefined, 30],
    ['not shorter than its own wait', 503, 1, 4],
  ])('waits %s', async (_, status, retryAfterMs, seconds) => {
    const { poll, state, clock, times } = open()
    state.reply = answerOf({}, status, retryAfterMs)
    await poll.run()
    await clock.advance(seconds === 4 ? 3_000 : seconds * 1000 - 1)
    expect(times()).toEqual(seconds === 4 ? [0, 0.001] : [0])
    await clock.advance(seconds === 4 ? 2_000 : 1)
    expect(times()).toEqual([seconds === 4 ? 4.001 : seconds])
  })

  it.each([401, 403])(
    'asks again ever later, at most each hour, after a refusal from the start: %i',
    async (status) => {
      const { poll, state, clock, times, onRefused, onError } = open()
      state.reply = answerOf({}, status)
      await expect(poll.run()).resolves.toBe(false)
      expect(poll.refusal()).toEqual({ resource: 'things', status, since: 0, nextAttempt: 60_000 })
      await clock.advance(4 * 3_600_000)
      expect(times()).toEqual([0, 60, 180, 420, 900, 1860, 3780, 7380, 10_980])
      expect(poll.refusal()).toMatchObject({ since: 0, nextAttempt: 14_580_000 })
      expect(onRefused).toHaveBeenCalledTimes(9)
      expect(onError).toHaveBeenCalledTimes(1)
      expect(onError.mock.calls[0]?.[0].message).toContain(`things could not be fetched (status ${status}`)
      state.reply = GOOD
      await clock.advance(180_000)
      expect(poll.refusal()).toBeUndefined()
      await clock.advance(60_000)
      expect(times()).toEqual([14_580, 14_640])
    },
  )

  it.each([401, 403])('takes a refusal after a success for a fault that passes: %i', async (status) => {
    const { poll, state, clock, times, onRefused, onError } = open()
    await poll.run()
    state.reply = answerOf({}, status)
    await clock.advance(60_000)
    expect(poll.refusal()).toEqual({ resource: 'things', status, since: 60_000, nextAttempt: 62_000 })
    state.reply = GOOD
    await clock.advance(2_000)
    expect(poll.refusal()).toBeUndefined()
    expect(times()).toEqual([0, 60, 62])
    expect([onRefused, onError].map(({ mock }) => mock.calls.length)).toEqual([1, 1])
  })

  it('says that a fault became a refusal, and that a refusal became a fault', async () => {
    const { poll, state, onError } = open()
    for (const status of [503, 403, 403, 503, 500]) {
      state.reply = answerOf({}, status)
      await poll.run()
    }
    expect(onError.mock.calls.map(([{ message }]) => /status \d+/.exec(message)?.[0])).toEqual([
      'status 503',
      'status 403',
      'status 503',
    ])
    expect(poll.refusal()).toBeUndefined()
  })

  it('says what a 401 wants', async () => {
    const { poll, state, onError } = open()
    state.reply = answerOf({}, 401)
    await poll.run()
    expect(onError.mock.calls[0]?.[0].message).toBe(
      'things could not be fetched (status 401; a browser needs a client-side SDK key); trying again',
    )
  })

  const EVERY_FAULT = Array.from({ length: 300 }, (_, i) => i + 300)
  it('is never stopped for good by a status, at a start or later', async () => {
    for (const status of EVERY_FAULT) {
      for (const isStart of [true, false]) {
        const { poll, state, clock, take } = open()
        if (!isStart) await poll.run()
        state.reply = answerOf({}, status)
        await poll.run()
        state.reply = GOOD
        take.mockClear()
        await clock.advance(61_000)
        expect([status, isStart, take.mock.calls.length > 0]).toEqual([status, isStart, true])
        poll.stop()
      }
    }
  })

  it('waits for a page that is looked at, and catches up at once', async () => {
    const { poll, state, clock, times } = open()
    await poll.run()
    state.isWanted = false
    await clock.advance(200_000)
    expect(times()).toEqual([0])
    state.isWanted = true
    poll.wake()
    await settle()
    expect(times()).toEqual([200])
    // The poll is not overdue, so that it does not run at once.
    poll.wake()
    await clock.advance(59_999)
    expect(times()).toEqual([])
    await clock.advance(1)
    expect(times()).toEqual([260])
  })

  it('does not run by itself while something else tells when, but makes up for failures', async () => {
    const { poll, state, clock, times } = open({ isPolling: false })
    await poll.run()
    await clock.advance(600_000)
    expect(times()).toEqual([0])
    state.reply = answerOf({}, 500)
    await poll.run()
    await clock.advance(2_000)
    expect(times()).toEqual([600, 602])
  })

  it('that is to run once never runs by itself', async () => {
    const { poll, state, clock, times } = open({ isOnce: true })
    state.reply = answerOf({}, 500)
    await poll.run()
    poll.wake()
    await clock.advance(600_000)
    expect(times()).toEqual([0])
    expect(clock.pending()).toBe(0)
  })

  it('runs when it is due although the clock was set back', async () => {
    const { poll, clock, times } = open()
    clock.jump(1e9)
    await poll.run()
    clock.jump(-1e9)
    poll.wake()
    await clock.advance(60_000)
    expect(times()).toEqual([1e6, 60])
    poll.stop()
  })

  it('stopped, takes nothing any more, resolves who waits, and leaves no timer', async () => {
    const { poll, state, clock, times, take, onError } = open()
    let answer!: (answer: HttpAnswer) => void
    state.reply = new Promise((resolve) => (answer = resolve))
    const runs = [poll.run()]
    await settle()
    runs.push(poll.run())
    expect(state.signal?.aborted).toBe(false)
    poll.stop()
    expect(state.signal?.aborted).toBe(true)
    answer(GOOD)
    expect(await Promise.all(runs)).toEqual([false, false])
    expect([take, onError].map((heard) => heard.mock.calls.length)).toEqual([0, 0])
    expect(times()).toEqual([0])
    expect(clock.pending()).toBe(0)
    await expect(poll.run()).resolves.toBe(false)
    expect(times()).toEqual([])
  })
})
