import {
  compileFlag,
  compileRuleBasedSegment,
  createSubject,
  evaluate,
  evaluatorDoor,
} from '../../../src/evaluation/evaluate'
import { createExplain } from '../../../src/late/explain/explain'
import type { Attributes, Definitions, Evaluation, Subject } from '../../../src/evaluation/types'
import type { Explanation } from '../../../src/late/explain/types'

const explain = createExplain(evaluatorDoor)

/** Definitions that are right but for one broken place, and hostile calls. The same seed gives the same world. */
export interface HostileWorld {
  definitions: () => Definitions
  subject: () => Subject
  calls: { flag: string; attributes: Attributes | undefined }[]
  json: unknown
}

type Random = () => number

function createRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

const NAMES = ['f0', 'f1', 'f2', 'f3', 'f4', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'missing']
const SEGMENTS = ['s0', 's1', 's2', '__proto__', 'constructor']
const ATTRIBUTES = ['age', 'plan', '__proto__', 'constructor', 'valueOf', 'x y', '']
const TREATMENTS = ['on', 'off', 'control', '__proto__', 'constructor', '']
const TEXTS = ['a', 'plan', '1.2.3', '1.0.0-rc.1+b', 'true', '10', '\ud800', '\udc00x', '😀', '', ' ', 'ß'.repeat(20)]
// These expressions are broken or odd, but take no long time: one that does is its author's problem.
const PATTERNS = ['^a', 'a+$', '[', '(?i)x', '(', '\\p{L}', '', '.', '\\', '(?<=a)b', '\ud800', '^(a|b)*c$']
const NUMBERS = [0, -0, 1, 10, 1.5, -1, 1e308, 8.64e15, 8.64e15 + 2, 1458240947021, NaN, Infinity]
const TYPES = [
  'ALL_KEYS', 'IN_SEGMENT', 'IN_LARGE_SEGMENT', 'IN_RULE_BASED_SEGMENT', 'WHITELIST', 'EQUAL_TO',
  'GREATER_THAN_OR_EQUAL_TO', 'LESS_THAN_OR_EQUAL_TO', 'BETWEEN', 'EQUAL_TO_SET', 'CONTAINS_ANY_OF_SET',
  'CONTAINS_ALL_OF_SET', 'PART_OF_SET', 'STARTS_WITH', 'ENDS_WITH', 'CONTAINS_STRING', 'IN_SPLIT_TREATMENT',
  'EQUAL_TO_BOOLEAN', 'MATCHES_STRING', 'EQUAL_TO_SEMVER', 'GREATER_THAN_OR_EQUAL_TO_SEMVER',
  'LESS_THAN_OR_EQUAL_TO_SEMVER', 'BETWEEN_SEMVER', 'IN_LIST_SEMVER',
] // prettier-ignore

