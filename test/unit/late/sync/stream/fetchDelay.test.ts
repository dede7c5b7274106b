import { expect, it } from 'vitest'
import { hash32 } from '../../../../../src/evaluation/bucket'
import { fetchDelay } from '../../../../../src/late/sync/stream/fetchDelay'

it('spreads keys over the interval', () => {
  expect(fetchDelay('key', { i: 1_000, s: 5 }, hash32)).toBe(hash32('key', 5) % 1_000)
  expect(fetchDelay('key', { h: 1 }, hash32)).toBe(hash32('key', 0) % 60_000)
  expect(fetchDelay('key', { i: 0 }, hash32)).toBe(hash32('key', 0) % 60_000)
})

it('is nothing where the message says so', () => {
  expect(fetchDelay('key', { i: 1_000, h: 0, s: 5 }, hash32)).toBe(0)
})
