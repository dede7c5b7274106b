import { describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../src/definitions/definitions'
import { createSubject, evaluate } from '../../../src/evaluation/evaluate'
import { cacheOf, flag, inSegment, splitChanges } from './fakes'

const NOBODY = new Set<string>()
const treatment = (definitions: ReturnType<typeof createDefinitions>, name: string) =>
  evaluate(name, createSubject('user', undefined, NOBODY, NOBODY), undefined, definitions).treatment

describe('apply', () => {
  it('takes flags and rule-based segments of a spec 1.3 answer', () => {
    const definitions = createDefinitions({})
    const change = definitions.apply(splitChanges(10, [flag('a', 10)], 5, [{ name: 's', conditions: [] }]))
    expect(change).toEqual({ type: 'flags', names: ['a'] })
    expect(definitions.changeNumbers()).toEqual({ flags: 10, ruleBasedSegments: 5 })
    expect(definitions.names()).toEqual(['a'])
    expect(definitions.ruleBasedSegment('s')).toBeDefined()
    expect(treatment(definitions, 'a')).toBe('on')
  })

  it('takes the flags of a spec 1.2 answer and leaves rule-based segments alone', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [], 5))
    definitions.apply({ splits: [flag('a', 11)], since: 10, till: 11 })
    expect(definitions.changeNumbers()).toEqual({ flags: 11, ruleBasedSegments: 5 })
    expect(definitions.names()).toEqual(['a'])
  })

  it('leaves a half that is absent or null alone', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10)], 5))
    definitions.apply({ ff: null, rbs: { t: 6, d: null } })
    expect(definitions.changeNumbers()).toEqual({ flags: 10, ruleBasedSegments: 6 })
    expect(definitions.names()).toEqual(['a'])
  })

  it('removes what is archived or not asked for', () => {
    const definitions = createDefinitions({ accepts: ({ name }) => name !== 'other' })
    definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10), flag('other', 10)]))
    expect(definitions.names()).toEqual(['a', 'b'])
    const change = definitions.apply(splitChanges(11, [flag('a', 11, { status: 'ARCHIVED' }), flag('other', 11)]))
    expect(change).toEqual({ type: 'flags', names: ['a'] })
    expect(definitions.names()).toEqual(['b'])
  })

  it('says segments when only rule-based segments changed, and nothing when nothing did', () => {
    const definitions = createDefinitions({})
    expect(definitions.apply(splitChanges(1, [], 1, [{ name: 's' }]))).toEqual({ type: 'segments', names: [] })
    expect(definitions.apply(splitChanges(2, [], 2, [{ name: 's' }]))).toBeUndefined()
    expect(definitions.changeNumbers()).toEqual({ flags: 2, ruleBasedSegments: 2 })
  })

  it('keeps what was compiled when an unchanged definition arrives again', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10)]))
    const [a, b, version] = [definitions.flag('a'), definitions.flag('b'), definitions.version]
    definitions.apply(splitChanges(11, [flag('a', 10)]))
    expect(definitions.flag('a')).toBe(a)
    expect(definitions.version).toBe(version)
    definitions.apply(splitChanges(12, [flag('b', 12)]))
    expect(definitions.flag('b')).not.toBe(b)
    expect(definitions.version).toBeGreaterThan(version)
  })

  it('never lets a late answer lower a change number, nor what it says count', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(20, [flag('a', 20, { killed: true })], 7))
    expect(definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10)], 3, [{ name: 's' }]))).toBeUndefined()
    expect(definitions.changeNumbers()).toEqual({ flags: 20, ruleBasedSegments: 7 })
    expect(treatment(definitions, 'a')).toBe('off')
    expect(definitions.names()).toEqual(['a'])
  })

  it('passes over an answer that begins after what is known', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(20, [flag('b', 20)]), { flags: 10, ruleBasedSegments: 10 })
    expect(definitions.changeNumbers()).toEqual({ flags: -1, ruleBasedSegments: -1 })
    expect(definitions.names()).toEqual([])
  })

  it('takes an answer to -1 for all there is', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10)], 4, [{ name: 's' }]))
    const since = { flags: -1, ruleBasedSegments: -1 }
    const change = definitions.apply(splitChanges(11, [flag('b', 10)], 4, []), since)
    expect(change).toEqual({ type: 'flags', names: ['a'] })
    expect(definitions.names()).toEqual(['b'])
    expect(definitions.ruleBasedSegment('s')).toBeUndefined()
  })

  it('takes lower change numbers only when the service started anew', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(20, [flag('a', 20), flag('b', 20)], 20))
    definitions.apply(splitChanges(5, [flag('a', 5)], 2), { flags: -1, ruleBasedSegments: -1 }, true)
    expect(definitions.changeNumbers()).toEqual({ flags: 5, ruleBasedSegments: 2 })
    expect(definitions.names()).toEqual(['a'])
    expect(definitions.snapshot().resets).toBe(1)
  })

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ff'],
    ['a number', 7],
    ['a list', []],
    ['halves of the wrong type', { ff: 3, rbs: 'x' }],
    ['no till', { ff: { d: [flag('x', 1)] } }],
    ['a till that is no number', { ff: { t: '9', d: [flag('x', 1)] } }],
    ['a till that is no finite number', { ff: { t: NaN, d: [flag('x', 1)] } }],
  ])('passes over an answer that is %s', (_, answer) => {
    const definitions = createDefinitions({})
    expect(definitions.apply(answer)).toBeUndefined()
    expect(definitions.changeNumbers()).toEqual({ flags: -1, ruleBasedSegments: -1 })
  })

  it('passes over what is no definition, and reads hostile ones without harm', () => {
    const definitions = createDefinitions({})
    const hostile = [null, 4, 'flag', [], { name: 7 }, {}, flag('ok', 1), flag('__proto__', 1), flag('constructor', 1)]
    const odd = ['conditions', 'sets', 'trafficTypeName', 'excluded'].map((field) => flag(field, 1, { [field]: 7 }))
    definitions.apply({
      ff: { t: 1, d: [...hostile, ...odd, flag('nulls', 1, { conditions: [null, { matcherGroup: 0 }] })] },
    })
    expect(definitions.names()).toContain('ok')
    expect(definitions.names()).toContain('__proto__')
    expect(definitions.usesSegments()).toBe(false)
    expect(definitions.namesInSets(['x'])).toEqual([])
    for (const name of definitions.names()) expect(definitions.flag(name)).toBeDefined()
    expect(({} as Record<string, unknown>).conditions).toBeUndefined()
  })
})

