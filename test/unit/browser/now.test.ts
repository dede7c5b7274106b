import { afterEach, expect, it, vi } from 'vitest'
import { now } from '../../../src/browser/clock'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

it('is the time', () => {
  vi.spyOn(Date, 'now').mockReturnValue(1_700_000_000_123)
  expect(now()).toBe(1_700_000_000_123)
})

it('is a number with Datejs, whose Date.now() is a Date', () => {
  vi.spyOn(Date, 'now').mockReturnValue(new Date(1_700_000_000_123) as never)
  expect(now()).toBe(1_700_000_000_123)
})

it.each([NaN, undefined, 'noon', {}])('is the time where Date.now() is %s', (given) => {
  vi.useFakeTimers({ now: 1_700_000_000_123 })
  vi.spyOn(Date, 'now').mockReturnValue(given as never)
  expect(now()).toBe(1_700_000_000_123)
})
