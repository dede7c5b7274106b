import { expect, it } from 'vitest'
import { parseRules, usable } from '../../../src/evaluation/rules'
import { everybody, rule } from './ask'

const state = (...conditions: unknown[]) => parseRules(conditions).state
const sized = (...sizes: unknown[]) => ({
  ...rule('', everybody),
  partitions: sizes.map((size) => ({ treatment: 'a', size })),
})
const unknown = rule('', { matcherType: 'FUTURE' })
const empty = rule('')
const broken = sized(99)
const withoutData = { matcherType: 'EQUAL_TO' }

it('reads rules, and counts their matchers', () => {
  const rules = parseRules([rule('a', everybody, everybody), { ...rule('b', everybody), conditionType: 'ROLLOUT' }])
  expect(rules).toMatchObject({ state: 'usable', size: 3 })
  expect(rules.list.map(({ isRollout, label, matchers }) => [isRollout, label, matchers.length])).toEqual([
    [false, 'rule a', 2],
    [true, 'rule b', 1],
  ])
})

it('takes partitions that add up to 100 exactly', () => {
  expect(state(sized(100))).toBe('usable')
  expect(state(sized(12.5, 87.5))).toBe('usable')
  expect(state(sized(0, 100))).toBe('usable')
  for (const sizes of [[99], [101], [], ['100'], [50, '50'], [null], [NaN]])
    expect(state(sized(...sizes))).toBe('broken')
  expect(state({ ...rule('', everybody), partitions: 'x' })).toBe('broken')
  expect(state({ ...rule('', everybody), partitions: [null] })).toBe('broken')
  expect(state({ ...rule('', everybody), partitions: null })).toBe('usable')
})

it('does not support unknown matchers, empty rules or none at all', () => {
  expect(state(unknown)).toBe('unsupported')
  expect(state(rule('', everybody, { matcherType: 'FUTURE' }))).toBe('unsupported')
  expect(state(rule('', { matcherType: 'FUTURE' }, everybody))).toBe('unsupported')
  expect(state(rule('', everybody), empty)).toBe('unsupported')
  expect(state()).toBe('unsupported')
})

it('finds what is broken before what is not supported, and nothing behind it', () => {
  expect(state(broken, unknown)).toBe('broken')
  expect(state(unknown, broken)).toBe('unsupported')
  expect(state(empty, broken)).toBe('unsupported')
  expect(state(rule('', { matcherType: 'FUTURE' }, withoutData))).toBe('broken')
  expect(state({ ...unknown, partitions: [] })).toBe('unsupported')
})

it('is broken without what makes a rule', () => {
  for (const conditions of [undefined, null, {}, 'x', 5]) expect(parseRules(conditions).state).toBe('broken')
  for (const condition of [
    null,
    5,
    {},
    { matcherGroup: null },
    { matcherGroup: {} },
    { matcherGroup: { matchers: {} } },
  ]) {
    expect(state(condition)).toBe('broken')
  }
  expect(state(rule('', null))).toBe('broken')
})

it('leaves a full stack to whoever filled it', () => {
  const full = Object.defineProperty({}, 'matcherGroup', {
    get: () => {
      throw new RangeError('Maximum call stack size exceeded')
    },
  })
  expect(() => parseRules([full])).toThrow(RangeError)
})

it('throws for rules that are broken only', () => {
  const rules = parseRules([rule('a', everybody)])
  expect(usable(rules)).toBe(rules)
  expect(usable(parseRules([]))).toMatchObject({ state: 'unsupported' })
  expect(() => usable(parseRules(null))).toThrow('broken definition')
})