describe('definitions that cannot be compared', () => {
  const unreadable = { toString: null }
  const deep: unknown = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000))
  it.each([
    ['a change number without a text', { changeNumber: unreadable }],
    [
      'a type of matcher without a text',
      { conditions: [{ matcherGroup: { matchers: [{ matcherType: unreadable }] } }] },
    ],
    ['more levels than can be written as text', { deep }],
  ])('cost no other one: %s', (_, odd) => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(1, [flag('odd', 1, odd), flag('a', 1)]))
    definitions.apply(splitChanges(2, [flag('odd', 2, odd), flag('a', 2, { killed: true })]))
    expect(treatment(definitions, 'a')).toBe('off')
    expect(definitions.names()).toEqual(['odd', 'a'])
    expect(definitions.usesSegments()).toBe(false)
    expect(definitions.kill('odd', 'stop', 3)).toEqual({ type: 'flags', names: ['odd'] })
    expect(treatment(definitions, 'odd')).toBe('stop')
  })
})

describe('questions about all flags', () => {
  it('knows flag sets, traffic types and segment use', () => {
    const definitions = createDefinitions({})
    expect(definitions.usesSegments()).toBe(false)
    definitions.apply(
      splitChanges(1, [
        flag('a', 1, { sets: ['one', 'two'] }),
        flag('b', 1, { sets: ['two'], trafficTypeName: 'account' }),
        flag('c', 1, { sets: null }),
      ]),
    )
    expect(definitions.namesInSets(['two'])).toEqual(['a', 'b'])
    expect(definitions.namesInSets(['one', 'three'])).toEqual(['a'])
    expect(definitions.hasTrafficType('account')).toBe(true)
    expect(definitions.hasTrafficType('device')).toBe(false)
    expect(definitions.usesSegments()).toBe(false)
    definitions.apply(splitChanges(2, [flag('c', 2, { conditions: [inSegment('s')] })]))
    expect(definitions.usesSegments()).toBe(true)
    definitions.apply(splitChanges(3, [flag('c', 3)]))
    expect(definitions.usesSegments()).toBe(false)
  })

  it.each([
    ['a large segment', [flag('a', 1, { conditions: [inSegment('s', 'IN_LARGE_SEGMENT')] })], [], true],
    [
      'a rule-based segment alone',
      [flag('a', 1, { conditions: [inSegment('s', 'IN_RULE_BASED_SEGMENT')] })],
      [],
      false,
    ],
    ['a segment that a rule-based one excludes', [], [{ name: 'r', excluded: { segments: [{ name: 's' }] } }], true],
    ['a rule-based segment without exclusions', [], [{ name: 'r', excluded: { segments: [] } }], false],
  ])('%s', (_, flags, segments, answer) => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(1, flags, 1, segments))
    expect(definitions.usesSegments()).toBe(answer)
  })
})

