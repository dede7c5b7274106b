import { expect, it } from 'vitest'
import { dueIn } from '../../../../src/late/sync/dueIn'
import { createFakeClock } from '../../definitions/fakes'

it('has come when either clock says so', async () => {
  const clock = createFakeClock(1_000)
  const due = dueIn(60_000, clock)
  expect([due.at, due.left()]).toEqual([61_000, 60_000])
  // The machine slept: only the wall clock went on.
  clock.jump(50_000)
  expect(due.left()).toBe(10_000)
  // The wall clock was set back.
  clock.jump(-1e9)
  await clock.advance(59_000)
  expect(due.left()).toBe(1_000)
})