export function createHostileWorld(seed: number): HostileWorld {
  const random = createRandom(seed)
  const below = (n: number) => Math.floor(random() * n)
  const pick = <Item>(list: readonly Item[]): Item => list[below(list.length)] as Item
  const maybe = (chance: number) => random() < chance
  const some = <Item>(most: number, make: () => Item): Item[] => Array.from({ length: below(most + 1) }, make)

  const matcher = () => {
    const type = maybe(0.01) ? pick(['constructor', 'FUTURE']) : pick(TYPES)
    const isDate = maybe(0.3)
    return {
      matcherType: type,
      negate: maybe(0.3),
      keySelector: maybe(0.6) ? { trafficType: 'user', attribute: maybe(0.8) ? pick(ATTRIBUTES) : null } : null,
      userDefinedSegmentMatcherData: { segmentName: pick(SEGMENTS) },
      userDefinedLargeSegmentMatcherData: { largeSegmentName: pick(SEGMENTS) },
      whitelistMatcherData: { whitelist: some(4, () => pick(TEXTS)) },
      unaryNumericMatcherData: { dataType: isDate ? 'DATETIME' : 'NUMBER', value: pick(NUMBERS) },
      betweenMatcherData: { dataType: isDate ? 'DATETIME' : null, start: pick(NUMBERS), end: pick(NUMBERS) },
      betweenStringMatcherData: { start: pick(TEXTS), end: pick(TEXTS) },
      dependencyMatcherData: { split: pick(NAMES), treatments: some(3, () => pick(TREATMENTS)) },
      booleanMatcherData: maybe(0.5),
      stringMatcherData: type === 'MATCHES_STRING' ? pick(PATTERNS) : pick(TEXTS),
    }
  }
  const condition = () => {
    const size = below(101)
    return {
      conditionType: pick(['ROLLOUT', 'WHITELIST', null]),
      matcherGroup: { combiner: 'AND', matchers: [matcher(), ...some(2, matcher)] },
      partitions: [
        { treatment: pick(TREATMENTS), size },
        { treatment: pick(TREATMENTS), size: 100 - size },
      ],
      ...(maybe(0.7) && { label: pick(['a rule', 'default rule', '', 'exception', null]) }),
    }
  }
  const flag = (name: string) => ({
    name,
    changeNumber: below(1e9),
    trafficTypeName: 'user',
    status: maybe(0.05) ? 'ARCHIVED' : 'ACTIVE',
    killed: maybe(0.1),
    defaultTreatment: pick(TREATMENTS),
    seed: below(2 ** 31),
    trafficAllocation: maybe(0.3) ? below(101) : 100,
    trafficAllocationSeed: below(2 ** 31),
    configurations: { on: '{}', __proto__: null, constructor: 'x' },
    conditions: [condition(), ...some(3, condition)],
    prerequisites: maybe(0.3) ? some(2, () => ({ n: pick(NAMES), ts: some(2, () => pick(TREATMENTS)) })) : null,
  })
  const segment = (name: string) => ({
    name,
    conditions: some(2, condition),
    excluded: {
      keys: some(2, () => pick(TEXTS)),
      segments: some(2, () => ({ type: pick(['standard', 'large', 'rule-based', 'other']), name: pick(SEGMENTS) })),
    },
  })

  const nested = (depth: number) => {
    let value: unknown = []
    for (let i = 0; i < depth; i++) value = maybe(0.5) ? [value] : { conditions: value }
    return value
  }
  const junk = (): unknown =>
    pick<() => unknown>([
      () => null,
      () => undefined,
      () => ({}),
      () => [],
      () => [null],
      () => pick(TEXTS),
      () => pick(NUMBERS),
      () => true,
      () => false,
      () => JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"length":3}') as unknown,
      () => ({ toString: 1, valueOf: 2 }),
      () => pick(NAMES),
      () => (maybe(0.05) ? nested(2_000) : nested(5)),
      () => (maybe(0.02) ? Array.from({ length: 20_000 }, (_, i) => `k${i}`) : [1, 'a']),
      () => (maybe(0.01) ? 'x'.repeat(1_000_000) : 'x'.repeat(300)),
      matcher,
      condition,
    ])()

  const breakSomewhere = (root: object): void => {
    let at = root as Record<string, unknown>
    for (;;) {
      const keys = Object.keys(at)
      if (keys.length === 0) return
      const key = pick(keys)
      const child = at[key]
      if (typeof child === 'object' && child !== null && Object.keys(child).length > 0 && maybe(0.8)) {
        at = child as Record<string, unknown>
        continue
      }
      const isDeleted = maybe(0.2)
      if (isDeleted) delete at[key]
      else if (Array.isArray(at) && maybe(0.2)) at.push(junk())
      else at[key] = junk()
      return
    }
  }

  const flags = NAMES.slice(0, -1).map(flag)
  const segments = SEGMENTS.map(segment)
  const json = { flags, segments }
  for (let i = below(6); i > 0; i--) breakSomewhere(json)

  const circular: Record<string, unknown> = {}
  circular.matchingKey = maybe(0.5) ? circular : 'x'
  circular.self = circular
  const value = (): unknown =>
    pick<() => unknown>([
      () => pick(TEXTS),
      () => pick(NUMBERS),
      () => some(4, () => pick<unknown>([...TEXTS, ...NUMBERS, null, undefined, circular])),
      () => null,
      () => true,
      () => new Date(pick(NUMBERS)),
      () => 10n,
      () => Symbol('s'),
      () => () => 1,
      () => circular,
      () => Object.create(null) as object,
      () => ({ matchingKey: { matchingKey: 'deep' } }),
      () => ({ valueOf: () => circular, toString: () => circular }),
      () => (maybe(0.05) ? 'é'.repeat(500_000) : 'a'.repeat(50)),
      () => new Proxy({}, { get: () => { throw new Error('trap') }, getPrototypeOf: () => { throw new Error('trap') } }), // prettier-ignore
    ])()
  const attributes = (): Attributes | undefined => {
    if (maybe(0.1)) return undefined
    const made: Record<string, unknown> = Object.fromEntries(
      ATTRIBUTES.filter(() => maybe(0.7)).map((name) => [name, value()]),
    )
    if (maybe(0.1)) Object.defineProperty(made, 'age', { get: () => { throw new RangeError('trap') }, enumerable: true }) // prettier-ignore
    return made as Attributes
  }

  // A client takes no longer key; attributes, which may take its place, are of any length.
  const matchingKey = maybe(0.02) ? 'é'.repeat(250) : pick(['a', 'user-1', '\ud800x', '😀', '10'])
  const bucketingKey = maybe(0.3) ? pick(['b', '\udfff\ud800']) : undefined
  const memberOf = () => new Set(SEGMENTS.filter(() => maybe(0.4)))
  const [segmentsOf, largeSegmentsOf] = [memberOf(), memberOf()]

  return {
    json,
    definitions: () => hostileDefinitions(flags, segments),
    subject: () => createSubject(matchingKey, bucketingKey, segmentsOf, largeSegmentsOf),
    calls: Array.from({ length: 4 }, () => ({ flag: pick(NAMES), attributes: attributes() })),
  }
}

