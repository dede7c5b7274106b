import { describe, expect, it, vi } from 'vitest'
import {
  compileFlag,
  compileRuleBasedSegment,
  createSubject,
  evaluate,
  withoutDefinition,
} from '../../../src/evaluation/evaluate'
import type { Attributes } from '../../../src/evaluation/types'
import { about, definitionsOf, dependsOn, everybody, flag, rule, subjectOf } from './ask'

const onPlan = about('WHITELIST', { whitelistMatcherData: { whitelist: ['pro'] } })

it('makes ready whatever it is given, and reads nothing of it yet', () => {
  const refusing = new Proxy({}, { get: () => expect.fail('looked at') })
  for (const definition of [undefined, null, 5, 'x', [], refusing]) {
    expect(compileFlag(definition, 'f')).toMatchObject({ name: 'f', rules: undefined })
    expect(compileRuleBasedSegment(definition)).toMatchObject({ rules: undefined, excludedKeys: undefined })
  }
})

it('says that a flag is not known, with the same object each time', () => {
  const subject = subjectOf()
  const evaluation = evaluate('missing', subject, undefined, definitionsOf())
  expect(evaluation).toEqual({
    flag: 'missing',
    treatment: 'control',
    label: 'definition not found',
    config: null,
    changeNumber: undefined,
    trafficType: undefined,
    impressionsDisabled: false,
  })
  expect(evaluate('missing', subject, undefined, definitionsOf())).toBe(evaluation)
  expect(Object.isFrozen(evaluation)).toBe(true)
})

it('keeps at most 10,000 unknown names, and answers others all the same', () => {
  const subject = subjectOf()
  const definitions = definitionsOf({ f: flag(rule('on', everybody)) })
  for (let i = 0; i < 10_005; i++) evaluate(`missing-${i}`, subject, undefined, definitions)
  expect(subject.answers.byFlag.size).toBe(10_000)
  expect(evaluate('another', subject, undefined, definitions).label).toBe('definition not found')
  evaluate('f', subject, undefined, definitions)
  expect(subject.answers.byFlag.size).toBe(10_001)
})

it('keeps an answer that reads no attributes, until definitions change', () => {
  const subject = subjectOf()
  const before = definitionsOf({ f: flag(rule('on', everybody)) })
  const flagOf = vi.spyOn(before, 'flag')
  const first = evaluate('f', subject, { any: 1 }, before)
  expect(first.treatment).toBe('on')
  expect(subject.answers.byFlag.get('f')?.evaluation).toBe(first)
  expect(evaluate('f', subject, undefined, before)).toBe(first)
  expect(flagOf).toHaveBeenCalled()

  const after = definitionsOf({ f: flag(rule('new', everybody)) }, {}, 2)
  expect(evaluate('f', subject, undefined, after).treatment).toBe('new')
  expect(evaluate('f', subject, undefined, after).treatment).toBe('new')
})

it('forgets a name that is not known any more, and one that was not known', () => {
  const subject = subjectOf()
  expect(evaluate('f', subject, undefined, definitionsOf({}, {}, 1)).treatment).toBe('control')
  expect(evaluate('f', subject, undefined, definitionsOf({ f: flag(rule('on', everybody)) }, {}, 2)).treatment).toBe(
    'on',
  )
  expect(evaluate('f', subject, undefined, definitionsOf({}, {}, 3)).label).toBe('definition not found')
})

it('takes a kept answer without deciding again', () => {
  const subject = subjectOf()
  const definitions = definitionsOf({ f: flag(rule('on', dependsOn('g', 'on'))), g: flag(rule('on', everybody)) })
  evaluate('f', subject, undefined, definitions)
  const flagOf = vi.spyOn(definitions, 'flag')
  evaluate('f', subject, undefined, definitions)
  expect(flagOf).not.toHaveBeenCalled()
})

