import { describe, expect, it } from 'vitest'
import { toBoolean } from '../../../../src/evaluation/matchers/equalToBoolean'
import { about, says, summaryOf } from '../ask'

const is = (booleanMatcherData: unknown) => about('EQUAL_TO_BOOLEAN', { booleanMatcherData })

it.each([
  [true, true],
  ['TRUE', true],
  [false, false],
  ['false', false],
  [' true', false],
  [1, false],
])('%j is true: %s', (value, expected) => {
  expect(says(is(true), value)).toBe(expected)
})

it('compares with false', () => {
  expect(says(is(false), 'False')).toBe(true)
  expect(says(is(false), true)).toBe(false)
  expect(says(is(false), 0)).toBe(false)
  expect(says(is(false))).toBe(false)
})

it('never matches without data', () => {
  expect(says(is(null), false)).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(is(false))).toBe('user.v is false')
})

describe('the boolean of a value', () => {
  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['TRUE', true],
    ['False', false],
    [' true', undefined],
    ['yes', undefined],
    ['', undefined],
    [1, undefined],
    [0, undefined],
    [null, undefined],
    [undefined, undefined],
    [[true], undefined],
    [{}, undefined],
    [new Date(0), undefined],
  ])('%o is %o', (value, expected) => {
    expect(toBoolean(value)).toBe(expected)
  })

  it('fails for an object without prototype', () => {
    expect(() => toBoolean(Object.create(null))).toThrow('broken definition')
  })
})
