import { expect, it } from 'vitest'
import { definitionsOf, rule, saysOf, subjectOf, summaryOf } from '../ask'

const beta = { matcherType: 'IN_RULE_BASED_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'beta' } }
const isAdult = {
  matcherType: 'GREATER_THAN_OR_EQUAL_TO',
  keySelector: { attribute: 'age' },
  unaryNumericMatcherData: { value: 18 },
}
const definitions = definitionsOf({}, { beta: { conditions: [rule('', isAdult)] } })

it('asks the rules of the segment', () => {
  expect(saysOf(beta, { age: 18 }, subjectOf(), definitions)).toBe(true)
  expect(saysOf(beta, { age: 17 }, subjectOf(), definitions)).toBe(false)
  expect(saysOf({ ...beta, negate: true }, { age: 17 }, subjectOf(), definitions)).toBe(true)
})

it('is false for a segment that is unknown, broken or has no name', () => {
  expect(saysOf(beta, undefined, subjectOf())).toBe(false)
  expect(saysOf(beta, undefined, subjectOf(), definitionsOf({}, { beta: { conditions: 5 } }))).toBe(false)
  expect(saysOf({ matcherType: 'IN_RULE_BASED_SEGMENT' }, undefined, subjectOf(), definitions)).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(beta)).toBe('in rule-based segment beta')
})
