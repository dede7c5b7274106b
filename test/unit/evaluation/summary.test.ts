import { expect, it } from 'vitest'
import { compileMatcher } from '../../../src/evaluation/matcher'
import { summarise } from '../../../src/evaluation/summary'
import { summaryOf } from './ask'
import type { CompiledMatcher } from '../../../src/evaluation/matcher'

const staff = { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'employees' } }
const age = {
  matcherType: 'GREATER_THAN_OR_EQUAL_TO',
  keySelector: { trafficType: 'user', attribute: 'age' },
  unaryNumericMatcherData: { value: 21 },
}

it('joins matchers', () => {
  const matchers = [age, { ...staff, negate: true }].map((definition) => compileMatcher(definition) as CompiledMatcher)
  expect(summarise(matchers)).toBe('user.age >= 21 and not in segment employees')
})

it('names the traffic type of an attribute', () => {
  expect(summaryOf({ ...age, keySelector: { trafficType: 'account', attribute: 'age' } })).toBe('account.age >= 21')
  expect(summaryOf({ ...age, keySelector: { attribute: 'age' } })).toBe('user.age >= 21')
  expect(summaryOf({ ...age, negate: true })).toBe('user.age not >= 21')
})

it('survives data of the wrong kind', () => {
  expect(summaryOf({ matcherType: 'WHITELIST' })).toBe('in list')
  expect(summaryOf({ matcherType: 'WHITELIST', whitelistMatcherData: null })).toBe('in list')
  expect(summaryOf({ matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: 5 } })).toBe('in list 5')
  expect(summaryOf({ ...age, unaryNumericMatcherData: { dataType: 'DATETIME', value: 'x' } })).toBe(
    'user.age >= object',
  )
  expect(summaryOf({ ...age, keySelector: { trafficType: {}, attribute: 'age' } })).toBe('[object Object].age >= 21')
})

it('is cut when a rule has many matchers', () => {
  const many = (count: number) =>
    summarise(Array<CompiledMatcher>(count).fill(compileMatcher(staff) as CompiledMatcher))
  expect(many(2)).toBe('in segment employees and in segment employees')
  expect(many(50)).toHaveLength(251)
  expect(many(50)).toMatch(/^in segment employees and .*…$/)
})
