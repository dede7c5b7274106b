import { expect, it } from 'vitest'
import { floorTime } from '../../../src/evaluation/floorTime'

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
