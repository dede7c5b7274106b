import { describe, expect, it } from 'vitest'
import { createFaults } from '../../../../../src/late/sync/stream/faults'
import { createFakeClock } from '../../../definitions/fakes'

function open() {
  const clock = createFakeClock(1_000_000)
  const told: string[] = []
  const faults = createFaults({
    clock,
    backoff: (failures, baseMs = 0, mostMs = 0) => Math.min(mostMs, baseMs * 2 ** failures),
    onFault: (why) => told.push(why),
  })
  return { faults, clock, told }
}

describe('the pause after a fault', () => {
  it.each([
    ['passes: it doubles up to half an hour', [false, false, false, false], 0, [1_000, 2_000, 4_000, 8_000]],
    ['lasts: an hour each time', [true, true], 0, [3_600_000, 3_600_000]],
    ['lasts, in between: it does not count', [false, true, false], 0, [1_000, 3_600_000, 2_000]],
    ['passes, with a time that the service asks for', [false, false], 1_500, [1_500, 2_000]],
    ['passes for the twelfth time', Array<boolean>(12).fill(false), 1_800_000, Array<number>(12).fill(1_800_000)],
  ])('that %s', (_, lasting, retryAfterMs, pauses) => {
    const { faults } = open()
    expect(lasting.map((isLasting) => faults.pauseFor('x', isLasting, retryAfterMs))).toEqual(pauses)
  })

  it('runs out, and begins anew with the shortest once a connection was opened', async () => {
    const { faults, clock } = open()
    expect(faults.pauseMs()).toBe(0)
    faults.pauseFor('x', false, 0)
    faults.pauseFor('x', false, 0)
    expect(faults.pauseMs()).toBe(2_000)
    await clock.advance(1_500)
    expect(faults.pauseMs()).toBe(500)
    await clock.advance(600)
    expect(faults.pauseMs()).toBeLessThanOrEqual(0)
    faults.end()
    expect(faults.pauseFor('x', false, 0)).toBe(1_000)
  })

  it('is told of with its first reason, once until a connection was opened', () => {
    const { faults, told } = open()
    faults.pauseFor('one', false, 0)
    faults.pauseFor('two', true, 0)
    faults.end()
    faults.pauseFor('three', false, 0)
    expect(told).toEqual(['one', 'three'])
  })
})

describe('a refused token', () => {
  it('is shown since its first refusal, with the next attempt, until an answer is another', async () => {
    const { faults, clock } = open()
    const answered = (status: number | undefined, isLasting: boolean) => {
      faults.noteStatus(status)
      faults.pauseFor('x', isLasting, 0)
      return faults.refused()
    }
    expect(faults.refused()).toEqual([])
    const refusal = { resource: 'auth', status: 401, since: 1_000_000, nextAttempt: 4_600_000 }
    expect(answered(401, true)).toEqual([refusal])
    await clock.advance(3_600_000)
    expect(answered(403, true)).toEqual([{ ...refusal, status: 403, nextAttempt: 8_200_000 }])
    expect(answered(undefined, false)).toEqual([])
  })
})
