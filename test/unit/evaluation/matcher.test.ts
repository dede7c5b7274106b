import { expect, it, vi } from 'vitest'
import { createWalk } from '../../../src/evaluation/evaluate'
import { compileMatcher, matchAll } from '../../../src/evaluation/matcher'
import { MATCHERS } from '../../../src/evaluation/matchers/table'
import { about, definitionsOf, everybody, says, saysOf, subjectOf } from './ask'
import type { CompiledMatcher } from '../../../src/evaluation/matcher'
import type { MatcherDefinition } from '../../../src/evaluation/definition'
import type { Attributes } from '../../../src/evaluation/types'

const compile = (definition: MatcherDefinition) => compileMatcher(definition) as CompiledMatcher
const walkOf = (attributes?: Attributes) =>
  Object.assign(createWalk(), { subject: subjectOf(), attributes, definitions: definitionsOf() })

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

  const walk = walkOf({ v: 'x' })
  matchAll([compile(everybody)], walk, 0)
  expect(walk.reads).toEqual([])
  matchAll([compile(about('ALL_KEYS', {}))], walk, 0)
  expect(walk.reads).toEqual(['v', 'x'])
  expect(walk.isFleeting).toBe(false)
})

it('stops at the first that says no', () => {
  const walk = walkOf({ v: 'x' })
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
  expect(() => says(about('WHITELIST', { whitelistMatcherData: { whitelist: ['a'] } }), Symbol('a'))).toThrow(TypeError)
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
    const walk = walkOf({ v: value })
    matchAll(matchers, walk, 0)
    expect(walk.isFleeting).toBe(true)
  }
  const throwing = Object.defineProperty({}, 'v', {
    enumerable: true,
    get() {
      throw new Error('no')
    },
  }) as Attributes
  const walk = walkOf(throwing)
  expect(() => matchAll(matchers, walk, 0)).toThrow('no')
  expect(walk.isFleeting).toBe(true)

  const many = walkOf({ v: 'x' })
  for (let n = 0; n < 16; n++) matchAll(matchers, many, 0)
  expect(many.isFleeting).toBe(false)
  matchAll(matchers, many, 0)
  expect(many.isFleeting).toBe(true)
})
