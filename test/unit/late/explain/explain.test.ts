import { expect, it } from 'vitest'
import { evaluatorDoor } from '../../../../src/evaluation/evaluate'
import { createExplain } from '../../../../src/late/explain/explain'
import { about, definitionsOf, dependsOn, everybody, flag, rule, subjectOf } from '../../evaluation/ask'
import { bucket } from '../../../../src/evaluation/bucket'
import type { Attributes } from '../../../../src/evaluation/types'

const explain = createExplain(evaluatorDoor)
const inList = about('WHITELIST', { whitelistMatcherData: { whitelist: ['pro'] } })
const ask = (definition: unknown, attributes?: Attributes, others: Record<string, unknown> = {}, key = 'user-1') =>
  explain('f', subjectOf(key), attributes, definitionsOf({ f: definition, ...others }))

it('explains a rule that matched, and those before it', () => {
  const definition = {
    ...flag(rule('a', inList, everybody), { ...rule('b', everybody), label: undefined }),
    seed: 3,
    configurations: { b: '{}' },
  }
  expect(ask(definition, { v: 'free' })).toEqual({
    flag: 'f',
    treatment: 'b',
    config: '{}',
    label: 'in segment all',
    changeNumber: 7,
    ruleIndex: 1,
    ruleSummary: 'in segment all',
    bucket: bucket('user-1', 3),
    prerequisites: [],
    rules: [
      {
        summary: 'user.v in list ["pro"] and in segment all',
        isRollout: false,
        partitions: [{ treatment: 'a', size: 100 }],
      },
      { summary: 'in segment all', isRollout: false, partitions: [{ treatment: 'b', size: 100 }] },
    ],
    matchers: [
      {
        rule: 0,
        type: 'WHITELIST',
        negate: false,
        attribute: 'v',
        value: 'free',
        result: false,
        summary: 'user.v in list ["pro"]',
      },
      { rule: 1, type: 'ALL_KEYS', negate: false, value: 'user-1', result: true, summary: 'in segment all' },
    ],
  })
})

it('says both the label and the summary of a rule', () => {
  expect(ask(flag(rule('a', inList)), { v: 'pro' })).toMatchObject({
    label: 'rule a',
    ruleSummary: 'user.v in list ["pro"]',
  })
})

it('explains that no rule matched', () => {
  const explanation = ask(flag(rule('a', inList)))
  expect(explanation).toMatchObject({
    treatment: 'off',
    label: 'no rule matched',
    matchers: [{ value: undefined, result: false }],
  })
  for (const name of ['ruleIndex', 'ruleSummary', 'bucket', 'allocation']) expect(explanation).not.toHaveProperty(name)
})

it('explains traffic allocation', () => {
  const gated = (trafficAllocation: unknown) => ({
    ...flag({ ...rule('a', everybody), conditionType: 'ROLLOUT' }),
    trafficAllocation,
    trafficAllocationSeed: 8,
  })
  const at = bucket('user-1', 8)
  expect(ask(gated(at))).toMatchObject({ treatment: 'a', allocation: { percentage: at, bucket: at, open: true } })
  expect(ask(gated(at - 1))).toMatchObject({
    label: 'not in split',
    allocation: { percentage: at - 1, bucket: at, open: false },
  })
  expect(ask(gated(100)).allocation).toEqual({ percentage: 100, open: true })
  expect(ask(gated(undefined)).allocation).toEqual({ percentage: 100, open: true })
})

it('explains prerequisites, up to the first that is not met', () => {
  const prerequisites = ['g', 'h', 'g'].map((n) => ({ n, ts: ['on'] }))
  const explanation = ask({ ...flag(rule('a', everybody)), prerequisites }, undefined, {
    g: flag(rule('on', everybody)),
  })
  expect(explanation).toMatchObject({ treatment: 'off', label: 'prerequisites not met', matchers: [] })
  expect(explanation.prerequisites).toEqual([
    { flag: 'g', treatments: ['on'], treatment: 'on', met: true },
    { flag: 'h', treatments: ['on'], treatment: 'control', met: false },
  ])
})

