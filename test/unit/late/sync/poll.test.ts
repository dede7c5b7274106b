import { describe, expect, it, vi } from 'vitest'
import { createPoll } from '../../../../src/late/sync/poll'
import { createFakeClock, settle } from '../../definitions/fakes'
import { answerOf } from './openSync'
import type { HttpAnswer } from '../../../../src/late/http'

type Reply = HttpAnswer | Promise<HttpAnswer>

const GOOD = answerOf({ answer: 1 }, 200)

function open({ isPolling = true, isOnce = false, periodMs = 60_000 } = {}) {
  const clock = createFakeClock(0)
  const asked: [seconds: number, options: object][] = []
  const state = { reply: GOOD as Reply, isPolling, isWanted: true }
  const heard = { take: vi.fn(), onRefused: vi.fn(), onError: vi.fn<(error: Error) => void>() }
  const poll = createPoll<{ till?: number }>({
    ...heard,
    what: 'things',
    ask: async (options) => {
      asked.push([clock.now() / 1000, options])
      return state.reply
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

  it('tries again at once when the first run of all fails, then ever later, and says so once', async () => {
    const { poll, state, clock, times, onError } = open()
    state.reply = answerOf(undefined, undefined)
    await expect(poll.run()).resolves.toBe(false)
    await clock.advance(15_000)
    expect(times()).toEqual([0, 0, 4, 12])
    expect(onError.mock.calls.map(([{ message }]) => message)).toEqual([
      'things could not be fetched (no answer); trying again',
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
    ['no answer', answerOf({}, undefined), 'no answer'],
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

  it.each([401, 403])('leaves a refusal, %i, to others', async (status) => {
    const { poll, state, clock, onRefused, onError } = open()
    state.reply = answerOf({}, status)
    onRefused.mockImplementation(() => poll.stop())
    await expect(poll.run()).resolves.toBe(false)
    await clock.advance(600_000)
    expect(onRefused.mock.calls).toEqual([[status]])
    expect(onError).not.toHaveBeenCalled()
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
    // Not overdue: nothing at once.
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

  it('tries within the hour when the clock was set back', async () => {
    const { poll, clock, times } = open()
    clock.jump(1e9)
    await poll.run()
    clock.jump(-1e9)
    poll.wake()
    await clock.advance(3_600_000)
    expect(times()).toEqual([1e6, 3600])
  })

  it('stopped, takes nothing any more, resolves who waits, and leaves no timer', async () => {
    const { poll, state, clock, times, take, onError } = open()
    let answer!: (answer: HttpAnswer) => void
    state.reply = new Promise((resolve) => (answer = resolve))
    const runs = [poll.run(), poll.run()]
    await settle()
    poll.stop()
    answer(GOOD)
    expect(await Promise.all(runs)).toEqual([false, false])
    expect([take, onError].map((heard) => heard.mock.calls.length)).toEqual([0, 0])
    expect(times()).toEqual([0])
    expect(clock.pending()).toBe(0)
    await expect(poll.run()).resolves.toBe(false)
    expect(times()).toEqual([])
  })
})
