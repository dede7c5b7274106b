import { describe, expect, it, vi } from 'vitest'
import { MATCHERS } from '../../../src/evaluation/matchers/table'
import { compileMatcher, matchAll, parseRules } from '../../../src/evaluation/rules'
import { about, everybody, rule, says, saysOf, subjectOf, walkOf } from './ask'
import type { Attributes, CompiledMatcher, MatcherDefinition } from '../../../src/evaluation/types'

describe('rules', () => {
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
})

describe('matchers', () => {
  const compile = (definition: MatcherDefinition) => compileMatcher(definition) as CompiledMatcher

  it('does not know other types', () => {
    for (const matcherType of ['FUTURE', 'constructor', undefined, null, 5])
      expect(compileMatcher({ matcherType })).toBeUndefined()
  })

  it('takes negation and attributes as they come', () => {
    expect(compile({ ...everybody, negate: null })).toMatchObject({
      negate: false,
      attribute: undefined,
      isKeyText: true,
    })
    expect(compile({ ...everybody, negate: 1 }).negate).toBe(true)
    for (const keySelector of [null, {}, { attribute: null }, { attribute: '' }]) {
      expect(compile({ ...everybody, keySelector }).attribute).toBeUndefined()
    }
    expect(compile({ ...everybody, keySelector: { attribute: 'age' } })).toMatchObject({
      attribute: 'age',
      isKeyText: false,
    })
    expect(compile({ matcherType: 'EQUAL_TO_BOOLEAN' }).isKeyText).toBe(false)
  })

  it('reads own attributes only, and remembers what it saw', () => {
    const onToString = { ...everybody, keySelector: { attribute: 'toString' } }
    expect(saysOf(onToString, {}, subjectOf())).toBe(false)
    expect(saysOf(onToString, Object.create({ toString: 'x' }) as Attributes, subjectOf())).toBe(false)
    expect(saysOf(onToString, { toString: 'x' }, subjectOf())).toBe(true)

    const walk = walkOf({ attributes: { v: 'x' } })
    matchAll([compile(everybody)], walk, 0)
    expect(walk.reads).toEqual([])
    matchAll([compile(about('ALL_KEYS', {}))], walk, 0)
    expect(walk.reads).toEqual(['v', 'x'])
    expect(walk.isFleeting).toBe(false)
  })

  it('stops at the first that says no', () => {
    const walk = walkOf({ attributes: { v: 'x' } })
    expect(matchAll([compile({ ...everybody, negate: true }), compile(about('ALL_KEYS', {}))], walk, 0)).toBe(false)
    expect(walk.reads).toEqual([])
    expect(matchAll([], walk, 0)).toBe(true)
  })

  it('negates what could not be read', () => {
    expect(says(about('EQUAL_TO', { unaryNumericMatcherData: { value: 1 } }, true), 'x')).toBe(true)
    expect(says(about('EQUAL_TO', { unaryNumericMatcherData: { value: 1 } }, true))).toBe(true)
  })

  it('lets an attribute that cannot be read fail the decision', () => {
    expect(() => says(about('EQUAL_TO', { unaryNumericMatcherData: { value: 1 } }), 1n)).toThrow(TypeError)
    expect(() => says(about('WHITELIST', { whitelistMatcherData: { whitelist: ['a'] } }), Symbol('a'))).toThrow(
      TypeError,
    )
  })

  it('is made once, also when that fails', () => {
    const type = MATCHERS.get('MATCHES_STRING')!
    const build = vi.spyOn(type, 'build')
    for (const stringMatcherData of ['a', '[']) {
      build.mockClear()
      const matcher = compile({ matcherType: 'MATCHES_STRING', stringMatcherData })
      for (let i = 0; i < 3; i++) matchAll([matcher], walkOf(), 0)
      expect(build).toHaveBeenCalledTimes(1)
    }
    build.mockRestore()
  })

  it('is false where a test fails, and tests again', () => {
    const matcher = compile(everybody)
    let isFailing = true
    matcher.test = () => {
      if (isFailing) throw new Error('no')
      return true
    }
    expect(matchAll([matcher], walkOf(), 0)).toBe(false)
    isFailing = false
    expect(matchAll([matcher], walkOf(), 0)).toBe(true)
  })

  it('makes no answer of a full stack', () => {
    const matcher = compile(everybody)
    matcher.test = () => {
      throw new RangeError('Maximum call stack size exceeded')
    }
    expect(() => matchAll([matcher], walkOf(), 0)).toThrow(RangeError)
  })

  it('says that an answer holds for one call only where a value may change within, cannot be read, or there are too many', () => {
    const matchers = [compile(about('ALL_KEYS', {}))]
    for (const value of [['x'], new Date(0)]) {
      const walk = walkOf({ attributes: { v: value } })
      matchAll(matchers, walk, 0)
      expect(walk.isFleeting).toBe(true)
    }
    const throwing = Object.defineProperty({}, 'v', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    }) as Attributes
    const walk = walkOf({ attributes: throwing })
    expect(() => matchAll(matchers, walk, 0)).toThrow('no')
    expect(walk.isFleeting).toBe(true)

    const many = walkOf({ attributes: { v: 'x' } })
    for (let n = 0; n < 16; n++) matchAll(matchers, many, 0)
    expect(many.isFleeting).toBe(false)
    matchAll(matchers, many, 0)
    expect(many.isFleeting).toBe(true)
  })
})
