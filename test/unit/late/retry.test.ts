import { expect, it } from 'vitest'
import { createRetry } from '../../../src/late/retry'

const start = () => {
  const time = { now: 1_000 }
  return { time, retry: createRetry(() => time.now) }
}

it('waits for nothing before the first failure, and after a success', () => {
  const { retry } = start()
  expect(retry.waitMs()).toBe(0)
  retry.fail(5_000)
  expect(retry.failures()).toBe(1)
  retry.succeed()
  expect(retry.waitMs()).toBe(0)
  expect(retry.failures()).toBe(0)
})

it('waits for nothing in a tab that is open for two months', () => {
  const { time, retry } = start()
  for (const days of [20, 30, 60]) {
    time.now = days * 86_400_000
    expect(retry.waitMs()).toBe(0)
  }
})

it('waits longer with each failure in a row, by chance, and never more than an hour', () => {
  for (let round = 0; round < 100; round++) {
    const { time, retry } = start()
    for (let failures = 1; failures < 30; failures++) {
      time.now += retry.waitMs()
      retry.fail()
      expect(retry.waitMs()).toBeLessThanOrEqual(Math.min(300_000, 1_000 * 2 ** failures))
      expect(retry.failures()).toBe(failures)
    }
  }
  const waits = Array.from({ length: 50 }, () => {
    const { retry } = start()
    retry.fail()
    return retry.waitMs()
  })
  expect(new Set(waits).size).toBeGreaterThan(40)
})

it('does not wait less than the server asked for, nor more than an hour for it', () => {
  const { time, retry } = start()
  retry.fail(60_000)
  expect(retry.waitMs()).toBeGreaterThanOrEqual(60_000)
  expect(retry.waitMs()).toBeLessThanOrEqual(62_000)
  time.now += 62_000
  expect(retry.waitMs()).toBe(0)
  retry.fail(86_400_000)
  expect(retry.waitMs()).toBe(3_600_000)
})

it('takes over the pause of another page, and never shortens its own', () => {
  const { time, retry } = start()
  retry.pauseFor(10_000)
  retry.pauseFor(5_000)
  expect(retry.waitMs()).toBe(10_000)
  retry.pauseFor(-1)
  expect(retry.waitMs()).toBe(10_000)
  time.now += 9_999
  expect(retry.waitMs()).toBe(1)
  retry.pauseFor(10 * 3_600_000)
  expect(retry.waitMs()).toBe(3_600_000)
})
