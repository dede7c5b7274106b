import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileFlag, compileRuleBasedSegment, evaluate, evaluatorDoor } from '../../../src/evaluation/evaluate'
import { createExplain } from '../../../src/late/explain/explain'
import { everybody, definitionsOf, dependsOn, flag, rule, subjectOf } from './ask'
import { createHostileWorld, faultIn, faultOf } from './hostileWorld'
import type { Attributes, Definitions } from '../../../src/evaluation/types'

const explain = createExplain(evaluatorDoor)
const decide = (name: string, definitions: Definitions, attributes?: unknown) =>
  evaluate(name, subjectOf(), attributes as Attributes, definitions)

/** The decision by one definition. It checks that `explain` gives the same. */
function faultOfOne(definition: unknown, attributes?: Attributes): string | undefined {
  const definitions = definitionsOf({ f: definition })
  const subject = subjectOf()
  const evaluation = evaluate('f', subject, attributes, definitions)
  return faultOf(evaluation, explain('f', subject, attributes, definitions), 'f')
}

it('survives definitions that were broken somewhere, and attributes of every kind', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(faultIn(createHostileWorld(seed))).toBeUndefined()
    }),
    { numRuns: process.env.QUICK ? 100 : 1_500 },
  )
}, 60_000)

it('survives any JSON for a definition', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (definition) => {
      expect(faultOfOne(definition)).toBeUndefined()
    }),
  )
})

it('survives any JSON for each member of a definition', () => {
  const member = fc.constantFrom(
    'status', 'killed', 'conditions', 'prerequisites', 'defaultTreatment', 'configurations', 'seed',
    'trafficAllocation', 'trafficAllocationSeed', 'changeNumber', 'trafficTypeName', 'impressionsDisabled',
  ) // prettier-ignore
  fc.assert(
    fc.property(member, fc.jsonValue(), (name, value) => {
      const definition = { ...flag({ ...rule('on', everybody), conditionType: 'ROLLOUT' }), [name]: value }
      expect(faultOfOne(definition)).toBeUndefined()
    }),
  )
})

it('survives any value of an attribute', () => {
  const kinds = ['WHITELIST', 'EQUAL_TO', 'EQUAL_TO_SET', 'EQUAL_TO_BOOLEAN', 'MATCHES_STRING', 'EQUAL_TO_SEMVER']
  const data = {
    whitelistMatcherData: { whitelist: ['a'] },
    unaryNumericMatcherData: { value: 1 },
    stringMatcherData: '1',
  }
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withBoxedValues: true,
  })
  fc.assert(
    fc.property(fc.constantFrom(...kinds), anything, (matcherType, value) => {
      const matcher = { matcherType, keySelector: { attribute: 'v' }, ...data }
      expect(faultOfOne(flag(rule('on', matcher)), { v: value } as Attributes)).toBeUndefined()
    }),
  )
})

it('survives definitions that throw when they are looked at', () => {
  const refuse = () => {
    throw new Error('no')
  }
  const hostile = [
    new Proxy({}, { get: refuse }),
    Object.defineProperty({}, 'status', { get: refuse }),
    Object.defineProperty(flag(), 'conditions', { get: refuse }),
    Object.defineProperty(flag(), 'changeNumber', { get: refuse }),
    Object.defineProperty(flag(rule('on', everybody)), 'trafficTypeName', { get: refuse }),
  ]
  for (const definition of hostile) {
    expect(() => [compileFlag(definition, 'f'), compileRuleBasedSegment(definition)]).not.toThrow()
    expect(decide('f', definitionsOf({ f: definition }))).toMatchObject({ treatment: 'control', label: 'exception' })
  }
})

it('has no members of every object for flags, segments, attributes or configurations', () => {
  const onConstructor = { matcherType: 'ALL_KEYS', keySelector: { attribute: 'constructor' } }
  const definitions = definitionsOf({
    f: { ...flag(rule('toString', onConstructor), rule('constructor', everybody)), configurations: {} },
  })
  expect(decide('constructor', definitions).label).toBe('definition not found')
  expect(decide('f', definitions, {})).toMatchObject({ treatment: 'constructor', config: null })
  expect(decide('f', definitions, { constructor: 'mine' })).toMatchObject({ treatment: 'toString', config: null })
})

