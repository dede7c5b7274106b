import { describe, expect, it } from 'vitest'
import { createSeen } from '../../../../src/late/delivery/seen'

const HOUR = 3_600_000

function open(at = 1000 * HOUR) {
  const clock = { at, now: () => clock.at }
  return { clock, seen: createSeen(clock as unknown as Parameters<typeof createSeen>[0]) }
}

describe('what was seen this hour', () => {
  it('is first once', () => {
    const { seen, clock } = open()
    expect([seen.isFirst('a', clock.at), seen.isFirst('a', clock.at), seen.isFirst('b', clock.at)]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('is known from other pages, and not stored again', () => {
    const { seen, clock } = open()
    seen.hour()
    seen.learn(['a'], clock.at)
    expect(seen.isFirst('a', clock.at)).toBe(false)
    expect(seen.unsaved()).toEqual([])
    // What was read a moment before the hour ended.
    seen.learn(['b'], clock.at - HOUR)
    expect(seen.isFirst('b', clock.at)).toBe(true)
  })

  it('waits to be stored until it is', () => {
    const { seen, clock } = open()
    seen.isFirst('a', clock.at)
    seen.isFirst('b', clock.at)
    expect(seen.unsaved()).toEqual(['a', 'b'])
    seen.saved(['a'])
    expect(seen.unsaved()).toEqual(['b'])
  })

  it('is forgotten with its hour', () => {
    const { seen, clock } = open()
    seen.isFirst('a', clock.at)
    seen.records.add('record')
    clock.at += HOUR
    expect(seen.hour()).toBe(clock.at)
    expect(seen.isFirst('a', clock.at)).toBe(true)
    expect(seen.unsaved()).toEqual(['a'])
    expect(seen.records.size).toBe(0)
  })

  it('says nothing of an hour before: what was recorded then is sent', () => {
    const { seen, clock } = open()
    seen.isFirst('a', clock.at)
    clock.at += HOUR
    expect([seen.isFirst('a', clock.at - 1), seen.isFirst('a', clock.at - 1)]).toEqual([true, true])
    expect(seen.unsaved()).toEqual([])
  })

  it('starts anew when told to', () => {
    const { seen, clock } = open()
    seen.isFirst('a', clock.at)
    seen.clear()
    expect(seen.isFirst('a', clock.at)).toBe(true)
  })
})
