import { describe, expect, it } from 'vitest'
import { compileMatcher } from '../../../src/evaluation/rules'
import { quote, summarise } from '../../../src/evaluation/summary'
import { summaryOf } from './ask'
import type { CompiledMatcher } from '../../../src/evaluation/types'

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

describe('a value', () => {
  it('shows lists and values', () => {
    expect(quote(['a', 'b"'])).toBe('["a","b\\""]')
    expect(quote('a')).toBe('a')
    expect(quote(10)).toBe('10')
    expect(quote([])).toBe('[]')
    expect(quote(new Date(0))).toBe('1970-01-01T00:00:00.000Z')
  })

  it('cuts what is long', () => {
    expect(quote(['1', '2', '3', '4', '5'])).toBe('["1","2","3","4","5"]')
    expect(quote(['1', '2', '3', '4', '5', '6'])).toBe('["1","2","3","4","5"] and 1 more')
    expect(quote('x'.repeat(50))).toBe('x'.repeat(50))
    expect(quote('x'.repeat(51))).toBe('x'.repeat(50) + '…')
    expect(quote(['x'.repeat(51)])).toBe(`["${'x'.repeat(50)}…"]`)
  })

  it('shows what has no text by its type', () => {
    expect(quote({ toString: 1, valueOf: 1 })).toBe('object')
    expect(quote(new Date(NaN))).toBe('object')
  })
})
