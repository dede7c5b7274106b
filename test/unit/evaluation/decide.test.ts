import { describe, expect, it } from 'vitest'
import { bucket } from '../../../src/evaluation/bucket'
import { outcomeOf, treatmentOf } from '../../../src/evaluation/decide'
import { compileFlag, createSubject, evaluate } from '../../../src/evaluation/evaluate'
import { about, definitionsOf, everybody, flag, rule, subjectOf, walkOf } from './ask'

const ask = (definition: unknown, attributes?: Record<string, string>, others: Record<string, unknown> = {}) =>
  evaluate('f', subjectOf(), attributes, definitionsOf({ f: definition, ...others }))
const nobody = { ...everybody, negate: true }
const broken = { conditions: 5 }
/** A rule that serves `in` to the keys in these buckets. */
const half = (size: number) => ({
  ...rule('in', everybody),
  partitions: [
    { treatment: 'in', size },
    { treatment: 'out', size: 100 - size },
  ],
})
const keyIn = (wanted: number, seed: number) => {
  for (let i = 0; ; i++) if (bucket(`k${i}`, seed) === wanted) return `k${i}`
}
const askKey = (definition: unknown, key: string) =>
  evaluate('f', createSubject('other', key, new Set(), new Set()), undefined, definitionsOf({ f: definition }))

describe('what decides before rules do', () => {
  it('archived, before killed and broken', () => {
    expect(ask({ ...flag(rule('on', everybody)), status: 'ARCHIVED', killed: true })).toMatchObject({
      treatment: 'control',
      label: 'archived',
      changeNumber: 7,
    })
    expect(ask({ ...broken, status: 'ARCHIVED' }).label).toBe('archived')
    expect(ask({ ...flag(rule('on', everybody)), status: 'archived' }).treatment).toBe('on')
  })

  it('killed, even when the rest is broken', () => {
    expect(ask({ ...flag(rule('on', everybody)), killed: true })).toMatchObject({ treatment: 'off', label: 'killed' })
    expect(ask({ ...broken, killed: 1, defaultTreatment: 'd' })).toMatchObject({ treatment: 'd', label: 'killed' })
    expect(ask({ killed: true, defaultTreatment: 5 })).toMatchObject({ treatment: 'control', label: 'killed' })
    for (const killed of [0, null, undefined, ''])
      expect(ask({ ...flag(rule('on', everybody)), killed }).treatment).toBe('on')
  })

  it('a broken definition, before prerequisites', () => {
    const unmet = [{ n: 'missing', ts: ['on'] }]
    expect(ask({ ...broken, prerequisites: unmet })).toMatchObject({ treatment: 'control', label: 'exception' })
  })

  it('prerequisites, before rules that are not understood', () => {
    const unmet = [{ n: 'missing', ts: ['on'] }]
    expect(ask({ ...flag(), prerequisites: unmet })).toMatchObject({ treatment: 'off', label: 'prerequisites not met' })
    expect(ask(flag())).toMatchObject({ treatment: 'control', label: 'targeting rule type unsupported by sdk' })
  })
})

describe('prerequisites', () => {
  const on = { on: flag(rule('on', everybody)) }
  const requiring = (...prerequisites: unknown[]) => ({ ...flag(rule('on', everybody)), prerequisites })

  it('are met by one of the treatments', () => {
    expect(ask(requiring({ n: 'on', ts: ['x', 'on'] }), undefined, on).treatment).toBe('on')
    expect(ask(requiring({ n: 'on', ts: ['x'] }), undefined, on).label).toBe('prerequisites not met')
    expect(ask(requiring({ n: 'on', ts: [] }), undefined, on).label).toBe('prerequisites not met')
  })

  it('are met by control where the flag is missing', () => {
    expect(ask(requiring({ n: 'missing', ts: ['control'] })).treatment).toBe('on')
    expect(ask(requiring({ ts: ['control'] })).treatment).toBe('on')
  })

  it('all have to be met, up to the first that is not', () => {
    const [met, unmet] = [
      { n: 'on', ts: ['on'] },
      { n: 'on', ts: ['off'] },
    ]
    expect(ask(requiring(met, unmet), undefined, on).label).toBe('prerequisites not met')
    expect(ask(requiring(met, met), undefined, on).treatment).toBe('on')
    expect(ask(requiring(unmet, null), undefined, on).label).toBe('prerequisites not met')
    expect(ask(requiring(met, null), undefined, on).label).toBe('exception')
  })

  it('may be none', () => {
    for (const prerequisites of [null, undefined, []]) {
      expect(ask({ ...flag(rule('on', everybody)), prerequisites }).treatment).toBe('on')
    }
  })

  it('fail when they are broken, or what they require is', () => {
    for (const prerequisites of [{}, 'x', 5, [{ n: 'on' }], [{ n: 'on', ts: 'on' }]]) {
      expect(ask({ ...flag(rule('on', everybody)), prerequisites }, undefined, on).label).toBe('exception')
    }
    expect(ask(requiring({ n: 'broken', ts: ['control'] }), undefined, { broken }).label).toBe('exception')
  })
})

