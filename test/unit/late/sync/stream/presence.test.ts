import { describe, expect, it } from 'vitest'
import { watchPresence } from '../../../../../src/late/sync/stream/presence'
import { createFakeClock } from '../../../definitions/fakes'

function open() {
  const clock = createFakeClock(0)
  const told: string[] = []
  const listeners = new Set<() => void>()
  let isActive = true
  const stop = watchPresence({
    page: {
      isActive: () => isActive,
      onChange(listener: () => void) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    clock,
    onAway: () => told.push('away'),
    onBack: () => told.push('back'),
  })
  const set = (next: boolean) => {
    isActive = next
    for (const listener of listeners) listener()
  }
  return { clock, told, set, stop, listeners }
}

describe('presence', () => {
  it.each<[what: string, steps: (boolean | number)[], told: string[]]>([
    ['a page that stays', [600_000], []],
    ['inactive for less than a minute', [false, 59_999], []],
    ['inactive for a minute', [false, 60_000], ['away']],
    ['inactive for an hour: it is said once', [false, 3_600_000], ['away']],
    ['back in time', [false, 59_999, true, 600_000], ['back']],
    ['back late', [false, 60_000, true, 600_000], ['away', 'back']],
    ['hidden, and offline half a minute later: the minute begins anew', [false, 30_000, false, 59_999], []],
    ['and then goes by', [false, 30_000, false, 60_000], ['away']],
  ])('%s', async (_, steps, expected) => {
    const { clock, told, set, stop } = open()
    for (const step of steps) {
      if (typeof step === 'number') await clock.advance(step)
      else set(step)
    }
    expect(told).toEqual(expected)
    stop()
  })

  it('is not watched once it was stopped', async () => {
    const { clock, told, set, stop, listeners } = open()
    set(false)
    stop()
    await clock.advance(600_000)
    expect([told, listeners.size, clock.pending()]).toEqual([[], 0, 0])
  })
})
