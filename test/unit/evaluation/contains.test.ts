import { expect, it } from 'vitest'
import { compileRuleBasedSegment } from '../../../src/evaluation/compileRuleBasedSegment'
import { contains as containsSubject } from '../../../src/evaluation/contains'
import { createWalk } from '../../../src/evaluation/evaluate'
import { definitionsOf, everybody, rule, subjectOf } from './ask'

const all = { conditions: [rule('', everybody)] }
const subject = subjectOf('a', ['small'], ['large'])
const contains = (segment: unknown, others: Record<string, unknown> = {}) =>
  containsSubject(
    compileRuleBasedSegment(segment),
    Object.assign(createWalk(), { subject, definitions: definitionsOf({}, others) }),
  )

it('has whom one of its rules matches', () => {
  const nobody = rule('', { ...everybody, negate: true })
  expect(contains(all)).toBe(true)
  expect(contains({ conditions: [nobody] })).toBe(false)
  expect(contains({ conditions: [nobody, rule('', everybody)] })).toBe(true)
})

it('has no gate and no need of partitions', () => {
  expect(contains({ conditions: [{ matcherGroup: { matchers: [everybody] }, conditionType: 'ROLLOUT' }] })).toBe(true)
})

it('leaves out excluded keys and members of excluded segments', () => {
  expect(contains({ ...all, excluded: { keys: ['b', 'a'] } })).toBe(false)
  expect(contains({ ...all, excluded: { keys: ['b'], segments: [] } })).toBe(true)
  const excluding = (type: string, name: string) => ({ ...all, excluded: { keys: null, segments: [{ type, name }] } })
  expect(contains(excluding('standard', 'small'))).toBe(false)
  expect(contains(excluding('standard', 'other'))).toBe(true)
  expect(contains(excluding('large', 'large'))).toBe(false)
  expect(contains(excluding('rule-based', 't'), { t: all })).toBe(false)
  expect(contains(excluding('rule-based', 't'), { t: { ...all, excluded: { keys: ['a'] } } })).toBe(true)
})

it('is empty without rules, and everybody with rules that are not understood', () => {
  for (const conditions of [[], null, undefined]) expect(contains({ conditions })).toBe(false)
  const future = { conditions: [rule('', { matcherType: 'FUTURE' })] }
  expect(contains(future)).toBe(true)
  expect(contains({ ...future, excluded: { keys: ['a'] } })).toBe(false)
})

it('fails when it is broken', () => {
  for (const broken of [
    { conditions: 5 },
    { conditions: [{}] },
    { ...all, excluded: { keys: 'a' } },
    { ...all, excluded: { segments: {} } },
    { ...all, excluded: { segments: [null] } },
  ]) {
    expect(() => contains(broken)).toThrow(TypeError)
  }
})