describe('rules', () => {
  it('the first that matches decides', () => {
    expect(ask(flag(rule('no', nobody), rule('a', everybody), rule('b', everybody)))).toMatchObject({
      treatment: 'a',
      label: 'rule a',
    })
  })

  it('all matchers of a rule have to match, whatever the combiner says', () => {
    const matcherGroup = { combiner: 'OR', matchers: [everybody, nobody] }
    expect(ask(flag({ ...rule('a'), matcherGroup })).label).toBe('no rule matched')
  })

  it('none: the default treatment', () => {
    expect(ask(flag(rule('on', nobody)))).toMatchObject({ treatment: 'off', label: 'no rule matched', changeNumber: 7 })
    expect(ask({ ...flag(rule('on', nobody)), defaultTreatment: null }).treatment).toBe('control')
  })

  it('a label is served as it is, whatever it says', () => {
    for (const label of ['default rule', 'no rule matched', 'exception', '']) {
      expect(ask(flag({ ...rule('on', everybody), label })).label).toBe(label)
    }
  })

  it('without a label get a summary', () => {
    const inList = about('WHITELIST', { whitelistMatcherData: { whitelist: ['a'] } })
    for (const label of [undefined, null, 5]) {
      expect(ask(flag({ ...rule('on', inList, everybody), label }), { v: 'a' }).label).toBe(
        'user.v in list ["a"] and in segment all',
      )
    }
  })

  it('without partitions serve the default treatment', () => {
    const bare = { ...rule('on', everybody), partitions: undefined }
    expect(ask(flag(bare))).toMatchObject({ treatment: 'off', label: 'no rule matched' })
    expect(ask(flag({ ...bare, partitions: null, label: undefined }))).toMatchObject({
      treatment: 'off',
      label: 'in segment all',
    })
    const definitions = definitionsOf({ f: flag({ ...bare, matcherGroup: { matchers: [about('ALL_KEYS', {})] } }) })
    const twice = [1, 2].map(() => evaluate('f', subjectOf(), { v: 'x' }, definitions))
    expect(twice[0]).toBe(twice[1])
  })

  it('serve the default treatment for a partition without one', () => {
    const partitions = [{ size: 100 }]
    expect(ask(flag({ ...rule('on', everybody), partitions }))).toMatchObject({ treatment: 'off', label: 'rule on' })
  })
})

describe('partitions', () => {
  it.each([
    [1, 'in'],
    [30, 'in'],
    [31, 'out'],
    [100, 'out'],
  ])('bucket %d of 30 and 70 is %s', (wanted, treatment) => {
    expect(askKey({ ...flag(half(30)), seed: 9 }, keyIn(wanted, 9)).treatment).toBe(treatment)
  })

  it('of no size are never served', () => {
    expect(askKey({ ...flag(half(0)), seed: 9 }, keyIn(1, 9)).treatment).toBe('out')
    expect(askKey({ ...flag(half(100)), seed: 9 }, keyIn(100, 9)).treatment).toBe('in')
  })

  it('of three, the middle one and the last', () => {
    const partitions = [10, 20, 70].map((size, i) => ({ treatment: `t${i}`, size }))
    const definition = { ...flag({ ...rule('', everybody), partitions }), seed: 9 }
    expect([10, 11, 30, 31].map((at) => askKey(definition, keyIn(at, 9)).treatment)).toEqual(['t0', 't1', 't1', 't2'])
  })

  it('remember the bucket of the last key only', () => {
    const definitions = definitionsOf({ f: { ...flag(half(50)), seed: 9 } })
    const ask = (key: string) => evaluate('f', subjectOf(key), undefined, definitions).treatment
    const [low, high] = [keyIn(1, 9), keyIn(100, 9)]
    expect([low, high, low, high].map(ask)).toEqual(['in', 'out', 'in', 'out'])
  })
})