describe('kill', () => {
  it('kills a known flag at once, and keeps it killed until the service says otherwise', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    expect(definitions.kill('a', 'stop', 12)).toEqual({ type: 'flags', names: ['a'] })
    expect(treatment(definitions, 'a')).toBe('stop')
    expect(definitions.changeNumbers().flags).toBe(10)
    // This answer was on its way when the flag was killed.
    definitions.apply(splitChanges(11, [flag('a', 10)]))
    expect(treatment(definitions, 'a')).toBe('stop')
    definitions.apply(splitChanges(13, [flag('a', 13)]))
    expect(treatment(definitions, 'a')).toBe('on')
  })

  it('does nothing to an unknown flag or by an older message', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    expect(definitions.kill('b', 'stop', 12)).toBeUndefined()
    expect(definitions.kill('a', 'stop', 10)).toBeUndefined()
    expect(treatment(definitions, 'a')).toBe('on')
  })
})

describe('hold and showLatest', () => {
  it('shows nothing new but kills, until the latest is shown', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, [flag('a', 10), flag('b', 10), flag('c', 10)]))
    definitions.hold()
    const { version } = definitions
    const off = { killed: true, defaultTreatment: 'stop' }
    const change = definitions.apply(
      splitChanges(11, [flag('a', 11, { defaultTreatment: 'x', conditions: [] }), flag('b', 11, off), flag('d', 11)]),
    )
    expect(change).toEqual({ type: 'flags', names: ['b'] })
    expect(definitions.version).toBeGreaterThan(version)
    expect(['a', 'b', 'c', 'd'].map((name) => treatment(definitions, name))).toEqual(['on', 'stop', 'on', 'control'])
    definitions.apply(splitChanges(12, [flag('c', 12, { status: 'ARCHIVED' })]))
    expect(definitions.names()).toEqual(['a', 'b', 'c'])
    expect(definitions.kill('a', 'halt', 13)).toEqual({ type: 'flags', names: ['a'] })
    expect(treatment(definitions, 'a')).toBe('halt')
    // The snapshot to be stored has the service's definitions, for the next page.
    expect(definitions.snapshot().entries[0].map(({ name }) => name)).toEqual(['a', 'b', 'd'])

    const shown = definitions.showLatest()
    expect(shown?.type).toBe('flags')
    expect([...(shown?.names ?? [])].sort()).toEqual(['c', 'd'])
    expect(definitions.names()).toEqual(['a', 'b', 'd'])
    expect(definitions.showLatest()).toBeUndefined()
  })
})