function hostileDefinitions(flags: unknown, segments: unknown): Definitions {
  const byName = <Compiled>(
    all: unknown,
    names: readonly string[],
    compile: (definition: unknown, name: string) => Compiled,
  ) => new Map(Array.isArray(all) ? names.map((name, i) => [name, compile(all[i], name)]) : [])
  const compiledFlags = byName(flags, NAMES.slice(0, -1), compileFlag)
  const compiledSegments = byName(segments, SEGMENTS, compileRuleBasedSegment)
  return {
    version: 1,
    flag: (name) => compiledFlags.get(name),
    ruleBasedSegment: (name) => compiledSegments.get(name),
  }
}

const OBJECT_MEMBERS = Reflect.ownKeys(Object.prototype).length

/** The fault of an answer, whatever was asked; undefined when there is none. */
export function faultOf(evaluation: Evaluation, explained: Explanation, flag: string): string | undefined {
  const { treatment, label, config } = evaluation
  if (typeof treatment !== 'string' || typeof label !== 'string') return 'no treatment or label'
  if (evaluation.flag !== flag) return `an answer for ${evaluation.flag}`
  if (!Object.isFrozen(evaluation)) return 'not frozen'
  if (treatment === 'control' && config !== null) return 'a configuration of control'
  if (label === 'exception' && treatment !== 'control' && explained.ruleIndex === undefined)
    return 'an exception that serves'
  if (explained.treatment !== treatment || explained.label !== label || explained.config !== config) {
    return `explain says ${explained.treatment}, ${explained.label}`
  }
  if (Reflect.ownKeys(Object.prototype).length !== OBJECT_MEMBERS || 'polluted' in {}) return 'a changed prototype'
  return undefined
}

/** Asks everything of a world, and says what went wrong; undefined when nothing did. */
export function faultIn(world: HostileWorld): string | undefined {
  const definitions = world.definitions()
  const subject = world.subject()
  for (const { flag, attributes } of world.calls) {
    const evaluation = evaluate(flag, subject, attributes, definitions)
    const fault =
      faultOf(evaluation, explain(flag, subject, attributes, definitions), flag) ??
      (evaluate(flag, subject, attributes, definitions) === evaluation
        ? undefined
        : 'another object for the same decision')
    if (fault) return `${flag}: ${fault}`
  }
  return undefined
}