describe('traffic allocation', () => {
  const rollout = { ...rule('on', everybody), conditionType: 'ROLLOUT' }
  const listed = rule('listed', { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['other'] } })
  const gated = (trafficAllocation: unknown, ...conditions: unknown[]) => ({
    ...flag(...conditions),
    trafficAllocation,
    trafficAllocationSeed: 3,
    seed: 4,
  })

  it.each([
    [30, 'on'],
    [31, 'off'],
  ])('of 30 %%: bucket %d is %s', (wanted, treatment) => {
    expect(askKey(gated(30, rollout), keyIn(wanted, 3)).treatment).toBe(treatment)
    expect(askKey(gated('30', rollout), keyIn(wanted, 3)).treatment).toBe(treatment)
  })

  it('says when it was closed', () => {
    expect(askKey(gated(0, rollout), 'k')).toMatchObject({ treatment: 'off', label: 'not in split' })
    expect(askKey(gated(null, rollout), 'k').label).toBe('not in split')
    expect(askKey(gated(-1, rollout), 'k').label).toBe('not in split')
    expect(askKey(gated(99.5, rollout), keyIn(100, 3)).label).toBe('not in split')
  })

  it('of 100 % or none is open', () => {
    for (const open of [100, 101, undefined, 'x'])
      expect(askKey(gated(open, rollout), keyIn(100, 3)).treatment).toBe('on')
  })

  it('is for rollout rules, and closes what comes after them', () => {
    expect(askKey(gated(0, listed, rollout), 'k').treatment).toBe('listed')
    expect(askKey(gated(0, { ...rollout, matcherGroup: { matchers: [nobody] } }, listed), 'k').label).toBe(
      'not in split',
    )
    expect(askKey(gated(0, { ...listed, conditionType: 'rollout' }), 'k').treatment).toBe('listed')
  })

  it('that is open stays open for later rollout rules', () => {
    const none = { ...rollout, matcherGroup: { matchers: [nobody] } }
    expect(askKey(gated(50, none, none, rollout), keyIn(50, 3)).treatment).toBe('on')
  })

  it('remembers the bucket of the last key only', () => {
    const definitions = definitionsOf({ f: gated(50, rollout) })
    const ask = (key: string) => evaluate('f', subjectOf(key), undefined, definitions).label
    const [low, high] = [keyIn(1, 3), keyIn(100, 3)]
    expect([low, high, low].map(ask)).toEqual(['rule on', 'not in split', 'rule on'])
  })
})

describe('an outcome', () => {
  const definition = {
    changeNumber: 5,
    trafficTypeName: 'account',
    impressionsDisabled: true,
    configurations: { on: '{"a":1}', off: '', control: 'never' },
  }

  it('has what the definition says of it', () => {
    expect(outcomeOf(compileFlag(definition, 'f'), 'on', 'why')).toEqual({
      flag: 'f',
      treatment: 'on',
      label: 'why',
      config: '{"a":1}',
      changeNumber: 5,
      trafficType: 'account',
      impressionsDisabled: true,
    })
  })

  it('is one object for one treatment and label', () => {
    const flag = compileFlag(definition, 'f')
    const all = ['on', 'off', 'x', 'y', 'z', 'last'].map((treatment) => outcomeOf(flag, treatment, 'why'))
    expect(new Set(all).size).toBe(6)
    for (const one of all) expect(outcomeOf(flag, one.treatment, 'why')).toBe(one)
    expect(outcomeOf(flag, 'on', 'other')).not.toBe(all[0])
    expect(flag.outcomes).toHaveLength(7)
    expect(all.every((one) => Object.isFrozen(one))).toBe(true)
  })

  it('keeps the outcomes of flags apart', () => {
    expect(outcomeOf(compileFlag({}, 'a'), 'on', 'why').flag).toBe('a')
    expect(outcomeOf(compileFlag({}, 'b'), 'on', 'why').flag).toBe('b')
  })

  it('has no configuration where there is none, nor ever for control', () => {
    const flag = compileFlag(definition, 'f')
    for (const treatment of ['off', 'control', 'missing', 'toString'])
      expect(outcomeOf(flag, treatment, '').config).toBeNull()
    expect(outcomeOf(compileFlag({ configurations: null }, 'f'), 'on', '').config).toBeNull()
  })

  it('leaves out what has the wrong type', () => {
    const odd = { changeNumber: '5', trafficTypeName: 5, impressionsDisabled: null }
    expect(outcomeOf(compileFlag(odd, 'f'), 'on', '')).toMatchObject({
      changeNumber: undefined,
      trafficType: undefined,
      impressionsDisabled: false,
    })
  })
})

describe('the treatment of another flag', () => {
  const definitions = definitionsOf({
    on: flag(rule('on', everybody)),
    killed: { ...flag(), killed: true },
    broken: {},
  })
  const subject = subjectOf()
  const ask = (name: unknown, all = definitions) => treatmentOf(name, walkOf({ subject, definitions: all }), subject)

  it('asks another flag', () => {
    expect([ask('on'), ask('killed')]).toEqual(['on', 'off'])
  })

  it('is control for what is no flag', () => {
    for (const name of ['missing', undefined, null, 5, {}]) expect(ask(name)).toBe('control')
  })

  it('is undefined where the other flag cannot be decided', () => {
    expect(ask('broken')).toBeUndefined()
  })

  it('asks for names only', () => {
    const any = { ...definitions, flag: () => definitions.flag('on') }
    expect([ask('f', any), ask(5, any), ask(undefined, any)]).toEqual(['on', 'control', 'control'])
  })
})
