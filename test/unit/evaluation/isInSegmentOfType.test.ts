import { expect, it } from 'vitest'
import { compileRuleBasedSegment } from '../../../src/evaluation/compileRuleBasedSegment'
import { createWalk } from '../../../src/evaluation/evaluate'
import { isInSegmentOfType } from '../../../src/evaluation/isInSegmentOfType'
import { definitionsOf, everybody, rule, subjectOf } from './ask'

const subject = subjectOf('a', ['small'], ['large'])
const ask = (type: unknown, name: unknown, segments: Record<string, unknown> = {}) =>
  isInSegmentOfType(type, name, Object.assign(createWalk(), { subject, definitions: definitionsOf({}, segments) }))
const all = { conditions: [rule('', everybody)] }

it('looks up memberships by type', () => {
  expect([ask('standard', 'small'), ask('standard', 'large'), ask('large', 'large'), ask('large', 'small')]).toEqual([
    true, false, true, false,
  ]) // prettier-ignore
  expect(ask('future', 'small')).toBe(false)
  expect(ask('rule-based', 's', { s: all })).toBe(true)
  expect(ask('rule-based', 'missing')).toBe(false)
  expect(ask('future', 's', { s: all })).toBe(false)
})

it('asks for names only', () => {
  const definitions = { ...definitionsOf(), ruleBasedSegment: () => compileRuleBasedSegment(all) }
  const askAny = (name: unknown) =>
    isInSegmentOfType('rule-based', name, Object.assign(createWalk(), { subject, definitions }))
  expect([askAny('s'), askAny(5), askAny(undefined)]).toEqual([true, false, false])
})
