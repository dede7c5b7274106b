import { expect, it } from 'vitest'
import { about, says, summaryOf } from '../ask'

const range = (start: unknown, end: unknown) => about('BETWEEN_SEMVER', { betweenStringMatcherData: { start, end } })

it.each([
  ['1.2.2', false],
  ['1.2.3', true],
  ['1.10.0', true],
  ['2.0.0', true],
  ['2.0.0+b', true],
  ['2.0.1', false],
  ['x', false],
])('%s from 1.2.3 to 2.0.0: %s', (value, expected) => {
  expect(says(range('1.2.3', '2.0.0'), value)).toBe(expected)
})

it('is false when a bound is no version', () => {
  expect(says(range('1.2.3', '2'), '1.2.3')).toBe(false)
  expect(says(range(null, '2.0.0'), '1.2.3')).toBe(false)
  expect(says(about('BETWEEN_SEMVER', {}), '1.2.3')).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(range('1.2.3', '2.0.0'))).toBe('user.v between versions 1.2.3 and 2.0.0')
})