it('keeps an answer while the attributes that it read are the same: itself, through a flag, prerequisite or segment', () => {
  const definitions = definitionsOf(
    {
      direct: flag(rule('on', onPlan)),
      dependent: flag(rule('on', dependsOn('direct', 'on'))),
      requiring: { ...flag(rule('on', everybody)), prerequisites: [{ n: 'direct', ts: ['on'] }] },
      segmented: flag(
        rule('on', { matcherType: 'IN_RULE_BASED_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 's' } }),
      ),
    },
    { s: { conditions: [rule('', onPlan)] } },
  )
  const subject = subjectOf()
  for (const name of ['direct', 'dependent', 'requiring', 'segmented']) {
    const first = evaluate(name, subject, { v: 'free' }, definitions)
    expect(first.treatment, name).toBe('off')
    const flagOf = vi.spyOn(definitions, 'flag')
    expect(evaluate(name, subject, { v: 'free', other: 1 }, definitions)).toBe(first)
    expect(flagOf, name).not.toHaveBeenCalled()
    flagOf.mockRestore()
    expect(evaluate(name, subject, { v: 'pro' }, definitions).treatment, name).toBe('on')
    expect(evaluate(name, subject, undefined, definitions).treatment, name).toBe('off')
  }
})

it('decides anew where a value may have changed within, is inherited, or differs in its sign only', () => {
  const onText = (text: string) => about('WHITELIST', { whitelistMatcherData: { whitelist: [text] } })
  const definitions = definitionsOf({
    list: flag(rule('on', onText('a,b'))),
    zero: flag(rule('on', onText('-0'))),
    none: flag(rule('on', about('ALL_KEYS', {}))),
  })
  const subject = subjectOf()
  const v = ['a']
  expect(evaluate('list', subject, { v }, definitions).treatment).toBe('off')
  v.push('b')
  expect(evaluate('list', subject, { v }, definitions).treatment).toBe('on')
  expect(evaluate('zero', subject, { v: 0 }, definitions).treatment).toBe('off')
  expect(evaluate('zero', subject, { v: -0 }, definitions).treatment).toBe('on')
  expect(evaluate('none', subject, {}, definitions).treatment).toBe('off')
  expect(evaluate('none', subject, Object.create({ v: 'x' }) as Attributes, definitions).treatment).toBe('off')
})

it('decides anew where an attribute throws when it is looked at again', () => {
  const definitions = definitionsOf({ f: flag(rule('on', onPlan)) })
  const subject = subjectOf()
  expect(evaluate('f', subject, { v: 'pro' }, definitions).treatment).toBe('on')
  const throwing = Object.defineProperty({}, 'v', {
    get() {
      throw new Error('no')
    },
  }) as Attributes
  expect(evaluate('f', subject, throwing, definitions).label).toBe('exception')
  expect(evaluate('f', subject, { v: 'pro' }, definitions).treatment).toBe('on')
})

it('keeps the answers of each subject apart', () => {
  const definitions = definitionsOf({
    f: flag(rule('on', { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 's' } })),
  })
  const [member, other] = [subjectOf('a', ['s']), subjectOf('b')]
  for (let i = 0; i < 2; i++) {
    expect(evaluate('f', member, undefined, definitions).treatment).toBe('on')
    expect(evaluate('f', other, undefined, definitions).treatment).toBe('off')
  }
})

it('keeps an answer of a flag that may read attributes, where this one did not', () => {
  const definitions = definitionsOf({
    f: flag(
      rule('on', { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 's' } }),
      rule('pro', onPlan),
    ),
  })
  const [member, other] = [subjectOf('a', ['s']), subjectOf('b')]
  expect(evaluate('f', member, undefined, definitions).treatment).toBe('on')
  expect(evaluate('f', other, { v: 'pro' }, definitions).treatment).toBe('pro')
  expect(evaluate('f', other, undefined, definitions).treatment).toBe('off')
  // The answer is the same whatever the attributes are, because the first rule matched without them.
  const flagOf = vi.spyOn(definitions, 'flag')
  expect(evaluate('f', member, { v: 'pro' }, definitions).treatment).toBe('on')
  expect(flagOf).not.toHaveBeenCalled()
})

