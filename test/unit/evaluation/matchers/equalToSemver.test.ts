import { expect, it } from 'vitest'
import { about, says, saysOf, subjectOf, summaryOf } from '../ask'

const than = (stringMatcherData: unknown) => about('EQUAL_TO_SEMVER', { stringMatcherData })

it.each([
  ['1.2.3', true],
  ['01.2.3', true],
  ['1.2.3+b', false],
  ['1.2.4', false],
  ['1.2', false],
])('%s against 1.2.3: %s', (value, expected) => {
  expect(says(than('1.2.3'), value)).toBe(expected)
})

it('reads the key', () => {
  expect(saysOf({ matcherType: 'EQUAL_TO_SEMVER', stringMatcherData: '1.2.3' }, undefined, subjectOf('1.2.3'))).toBe(
    true,
  )
})

it('is false for a rule without a version', () => {
  expect(says(than('1.2'), '1.2')).toBe(false)
  expect(says(than(null), '1.2.3')).toBe(false)
  expect(says({ ...than(undefined), negate: true }, '1.2.3')).toBe(true)
})

it('is summarised', () => {
  expect(summaryOf(than('1.2.3'))).toBe('user.v is version 1.2.3')
})
