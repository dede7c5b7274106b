import { describe, expect, it } from 'vitest'
import { floorTime, toNumber } from '../../../../src/evaluation/matchers/numberMatcher'
import { subjectOf } from '../ask'

describe('the number of a value', () => {
  it.each([
    [5, 5],
    [-Infinity, -Infinity],
    [NaN, undefined],
    [null, 0],
    ['', 0],
    ['  ', 0],
    [true, 1],
    [[], 0],
    [['5'], 5],
    [[1, 2], undefined],
    [' 12 ', 12],
    ['1e3', 1000],
    ['0x10', 16],
    ['12abc', undefined],
    ['1_000', undefined],
    ['2016-03-17', undefined],
    [undefined, undefined],
    [{}, undefined],
    [{ matchingKey: '5' }, undefined],
    [{ valueOf: () => 5 }, 5],
    [new Date(7), 7],
    [new Date(NaN), undefined],
  ])('%o is %o', (value, number) => {
    expect(toNumber(value)).toBe(number)
  })

  it('never reads a key', () => {
    expect(toNumber(subjectOf('5'))).toBeUndefined()
  })

  it('throws for what the language does not convert', () => {
    for (const value of [1n, Symbol('s'), Object.create(null)]) expect(() => toNumber(value)).toThrow(TypeError)
  })
})

describe('the unit that a time falls in', () => {
  const MINUTE = 60_000
  const DAY = 86_400_000

  it('floors as dates do, before 1970 too', () => {
    for (const time of [
      0, 1, 59_999, 60_000, -1, -59_999, -60_000, -60_001, 1458240947021, -1458240947021, 8.64e15, -8.64e15,
    ]) {
      expect(floorTime(time, MINUTE) + 0, String(time)).toBe(new Date(time).setUTCSeconds(0, 0))
      expect(floorTime(time, DAY) + 0, String(time)).toBe(new Date(time).setUTCHours(0, 0, 0, 0))
    }
  })

  it('cuts a fraction towards zero first', () => {
    expect(floorTime(-0.5, MINUTE) + 0).toBe(0)
    expect(floorTime(60_000.9, MINUTE)).toBe(60_000)
  })

  it('is NaN for times that the language has no date for', () => {
    for (const time of [8.64e15 + 1, -8.64e15 - 1, Infinity, -Infinity, NaN]) expect(floorTime(time, DAY)).toBeNaN()
  })
})