it('answers a circle of dependencies by its path', () => {
  const definitions = definitionsOf({
    self: flag(rule('on', dependsOn('self', 'on', 'off', 'control'))),
    not: flag(rule('on', { ...dependsOn('not', 'on'), negate: true })),
    a: flag(rule('on', dependsOn('b', 'on'))),
    b: flag(rule('on', { ...dependsOn('a', 'on'), negate: true })),
  })
  expect(decide('self', definitions)).toMatchObject({ treatment: 'off', label: 'no rule matched' })
  expect(decide('not', definitions)).toMatchObject({ treatment: 'on' })
  expect(decide('a', definitions)).toMatchObject({ treatment: 'on' })
  expect(decide('b', definitions)).toMatchObject({ treatment: 'on' })
})

it('fails in a circle of prerequisites, unless a kill or a matcher breaks it', () => {
  const requires = (n: string) => ({ ...flag(rule('on', everybody)), prerequisites: [{ n, ts: ['on', 'off'] }] })
  const definitions = definitionsOf({
    a: requires('b'),
    b: requires('a'),
    c: { ...requires('d'), killed: true },
    d: requires('c'),
    e: flag(rule('on', { ...dependsOn('a', 'on', 'off', 'control'), negate: true })),
  })
  expect(decide('a', definitions)).toMatchObject({ treatment: 'control', label: 'exception', changeNumber: 7 })
  expect(decide('d', definitions).treatment).toBe('on')
  expect(decide('e', definitions).treatment).toBe('on')
})

it('answers rule-based segments that contain or exclude themselves', () => {
  const inSegment = (segmentName: string) => ({
    matcherType: 'IN_RULE_BASED_SEGMENT',
    userDefinedSegmentMatcherData: { segmentName },
  })
  const definitions = definitionsOf(
    { f: flag(rule('in', inSegment('self'))), g: flag(rule('in', inSegment('out'))) },
    {
      self: { conditions: [rule('', inSegment('self')), rule('', everybody)] },
      out: { conditions: [rule('', everybody)], excluded: { segments: [{ type: 'rule-based', name: 'out' }] } },
    },
  )
  expect(decide('f', definitions).treatment).toBe('in')
  expect(decide('g', definitions).treatment).toBe('off')
})

it('follows a chain of flags as deep as any real one, and gives up beyond', () => {
  const chain = (length: number) =>
    definitionsOf(
      Object.fromEntries(
        Array.from({ length }, (_, i) => [
          `f${i}`,
          i === length - 1 ? flag(rule('on', everybody)) : flag(rule('on', dependsOn(`f${i + 1}`, 'on'))),
        ]),
      ),
    )
  expect(decide('f0', chain(100)).treatment).toBe('on')
  expect(decide('f0', chain(101))).toMatchObject({ treatment: 'control', label: 'exception' })
  expect(decide('f0', chain(20_000))).toMatchObject({ treatment: 'control', label: 'exception' })
})

it('gives up on graphs that double their work with each level', () => {
  const levels = 40
  const twice = (i: number) => [rule('a', dependsOn(`f${i + 1}`, 'x')), rule('b', dependsOn(`f${i + 1}`, 'y'))]
  const graph = Object.fromEntries(Array.from({ length: levels }, (_, i) => [`f${i}`, flag(...twice(i))]))
  const cyclic = { ...graph, [`f${levels}`]: flag(...twice(-1)) }
  for (const flags of [graph, cyclic]) {
    const subject = subjectOf()
    const definitions = definitionsOf(flags)
    let visits = 0
    const counting: Definitions = { ...definitions, flag: (name) => (visits++, definitions.flag(name)) }
    const evaluation = evaluate('f0', subject, undefined, counting)
    expect(evaluation).toMatchObject({ treatment: 'control', label: 'exception' })
    expect(visits).toBeLessThan(10_000)
    // A long list must not be searched again for each call.
    expect(subject.answers.byFlag.get('f0')?.evaluation).toBe(evaluation)
  }
})

