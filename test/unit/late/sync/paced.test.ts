import { expect, it, vi } from 'vitest'
import { createPaced } from '../../../../src/late/sync/paced'
import { createFakeClock, settle } from '../../definitions/fakes'

it('begins at once, then after a pause that is counted from the end; who asks meanwhile shares what waits', async () => {
  const clock = createFakeClock(0)
  const begun: number[] = []
  const paced = createPaced(
    () => {
      begun.push(clock.elapsed())
      return new Promise<void>((resolve) => void clock.after(50, resolve))
    },
    () => false,
    clock,
  )
  const runs = [paced.run(), paced.run()]
  await settle()
  runs.push(paced.run(), paced.run())
  expect(new Set(runs).size).toBe(2)
  await clock.advance(1_000)
  await Promise.all(runs)
  expect(begun).toEqual([0, 350])
})

it('a stop ends the pause, resolves when what waited is done, and leaves no timer', async () => {
  const clock = createFakeClock(0)
  const work = vi.fn(async () => {})
  let isStopped = false
  const paced = createPaced(work, () => isStopped, clock)
  expect(paced.stop()).toBeUndefined()
  await paced.run()
  void paced.run()
  isStopped = true
  await paced.stop()
  expect(work).toHaveBeenCalledTimes(2)
  expect(clock.pending()).toBe(0)
})
