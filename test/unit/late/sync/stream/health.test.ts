import { describe, expect, it } from 'vitest'
import { createHealth } from '../../../../../src/late/sync/stream/health'

const PRI = '[?occupancy=metrics.publishers]control_pri'
const SEC = '[?occupancy=metrics.publishers]control_sec'

describe('the health of a connection', () => {
  it('is good at first', () => {
    expect(createHealth().isGood()).toBe(true)
  })

  it('is bad only without publishers in both regions', () => {
    const health = createHealth()
    health.occupancy(PRI, 1, 0)
    expect(health.isGood()).toBe(true)
    health.occupancy(SEC, 2, 0)
    expect(health.isGood()).toBe(false)
    health.occupancy(SEC, 3, 2)
    expect(health.isGood()).toBe(true)
  })

  it.each([[5], [4]])('goes by the newest of each region: not by one of time %i after one of 5', (late) => {
    const health = createHealth()
    health.occupancy(PRI, 5, 0)
    health.occupancy(SEC, 5, 0)
    health.occupancy(PRI, late, 1)
    expect(health.isGood()).toBe(false)
    health.occupancy(PRI, 6, 1)
    expect(health.isGood()).toBe(true)
  })

  it.each([undefined, null, '0', {}])('does not believe that %j publishers are none', (count) => {
    const health = createHealth()
    health.occupancy(SEC, 1, 0)
    health.occupancy(PRI, 1, count)
    expect(health.isGood()).toBe(true)
    // Its timestamp does not count either, so that a message of the same time is still new.
    health.occupancy(PRI, 1, 0)
    expect(health.isGood()).toBe(false)
  })

  it('is bad while paused, whatever publishers there are', () => {
    const health = createHealth()
    health.pause(true)
    health.occupancy(PRI, 1, 3)
    expect(health.isGood()).toBe(false)
    health.pause(false)
    expect(health.isGood()).toBe(true)
  })

  it('keeps the times of each kind and region apart', () => {
    const { isNew } = createHealth()
    expect(isNew('control', 'control_pri', 5)).toBe(true)
    expect(isNew('control', 'control_sec', 4)).toBe(true)
    expect(isNew('occupancy', PRI, 3)).toBe(true)
    expect(isNew('control', 'control_pri', 5)).toBe(false)
    expect(isNew('control', PRI, 4)).toBe(false)
    expect(isNew('control', 'control_pri', 6)).toBe(true)
  })
})