it('does bounded work for any one flag of a chain of 20,000, by dependencies, prerequisites or segments', () => {
  const inSegment = (i: number) => ({
    matcherType: 'IN_RULE_BASED_SEGMENT',
    userDefinedSegmentMatcherData: { segmentName: String(i) },
  })
  const segment = (i: number) => ({ conditions: [rule('', inSegment(i + 1))] })
  const chains: Record<string, (i: number) => unknown> = {
    dependencies: (i) => flag(rule('on', dependsOn(String(i + 1), 'on'))),
    twice: (i) => flag(rule('a', dependsOn(String(i + 1), 'x')), rule('b', dependsOn(String(i + 1), 'y'))),
    prerequisites: (i) => ({ ...flag(rule('on', everybody)), prerequisites: [{ n: String(i + 1), ts: ['on'] }] }),
    segments: (i) => flag(rule('on', inSegment(i))),
  }
  // Flags are made when they are asked for, because the chain has more links than any decision comes to.
  const lazily = <Compiled>(compile: (name: string) => Compiled) => {
    const compiled = new Map<string, Compiled>()
    return (name: string) => {
      const made = compiled.get(name) ?? compile(name)
      compiled.set(name, made)
      return Number(name) < 20_000 ? made : undefined
    }
  }
  for (const [name, make] of Object.entries(chains)) {
    const flagOf = lazily((asked) => compileFlag(make(Number(asked)), asked))
    const segmentOf = lazily((asked) => compileRuleBasedSegment(segment(Number(asked))))
    const subject = subjectOf()
    let visits = 0
    const counting: Definitions = {
      version: 1,
      flag: (asked) => (visits++, flagOf(asked)),
      ruleBasedSegment: (asked) => (visits++, segmentOf(asked)),
    }
    for (let i = 0; i < 200; i++) {
      visits = 0
      expect(evaluate(String(i), subject, undefined, counting).label, name).toBe('exception')
      expect(visits, name).toBeLessThanOrEqual(name === 'twice' ? 202 : 101)
    }
  }
})

it('gives up on segments that double their work with each level, by rules and by exclusions', () => {
  const levels = 40
  const inSegment = (i: number) => ({
    matcherType: 'IN_RULE_BASED_SEGMENT',
    userDefinedSegmentMatcherData: { segmentName: `s${i}` },
  })
  const byRules = (i: number) => ({ conditions: [rule('', inSegment(i + 1)), rule('', inSegment(i + 1))] })
  const byExclusions = (i: number) => ({
    conditions: [rule('', { ...everybody, negate: true })],
    excluded: { segments: [1, 2].map(() => ({ type: 'rule-based', name: `s${i + 1}` })) },
  })
  for (const make of [byRules, byExclusions]) {
    const segments = Object.fromEntries(Array.from({ length: levels }, (_, i) => [`s${i}`, make(i)]))
    expect(decide('f', definitionsOf({ f: flag(rule('in', inSegment(0))) }, segments)).label).toBe('exception')
  }
})

