import { expect, it } from 'vitest'
import { about, says, summaryOf } from '../ask'

const list = (...whitelist: unknown[]) => about('CONTAINS_ANY_OF_SET', { whitelistMatcherData: { whitelist } })

it.each([
  [['b', 'z'], true],
  [['z'], false],
  [['ab'], false],
] as const)('%j of a, b: %s', (value, expected) => {
  expect(says(list('a', 'b'), value)).toBe(expected)
})

it('counts the doubles of its own list', () => {
  expect(says(list(...['a', 'a']), ['a'])).toBe(true)
})

it('compares an empty list', () => {
  expect(says(list(), ['a'])).toBe(false)
})

it('never matches what is no array, or an empty one', () => {
  expect(says(list('a'), 'a')).toBe(false)
  expect(says(list('a'), [])).toBe(false)
  expect(says(list('a'))).toBe(false)
  expect(says({ ...list('a'), negate: true })).toBe(true)
})

it('is false without a list', () => {
  expect(says(about('CONTAINS_ANY_OF_SET', {}), ['a'])).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(list('a', 'b'))).toBe('user.v contains any of ["a","b"]')
})
