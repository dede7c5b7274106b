import { describe, expect, it } from 'vitest'
import { bucket } from '../../../../src/evaluation/bucket'
import { compileFlag, evaluate } from '../../../../src/evaluation/evaluate'
import { definitionsOf, dependsOn, everybody, flag, rule, saysOf, subjectOf, summaryOf } from '../ask'
import type { Attributes } from '../../../../src/evaluation/types'

const definitions = definitionsOf({ on: flag(rule('on', everybody)), broken: flag({}), killed: { killed: true } })
const ask = (definition: object) => saysOf(definition, undefined, subjectOf(), definitions)

it('asks for a treatment of another flag', () => {
  expect(ask(dependsOn('on', 'off', 'on'))).toBe(true)
  expect(ask(dependsOn('on', 'off'))).toBe(false)
  expect(ask({ ...dependsOn('on', 'off'), negate: true })).toBe(true)
})

it('takes a flag that is missing for control', () => {
  expect(ask(dependsOn('missing', 'control'))).toBe(true)
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { treatments: ['control'] } })).toBe(true)
})

it('is false when the other flag cannot be decided', () => {
  expect(ask(dependsOn('broken', 'control'))).toBe(false)
  expect(ask({ ...dependsOn('broken', 'control'), negate: true })).toBe(true)
})

it('is false without treatments', () => {
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { split: 'on' } })).toBe(false)
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT', dependencyMatcherData: { split: 'on', treatments: 'on' } })).toBe(
    false,
  )
  expect(ask({ matcherType: 'IN_SPLIT_TREATMENT' })).toBe(false)
})

it('is summarised', () => {
  expect(summaryOf(dependsOn('plan', 'on', 'beta'))).toBe('flag plan in ["on","beta"]')
})

describe('an attribute that takes the place of the key', () => {
  const half = { ...rule('on', everybody), partitions: [{ treatment: 'on', size: 50 }, { treatment: 'no', size: 50 }] } // prettier-ignore
  const inList = (...whitelist: string[]) => ({ matcherType: 'WHITELIST', whitelistMatcherData: { whitelist } })
  const all = definitionsOf(
    {
      half: { ...flag(half), seed: 7 },
      listed: flag(rule('on', inList('abc', '5', 'm'))),
      gated: { ...flag({ ...rule('on', everybody), conditionType: 'ROLLOUT' }), trafficAllocation: 0 },
      killed: { ...flag(rule('on', everybody)), killed: true },
      requiring: { ...flag(rule('on', everybody)), prerequisites: [{ n: 'listed', ts: ['on'] }] },
      staff: flag(rule('on', { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'staff' } })),
      beta: flag(
        rule('on', { matcherType: 'IN_RULE_BASED_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'beta' } }),
      ),
      onward: flag(rule('on', dependsOn('listed', 'on'))),
    },
    { beta: { conditions: [rule('', everybody)], excluded: { keys: ['abc'] } } },
  )
  const asks = (name: string, treatments: string[], v: unknown) => {
    const matcher = { ...dependsOn(name, ...treatments), keySelector: { attribute: 'v' } }
    return saysOf(matcher, { v } as Attributes, subjectOf('user-1', ['staff']), all)
  }
  const keyIn = (size: 'low' | 'high') => {
    for (let i = 0; ; i++) if (bucket(`k${i}`, 7) > 50 === (size === 'high')) return `k${i}`
  }

  it('is what the other flag buckets and matches', () => {
    expect([asks('half', ['on'], keyIn('low')), asks('half', ['no'], keyIn('high'))]).toEqual([true, true])
    expect([asks('half', ['no'], keyIn('low')), asks('half', ['on'], keyIn('high'))]).toEqual([false, false])
    for (const name of ['listed', 'onward']) {
      expect([asks(name, ['on'], 'abc'), asks(name, ['on'], 'user-1')]).toEqual([true, false])
    }
    expect([asks('beta', ['on'], 'abc'), asks('beta', ['on'], 'x')]).toEqual([false, true])
    expect(asks('half', ['on', 'no'], { matchingKey: 'x', bucketingKey: keyIn('low') })).toBe(true)
  })

  it('leaves the memberships the user’s', () => {
    expect(asks('staff', ['on'], 'abc')).toBe(true)
  })

  it('cannot be bucketed unless it is a text', () => {
    for (const v of [new Number(5), new Date(0), 5, true]) {
      expect(asks('half', ['on', 'no', 'off', 'control'], v)).toBe(false)
    }
    for (const v of [[5], null, undefined, {}, 5]) {
      expect(asks('half', ['on', 'no', 'control'], v)).toBe(false)
      expect(asks('gated', ['on', 'off', 'control'], v)).toBe(false)
    }
  })

  it('is seen as a text by the matchers of the other flag, and needs no bucket where none matches', () => {
    for (const v of [new Date(0), [5], undefined, {}]) expect(asks('listed', ['off'], v)).toBe(true)
    for (const v of [new Number(5), 5, { matchingKey: 'm' }]) expect(asks('listed', ['off', 'on'], v)).toBe(false)
    expect(asks('killed', ['off'], new Number(5))).toBe(true)
    expect(asks('requiring', ['off'], [5])).toBe(true)
  })

  it('may have no text, where no matcher asks for one', () => {
    for (const v of [Symbol('x'), Object.assign(Object.create(null), { matchingKey: 'abc' })]) {
      expect(asks('killed', ['off'], v)).toBe(true)
      // The attribute fails within the flag that this one depends on.
      expect([asks('onward', ['off'], v), asks('onward', ['on'], v)]).toEqual([true, false])
      expect(asks('listed', ['off', 'on', 'control'], v)).toBe(false)
    }
  })

  it('is the key of one matcher only', () => {
    const matcher = { ...dependsOn('half', 'on'), keySelector: { attribute: 'v' } }
    const definition = flag(rule('a', matcher), rule('b', inList('user-1')))
    const definitions = {
      ...all,
      flag: (name: string) => (name === 'f' ? compileFlag(definition, 'f') : all.flag(name)),
    }
    // The first fails deep within the other flag.
    expect(evaluate('f', subjectOf(), { v: 5 }, definitions).treatment).toBe('b')
  })
})