it('counts what a segment excludes', () => {
  const inSegment = { matcherType: 'IN_RULE_BASED_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 's' } }
  const excluding = (count: number) => ({
    conditions: [rule('', { ...everybody, negate: true })],
    excluded: { segments: Array.from({ length: count }, () => ({ type: 'standard', name: 'other' })) },
  })
  const f = flag(...Array.from({ length: 20 }, () => rule('in', inSegment)), rule('last', everybody))
  expect(decide('f', definitionsOf({ f }, { s: excluding(400) })).label).toBe('rule last')
  expect(decide('f', definitionsOf({ f }, { s: excluding(600) })).label).toBe('exception')
})

it('counts the size of what it visits, but not of the flag that was asked for', () => {
  const many = Array.from({ length: 1_000 }, () => rule('on', { ...everybody, negate: true }))
  const visits = Array.from({ length: 60 }, () => rule('on', dependsOn('many', 'on')))
  expect(decide('f', definitionsOf({ f: flag(...visits), many: flag(...many) })).label).toBe('exception')
  const long = Array.from({ length: 60_000 }, () => rule('on', { ...everybody, negate: true }))
  const definitions = { f: flag(...long, rule('last', dependsOn('g', 'on'))), g: flag(rule('on', everybody)) }
  expect(decide('f', definitionsOf(definitions)).treatment).toBe('last')
})

it('hashes long keys that attributes give for few flags only, and no key of half a million letters', () => {
  const onFlag = (i: number) => ({ ...dependsOn(`f${i}`, 'off'), keySelector: { attribute: 'v' } })
  const halves = [{ treatment: 'on', size: 50 }, { treatment: 'no', size: 50 }] // prettier-ignore
  const half = { ...flag({ ...rule('on', everybody), partitions: halves }), seed: 7 }
  const many = Array.from({ length: 1_000 }, (_, i) => rule('a', onFlag(i)))
  const flags = {
    f: flag(...many, rule('last', everybody)),
    ...Object.fromEntries(many.map((_, i) => [`f${i}`, half])),
  }
  /** The decision, and how many flags hashed the key. */
  const ask = (v: string) => {
    const definitions = definitionsOf(flags)
    const { treatment, label } = decide('f', definitions, { v })
    return [treatment, label, many.filter((_, i) => definitions.flag(`f${i}`)?.bucket).length]
  }
  expect(ask('é'.repeat(100))).toEqual(['last', 'rule last', 1_000])
  expect(ask('é'.repeat(10_000))).toEqual(['control', 'exception', 15])
  expect(ask('é'.repeat(500_000))).toEqual(['control', 'exception', 0])
})

it('decides for keys of a megabyte and for lone surrogates', () => {
  const definitions = definitionsOf({
    f: {
      ...flag({
        ...rule('on', everybody),
        partitions: [
          { treatment: 'on', size: 50 },
          { treatment: 'off', size: 50 },
        ],
      }),
    },
  })
  for (const key of ['k'.repeat(1_000_000), '😀'.repeat(250_000), '\ud800x', 'x\udc00', '\udc00\ud800']) {
    expect(['on', 'off']).toContain(evaluate('f', subjectOf(key), undefined, definitions).treatment)
  }
})

it('evaluates circular and bigint attributes that no matcher reads', () => {
  const circular: Record<string, unknown> = { big: 10n }
  circular.self = circular
  const definitions = definitionsOf({ f: flag(rule('on', dependsOn('g', 'on'))), g: flag(rule('on', everybody)) })
  expect(decide('f', definitions, circular).treatment).toBe('on')
})

it('may be asked again by a getter of the attributes', () => {
  const onV = { matcherType: 'WHITELIST', keySelector: { attribute: 'v' }, whitelistMatcherData: { whitelist: ['in'] } }
  const definitions = definitionsOf({ f: flag(rule('on', onV)) })
  const subject = subjectOf()
  const asked: string[] = []
  const attributes = {
    get v() {
      asked.push(evaluate('f', subject, { v: 'in' }, definitions).treatment)
      asked.push(evaluate('f', subject, { v: 'out' }, definitions).treatment)
      return 'in'
    },
  }
  expect(evaluate('f', subject, attributes, definitions).treatment).toBe('on')
  expect(asked).toEqual(['on', 'off'])
})

it('does not keep what it decided by definitions that a getter of the attributes has changed', () => {
  const onV = { matcherType: 'WHITELIST', keySelector: { attribute: 'v' }, whitelistMatcherData: { whitelist: ['in'] } }
  const older = definitionsOf({ f: flag(rule('on', onV)) })
  const newer = definitionsOf({ f: flag(rule('new', onV)) })
  const definitions = { ...older }
  const subject = subjectOf()
  const attributes = {
    get v() {
      Object.assign(definitions, newer, { version: 2 })
      evaluate('g', subject, undefined, definitions)
      return 'in'
    },
  }
  evaluate('f', subject, attributes, definitions)
  expect(evaluate('f', subject, { v: 'in' }, definitions).treatment).toBe('new')
})

it('is not taken in by a getter that asks for the same flag with other attributes', () => {
  const onV = {
    matcherType: 'WHITELIST',
    keySelector: { attribute: 'v' },
    whitelistMatcherData: { whitelist: ['a', 'b'] },
  }
  const definitions = definitionsOf({ f: flag(rule('on', onV)) })
  for (const [first, given] of [
    ['a', undefined],
    ['x', undefined],
    ['x', 'x'],
  ]) {
    const subject = subjectOf()
    evaluate('f', subject, { v: first }, definitions)
    const attributes = {
      get v() {
        evaluate('f', subject, { v: 'b' }, definitions)
        return given
      },
    }
    expect(evaluate('f', subject, attributes, definitions).treatment).toBe('off')
  }
})

it('tries again when it was the stack of the caller that was full', () => {
  const definitions = definitionsOf({
    f: flag(rule('on', { ...dependsOn('g', 'on'), negate: true })),
    g: flag(rule('on', everybody)),
  })
  const subject = subjectOf()
  const answers = new Set<string>()
  const dive = (): void => {
    try {
      dive()
    } finally {
      try {
        answers.add(evaluate('f', subject, undefined, definitions).treatment)
      } catch {
        // The stack is too full even to begin.
      }
    }
  }
  try {
    dive()
  } catch {
    // The recursion fills the stack, as meant.
  }
  // It is never `on`, which would mean that a dependency was not asked.
  for (const answer of answers) expect(['off', 'control']).toContain(answer)
  expect(evaluate('f', subject, undefined, definitions).treatment).toBe('off')
})
