import { expect, it } from 'vitest'
import { setDeadline } from '../../../src/browser/setDeadline'

/** A deadline of 1,000 ms, in a page whose tasks take these times: [from, to], ms. @returns when it was met; undefined if never */
function metAfter(tasks: readonly (readonly [number, number])[], cancelAt = Infinity) {
  let now = 0
  let metAt: number | undefined
  const timers = new Set<{ at: number; run: () => void }>()
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run }
    timers.add(timer)
    return () => timers.delete(timer)
  }
  const cancel = setDeadline({ elapsed: () => now, after }, 1_000, () => (metAt = now))
  for (; now < 5_000; now++) {
    const task = tasks.find(([from]) => from === now)
    if (task) now = task[1]
    if (now >= cancelAt) cancel()
    for (const timer of timers) if (timer.at <= now && timers.delete(timer)) timer.run()
  }
  return metAt
}

it.each([
  { what: 'is met in time', tasks: [], at: 1_000 },
  {
    what: 'is met in time beside short tasks',
    tasks: [
      [400, 440],
      [960, 1_040],
    ],
    at: 1_040,
  },
  { what: 'leaves half of the time after a task that is longer than all of it', tasks: [[0, 3_000]], at: 3_500 },
  { what: 'does so where the task ends just before the time is up', tasks: [[10, 990]], at: 1_490 },
  { what: 'does so where the task began in the second half', tasks: [[900, 2_000]], at: 2_500 },
  {
    what: 'waits for a page that is always busy no longer than this',
    tasks: [
      [100, 700],
      [800, 1_400],
      [1_500, 2_100],
    ],
    at: 2_100,
  },
] as const)('$what', ({ tasks, at }) => {
  expect(metAfter(tasks)).toBe(at)
})

it.each([100, 700, 2_200])('can be cancelled after %i ms', (ms) => {
  expect(metAfter([[900, 2_000]], ms)).toBeUndefined()
})
