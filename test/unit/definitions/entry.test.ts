import { describe, expect, it } from 'vitest'
import { createEntry, rawOf, textOf, traitsOf } from '../../../src/definitions/entry'
import { cacheOf, flag, inSegment } from './fakes'
import type { Definition, Entry } from '../../../src/definitions/types'

const cached = (raw: Definition, options?: Parameters<typeof cacheOf>[1]) =>
  cacheOf([flag('before', 1), raw, flag('after', 1)], options).entries[0].get(raw.name) as Entry

describe('a definition in memory', () => {
  it('is parsed from its own part of the cache, once', () => {
    const raw = flag('é😀', 3)
    const entry = cached(raw)
    expect(entry.raw).toBeUndefined()
    expect(rawOf(entry)).toEqual(raw)
    expect(rawOf(entry)).toBe(rawOf(entry))
    expect(textOf(entry)).toBe(JSON.stringify(raw))
  })

  it.each([
    ['another flag’s', JSON.stringify(flag('other', 1))],
    ['not JSON', '{"name":'],
    ['null', 'null'],
    ['no object', '5'],
    ['empty', ''],
  ])('is none when the text is %s', (_, text) => {
    expect(rawOf(cached(flag('a', 1), { text }))).toBeUndefined()
  })

  it('came from the service: its text is its JSON', () => {
    const raw = flag('a', 1)
    const entry = createEntry('a', raw)
    expect(rawOf(entry)).toBe(raw)
    expect(textOf(entry)).toBe(JSON.stringify(raw))
  })

  it('from the cache is described without being parsed', () => {
    const entry = cached(flag('a', 1), { usesSegments: true })
    expect(traitsOf(entry)).toEqual({ usesSegments: true, trafficType: 'user', sets: [] })
    expect(entry.raw).toBeUndefined()
  })
})

describe('what is asked of all definitions', () => {
  const of = (more: Record<string, unknown>) => traitsOf(createEntry('a', { name: 'a', ...more }))

  it.each([
    ['a segment', [inSegment('s')], true],
    ['a large segment', [inSegment('s', 'IN_LARGE_SEGMENT')], true],
    ['a segment in a later rule', [flag('a', 1).conditions, inSegment('s')], true],
    ['a rule-based segment, which says for itself', [inSegment('s', 'IN_RULE_BASED_SEGMENT')], false],
    ['a name that only looks like it', [inSegment('s', 'NOT_IN_SEGMENT'), inSegment('s', 'IN_SEGMENTS')], false],
    ['no rules', [], false],
  ])('uses segments: %s', (_, conditions, expected) => {
    expect(of({ conditions }).usesSegments).toBe(expected)
  })

  it('uses segments where it excludes one', () => {
    expect(of({ excluded: { keys: [], segments: [{ type: 'standard', name: 's' }] } }).usesSegments).toBe(true)
    expect(of({ excluded: { keys: ['k'], segments: [] } }).usesSegments).toBe(false)
  })

  it('takes nothing for granted', () => {
    const nothing = { usesSegments: false, trafficType: undefined, sets: [] }
    for (const wrong of [
      null,
      5,
      'text',
      {},
      [null],
      [{ matcherGroup: null }],
      [{ matcherGroup: { matchers: [null] } }],
    ])
      expect(of({ conditions: wrong, excluded: wrong, trafficTypeName: 5, sets: wrong })).toEqual({
        ...nothing,
        sets: [],
      })
    expect(of({ sets: ['a', 5, null, 'b'] }).sets).toEqual(['a', 'b'])
  })
})
