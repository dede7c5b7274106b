import { describe, expect, it, vi } from 'vitest'
import { createCounter, mergeCounts } from '../../../src/impressions/counter'

const HOUR = 3_600_000

describe('counter', () => {
  it('counts per flag and hour, in the order of the first count', () => {
    const counter = createCounter(() => undefined)
    for (const [flag, time] of [
      ['b', HOUR],
      ['a', HOUR + 5],
      ['b', HOUR + 9],
      ['b', 2 * HOUR],
    ] as const) {
      counter.increment(counter.cell(flag, time))
    }
    expect(counter.takeCounts()).toEqual([
      { f: 'b', m: HOUR, rc: 2 },
      { f: 'a', m: HOUR, rc: 1 },
      { f: 'b', m: 2 * HOUR, rc: 1 },
    ])
    expect(counter.takeCounts()).toEqual([])
  })

  it('loses nothing of a cell that is held over an hour, a taking or a clock that goes back', () => {
    const counter = createCounter(() => undefined)
    const held = counter.cell('f', HOUR)
    counter.increment(held)
    counter.increment(counter.cell('f', 2 * HOUR))
    counter.increment(held)
    counter.increment(counter.cell('f', HOUR))
    expect(mergeCounts(counter.takeCounts())).toEqual([
      { f: 'f', m: HOUR, rc: 3 },
      { f: 'f', m: 2 * HOUR, rc: 1 },
    ])
    counter.increment(held)
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: HOUR, rc: 1 }])
  })

  it('says once per taking that there is something', () => {
    const onDirty = vi.fn()
    const counter = createCounter(onDirty)
    counter.increment(counter.cell('a', 0))
    counter.increment(counter.cell('b', 0))
    expect(onDirty).toHaveBeenCalledTimes(1)
    counter.takeCounts()
    counter.increment(counter.cell('a', 0))
    expect(onDirty).toHaveBeenCalledTimes(2)
  })

  it('takes any flag name', () => {
    const counter = createCounter(() => undefined)
    for (const flag of ['a::b', 'constructor', '__proto__']) counter.increment(counter.cell(flag, 0))
    expect(counter.takeCounts().map(({ f }) => f)).toEqual(['a::b', 'constructor', '__proto__'])
  })

  it('merges without touching what it was given', () => {
    const items = [
      { f: 'a', m: 0, rc: 1 },
      { f: 'a', m: 0, rc: 2 },
    ]
    expect(mergeCounts(items)).toEqual([{ f: 'a', m: 0, rc: 3 }])
    expect(items[0]).toEqual({ f: 'a', m: 0, rc: 1 })
  })
})
