import { expect, it } from 'vitest'
import { about, says, saysOf, subjectOf, summaryOf } from '../ask'

const than = (value: unknown, dataType?: string) => about('EQUAL_TO', { unaryNumericMatcherData: { dataType, value } })
const time = Date.UTC(2016, 2, 17, 18, 55, 47)

it.each([
  [10, true],
  [' 10 ', true],
  [9, false],
  [10.5, false],
] as const)('%j against 10: %s', (value, expected) => {
  expect(says(than(10), value)).toBe(expected)
  expect(says(than(10, 'NUMBER'), value)).toBe(expected)
  expect(says({ ...than(10), negate: true }, value)).toBe(!expected)
})

it.each([
  [Date.UTC(2016, 2, 17), true],
  [Date.UTC(2016, 2, 17, 23, 59, 59, 999), true],
  [Date.UTC(2016, 2, 18), false],
  [Date.UTC(2016, 2, 16, 23, 59), false],
] as const)('%d as a date: %s', (value, expected) => {
  expect(says(than(time, 'DATETIME'), value)).toBe(expected)
  expect(says(than(time, 'DATETIME'), new Date(value))).toBe(expected)
})

it('never matches what is no number, nor the key', () => {
  expect(says(than(10), 'ten')).toBe(false)
  expect(says(than(10))).toBe(false)
  const onKey = { matcherType: 'EQUAL_TO', unaryNumericMatcherData: { value: 10 } }
  expect(saysOf(onKey, undefined, subjectOf('10'))).toBe(false)
})

it('never matches times that are none', () => {
  expect(says(than(Infinity, 'DATETIME'), Infinity)).toBe(false)
  expect(says(than(NaN, 'DATETIME'), time)).toBe(false)
})

it('breaks the flag without data', () => {
  expect(() => says(about('EQUAL_TO', { unaryNumericMatcherData: null }), 10)).toThrow('broken definition')
  expect(() => says(about('EQUAL_TO', {}), 10)).toThrow('broken definition')
})

it('is summarised', () => {
  expect(summaryOf(than(10))).toBe('user.v = 10')
  expect(summaryOf(than(time, 'DATETIME'))).toBe('user.v = 2016-03-17T18:55:47.000Z')
})