it('says nothing of the insides of other flags', () => {
  const { matchers, ruleIndex } = ask(
    flag(rule('a', dependsOn('g', 'on')), rule('b', everybody)),
    { v: 'free' },
    { g: flag(rule('on', inList)) },
  )
  expect(matchers.map(({ type, result }) => [type, result])).toEqual([
    ['IN_SPLIT_TREATMENT', false],
    ['ALL_KEYS', true],
  ])
  expect(ruleIndex).toBe(1)
})

it('explains what has no rules to explain', () => {
  expect(explain('missing', subjectOf(), undefined, definitionsOf())).toStrictEqual({
    flag: 'missing',
    treatment: 'control',
    config: null,
    label: 'definition not found',
    prerequisites: [],
    rules: [],
    matchers: [],
  })
  expect(ask({ conditions: 5 }).label).toBe('exception')
  expect(ask({ ...flag(rule('a', everybody)), killed: true })).toMatchObject({
    label: 'killed',
    rules: [],
    matchers: [],
  })
})

it('shows rules that were not come to, and what their partitions serve', () => {
  const split = (...partitions: unknown[]) => ({ ...rule('', everybody), partitions })
  const hostile = { toString: 1, valueOf: 1 }
  const definition = flag(
    rule('a', everybody),
    {
      ...split({ treatment: 'b', size: 30 }, { size: 20 }, { treatment: hostile, size: 50 }),
      conditionType: 'ROLLOUT',
    },
    { ...rule('', inList), partitions: null },
  )
  const { ruleIndex, rules } = ask(definition)
  expect(ruleIndex).toBe(0)
  expect(rules.slice(1)).toEqual([
    {
      summary: 'in segment all',
      isRollout: true,
      partitions: [
        { treatment: 'b', size: 30 },
        { treatment: 'off', size: 20 },
        { treatment: 'off', size: 50 },
      ],
    },
    { summary: 'user.v in list ["pro"]', isRollout: false, partitions: [] },
  ])
  expect(ask({ ...definition, defaultTreatment: hostile }).rules[1]?.partitions[1]?.treatment).toBe('control')
})

it('survives partitions that are no list', () => {
  const partitions = new Set([{ treatment: 'a', size: 100 }])
  expect(ask(flag({ ...rule('a', everybody), partitions })).rules[0]?.partitions).toEqual([])
})

it('shows the rules before one that is not understood', () => {
  const { label, rules } = ask(flag(rule('a', inList), rule('b', { matcherType: 'FUTURE' }), rule('c', everybody)))
  expect(label).toBe('targeting rule type unsupported by sdk')
  expect(rules.map(({ summary }) => summary)).toEqual(['user.v in list ["pro"]'])
})

it('shows what a matcher saw before an exception', () => {
  const asNumber = about('EQUAL_TO', { unaryNumericMatcherData: { value: 1 } })
  const explanation = ask(flag(rule('a', inList), rule('b', asNumber)), { v: 10n } as unknown as Attributes)
  expect(explanation).toMatchObject({
    treatment: 'control',
    label: 'exception',
    matchers: [{ type: 'WHITELIST', value: 10n }],
  })
})

it('warns of patterns that may explode', () => {
  const pattern = (stringMatcherData: string) => flag(rule('a', about('MATCHES_STRING', { stringMatcherData })))
  expect(ask(pattern('(a+)+'), { v: 'x' }).matchers[0]?.warning).toMatch(/very long/)
  expect(ask(pattern('a+'), { v: 'x' }).matchers[0]).not.toHaveProperty('warning')
})

it('keeps nothing', () => {
  const subject = subjectOf()
  const definitions = definitionsOf({ f: flag(rule('a', everybody)) })
  explain('f', subject, undefined, definitions)
  expect(subject.answers.byFlag.size).toBe(0)
})
