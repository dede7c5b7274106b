import { afterEach, describe, expect, it, vi } from 'vitest'
import { backoff } from '../../../src/late/backoff'

afterEach(() => vi.restoreAllMocks())
const most = (failures: number, ...limits: number[]) => {
  vi.spyOn(Math, 'random').mockReturnValue(1)
  return backoff(failures, ...limits)
}

describe('the pause after a failure', () => {
  it('doubles, up to five minutes', () => {
    expect([1, 2, 3, 8, 9, 2_000].map((failures) => most(failures))).toEqual([
      2_000, 4_000, 8_000, 256_000, 300_000, 300_000,
    ])
  })

  it('has a base and an end of its own where told to', () => {
    expect([most(1, 10, 15), most(0, 10, 15)]).toEqual([15, 10])
  })

  it('is anything from nothing to that: pages which failed together come back apart', () => {
    const pauses = Array.from({ length: 1_000 }, () => backoff(3))
    expect(Math.min(...pauses)).toBeLessThan(1_000)
    expect(Math.max(...pauses)).toBeGreaterThan(7_000)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(8_000)
  })
})
