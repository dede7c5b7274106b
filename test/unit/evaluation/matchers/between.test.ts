import { expect, it } from 'vitest'
import { about, says, summaryOf } from '../ask'

const range = (start: unknown, end: unknown, dataType?: string) =>
  about('BETWEEN', { betweenMatcherData: { dataType, start, end } })
const from = Date.UTC(2016, 2, 17, 18, 55, 47)
const to = Date.UTC(2016, 2, 17, 20, 34, 44)

it.each([
  [9.9, false],
  [10, true],
  [15, true],
  [20, true],
  [20.1, false],
] as const)('%d from 10 to 20: %s', (value, expected) => {
  expect(says(range(10, 20), value)).toBe(expected)
})

it.each([
  [Date.UTC(2016, 2, 17, 18, 54, 59), false],
  [Date.UTC(2016, 2, 17, 18, 55, 0), true],
  [Date.UTC(2016, 2, 17, 20, 34, 59), true],
  [Date.UTC(2016, 2, 17, 20, 35, 0), false],
])('%d as a date: %s', (value, expected) => {
  expect(says(range(from, to, 'DATETIME'), value)).toBe(expected)
})

it('never matches from more to less', () => {
  expect(says(range(20, 10), 15)).toBe(false)
})

it('breaks the flag without data', () => {
  expect(() => says(about('BETWEEN', { betweenMatcherData: null }), 10)).toThrow('broken definition')
})

it('is summarised', () => {
  expect(summaryOf(range(10, 20))).toBe('user.v between 10 and 20')
  expect(summaryOf(range(from, to, 'DATETIME'))).toBe(
    'user.v between 2016-03-17T18:55:47.000Z and 2016-03-17T20:34:44.000Z',
  )
})
