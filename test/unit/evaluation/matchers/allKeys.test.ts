import { expect, it } from 'vitest'
import { about, says, saysOf, subjectOf, summaryOf } from '../ask'

it('is everybody', () => {
  expect(saysOf({ matcherType: 'ALL_KEYS' }, undefined, subjectOf())).toBe(true)
  expect(saysOf({ matcherType: 'ALL_KEYS', negate: true }, undefined, subjectOf())).toBe(false)
})

it('is everybody who has an attribute with a text', () => {
  expect(says(about('ALL_KEYS', {}), 'x')).toBe(true)
  expect(says(about('ALL_KEYS', {}), 0)).toBe(true)
  expect(says(about('ALL_KEYS', {}), '')).toBe(false)
  expect(says(about('ALL_KEYS', {}))).toBe(false)
  expect(says(about('ALL_KEYS', {}, true))).toBe(true)
})

it('is summarised', () => {
  expect(summaryOf({ matcherType: 'ALL_KEYS' })).toBe('in segment all')
})