describe('while changes are held back', () => {
  const held = (...flags: ReturnType<typeof flag>[]) => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(10, flags))
    definitions.hold()
    return definitions
  }

  it('a kill that the cache knows is shown, and nothing else of it', () => {
    const definitions = held(flag('a', 10), flag('b', 10))
    const killed = { killed: true, defaultTreatment: 'stop' }
    const cached = cacheOf([flag('a', 50, killed), flag('b', 50, { conditions: [] }), flag('c', 50, killed)])
    expect(definitions.load(cached)).toEqual({ type: 'flags', names: ['a'] })
    expect(['a', 'b', 'c'].map((name) => treatment(definitions, name))).toEqual(['stop', 'on', 'control'])
  })

  it('a text of the cache that cannot be read takes nothing away', () => {
    const definitions = held(flag('a', 10))
    expect(definitions.load(cacheOf([flag('a', 50)], { text: '{' }))).toBeUndefined()
    expect(treatment(definitions, 'a')).toBe('on')
  })

  it('a kill is one, whatever true value says so', () => {
    const definitions = held(flag('a', 10))
    definitions.apply(splitChanges(11, [flag('a', 11, { killed: 1 })]))
    expect(treatment(definitions, 'a')).toBe('off')
  })

  it('segments of the shown and of the latest definitions count', () => {
    const definitions = held(flag('a', 10, { conditions: [inSegment('s')] }), flag('b', 10))
    definitions.apply(splitChanges(11, [flag('a', 11)]))
    expect(definitions.usesSegments()).toBe(true)
    definitions.showLatest()
    expect(definitions.usesSegments()).toBe(false)
    definitions.hold()
    definitions.apply(splitChanges(12, [flag('b', 12, { conditions: [inSegment('s')] })]))
    expect(definitions.usesSegments()).toBe(true)
  })

  it('a kill that comes after what followed it kills nothing', () => {
    const definitions = held(flag('a', 10))
    definitions.apply(splitChanges(20, [flag('a', 20)]))
    expect(definitions.kill('a', 'stop', 15)).toBeUndefined()
    definitions.showLatest()
    expect(treatment(definitions, 'a')).toBe('on')
  })
})

describe('load', () => {
  it('parses a flag of the cache when it is asked for', () => {
    const definitions = createDefinitions({})
    const parse = vi.spyOn(JSON, 'parse')
    expect(definitions.load(cacheOf([flag('a', 1), flag('b', 2)]))).toEqual({ type: 'flags', names: ['a', 'b'] })
    expect(definitions.names()).toEqual(['a', 'b'])
    expect(definitions.changeNumbers().flags).toBe(100)
    expect(parse).not.toHaveBeenCalled()
    expect(treatment(definitions, 'b')).toBe('on')
    expect(parse.mock.calls).toEqual([[JSON.stringify(flag('b', 2))]])
    expect(definitions.raw('b')).toEqual(flag('b', 2))
    expect(parse).toHaveBeenCalledTimes(1)
    parse.mockRestore()
  })

  it('leaves what is newer, or as new, alone', () => {
    const definitions = createDefinitions({})
    definitions.apply(splitChanges(100, [flag('n', 100)]))
    expect(definitions.load(cacheOf([flag('a', 1)]))).toBeUndefined()
    expect(definitions.names()).toEqual(['n'])
    const changeNumbers = { flags: 200, ruleBasedSegments: -1 }
    definitions.load(cacheOf([flag('a', 1)], { changeNumbers }))
    expect(definitions.names()).toEqual(['a'])
  })

  it.each([
    ['of another flag', JSON.stringify(flag('b', 1))],
    ['broken', '{"name":"a"'],
    ['no definition', 'null'],
  ])('distrusts a cache whose text is %s', (_, text) => {
    const onCorrupt = vi.fn()
    const definitions = createDefinitions({ onCorrupt })
    definitions.load(cacheOf([flag('a', 1), flag('z', 1)], { text }))
    expect(treatment(definitions, 'a')).toBe('control')
    expect(onCorrupt).toHaveBeenCalledTimes(1)
    expect(definitions.changeNumbers().flags).toBe(-1)
    expect(definitions.isDistrusted()).toBe(true)
    // A second broken text of the same cache is no news.
    expect(treatment(definitions, 'z')).toBe('control')
    expect(onCorrupt).toHaveBeenCalledTimes(1)
    // An answer that continues what turned out to be wrong does not count. The next one replaces everything.
    definitions.apply(splitChanges(101, [flag('y', 101)]), { flags: 100, ruleBasedSegments: -1 })
    expect(definitions.names()).not.toContain('y')
    definitions.apply(splitChanges(101, [flag('a', 101)]), { flags: -1, ruleBasedSegments: -1 })
    expect(definitions.names()).toEqual(['a'])
    expect(treatment(definitions, 'a')).toBe('on')
    expect(definitions.isDistrusted()).toBe(false)
  })
})
