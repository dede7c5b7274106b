import { expect, it } from 'vitest'
import { isInRuleBasedSegment } from '../../../src/evaluation/segments'
import { compileRuleBasedSegment } from '../../../src/evaluation/evaluate'
import { definitionsOf, everybody, rule, subjectOf, walkOf } from './ask'

const all = { conditions: [rule('', everybody)] }
const subject = subjectOf('a', ['small'], ['large'])
const ask = (name: unknown, segments: Record<string, unknown>) =>
  isInRuleBasedSegment(name, walkOf({ subject, definitions: definitionsOf({}, segments) }), subject)
const contains = (segment: unknown, others: Record<string, unknown> = {}) => ask('s', { s: segment, ...others })

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

it('is undecided when it is broken', () => {
  for (const broken of [{ conditions: 5 }, { conditions: [{}] }]) {
    const outcome = () => contains(broken)
    if (Array.isArray(broken.conditions)) expect(outcome()).toBeUndefined()
    else expect(outcome).toThrow(TypeError)
  }
  for (const excluded of [{ keys: 'a' }, { segments: {} }, { segments: [null] }]) {
    expect(() => contains({ ...all, excluded })).toThrow(TypeError)
  }
})

it('is undecided when what it excludes is', () => {
  const excluded = { segments: [{ type: 'rule-based', name: 't' }] }
  expect(contains({ ...all, excluded }, { t: { conditions: [{}] } })).toBeUndefined()
})

it('leaves out nobody by a segment of a type that is not known, or that is missing', () => {
  const excluding = (type: unknown, name: unknown) => ({ ...all, excluded: { segments: [{ type, name }] } })
  expect(contains(excluding('future', 'small'))).toBe(true)
  expect(contains(excluding('future', 't'), { t: all })).toBe(true)
  expect(contains(excluding('standard', 'large'))).toBe(true)
  expect(contains(excluding('large', 'small'))).toBe(true)
  expect(contains(excluding('rule-based', 'missing'))).toBe(true)
})

it('asks for names only', () => {
  const definitions = { ...definitionsOf(), ruleBasedSegment: () => compileRuleBasedSegment(all) }
  const askAny = (name: unknown) => isInRuleBasedSegment(name, walkOf({ subject, definitions }), subject)
  expect([askAny('s'), askAny(5), askAny(undefined)]).toEqual([true, false, false])
})