it('gives the same object for the same decision', () => {
  const definitions = definitionsOf({ f: flag(rule('on', onPlan)) })
  const subject = subjectOf()
  const first = evaluate('f', subject, { v: 'pro' }, definitions)
  expect(evaluate('f', subjectOf('b'), { v: 'pro' }, definitions)).toBe(first)
  expect(Object.isFrozen(first)).toBe(true)
})

it('keeps the answer of a broken definition', () => {
  const subject = subjectOf()
  const definitions = definitionsOf({ f: { conditions: 5 } })
  const first = evaluate('f', subject, undefined, definitions)
  expect(first.label).toBe('exception')
  expect(subject.answers.byFlag.get('f')?.evaluation).toBe(first)
})

it('lets go of the attributes', () => {
  const definitions = definitionsOf({ f: flag(rule('on', onPlan)) })
  const subject = subjectOf()
  evaluate('f', subject, { v: 'pro' }, definitions)
  expect(evaluate('f', subject, undefined, definitions).treatment).toBe('off')
})

it('buckets by the bucketing key and matches by the matching key', () => {
  const conditions = [
    rule('listed', { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['m'] } }),
    { ...rule('on', everybody), partitions: [{ treatment: 'on', size: 1 }, { treatment: 'off', size: 99 }] }, // prettier-ignore
  ]
  const definitions = definitionsOf({ f: { ...flag(...conditions), seed: 1 } })
  const none = new Set<string>()
  const treatment = (matching: string, bucketing?: string) =>
    evaluate('f', createSubject(matching, bucketing, none, none), undefined, definitions).treatment
  expect(treatment('m', 'x')).toBe('listed')
  expect(treatment('x', 'm')).not.toBe('listed')
  const lucky = Array.from({ length: 1_000 }, (_, i) => `u${i}`).find((key) => treatment(key) === 'on') as string
  expect(treatment('x', lucky)).toBe('on')
})

it('makes decisions about names that nothing is known of', () => {
  expect(withoutDefinition('f', 'not ready')).toMatchObject({
    flag: 'f',
    treatment: 'control',
    label: 'not ready',
    config: null,
  })
})

it('keeps nothing of a stack that was full', () => {
  const definitions = definitionsOf({ f: flag(rule('on', dependsOn('g', 'on'))), g: flag(rule('on', everybody)) })
  let isFull = true
  const full = {
    ...definitions,
    flag: (name: string) => {
      if (isFull && name === 'g') throw new RangeError('Maximum call stack size exceeded')
      return definitions.flag(name)
    },
  }
  const subject = subjectOf()
  expect(evaluate('f', subject, undefined, full)).toMatchObject({ treatment: 'control', label: 'exception' })
  isFull = false
  expect(evaluate('f', subject, undefined, full).treatment).toBe('on')
})

describe('a subject', () => {
  it('buckets by its bucketing key, else by its matching key', () => {
    const none = new Set<string>()
    expect(createSubject('m', 'b', none, none)).toMatchObject({ matchingKey: 'm', bucketingKey: 'b' })
    expect(createSubject('m', undefined, none, none)).toMatchObject({ matchingKey: 'm', bucketingKey: 'm' })
  })

  it('has its own memberships and answers', () => {
    const [small, large] = [new Set(['a']), new Set(['b'])]
    const subject = createSubject('m', undefined, small, large)
    expect([subject.segments, subject.largeSegments]).toEqual([small, large])
    expect(subject.answers).not.toBe(createSubject('m', undefined, small, large).answers)
    // NaN equals no version, so that the first decision never uses answers of before.
    expect(subject.answers.version).toBeNaN()
  })
})
