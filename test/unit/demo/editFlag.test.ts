import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { operators } from '../../../demo/page/operators'
import { editFlag } from '../../../demo/server/editFlag'
import { flagForm } from '../../../demo/server/flagForm'
import { evaluatorDoor } from '../../../src/evaluation/evaluate'
import { createExplain } from '../../../src/late/explain/explain'
import { definitionsOf, subjectOf } from '../evaluation/ask'
import type { Attributes } from '../../../src/evaluation/types'

const explain = createExplain(evaluatorDoor)

interface Flag {
  name: string
  changeNumber?: number
  conditions?: unknown[]
  [member: string]: unknown
}

const file = fileURLToPath(new URL('../../../demo/definitions.json', import.meta.url))
const shipped = (JSON.parse(readFileSync(file, 'utf8')) as { ff: { d: Flag[] } }).ff.d
const flag = (name: string) => shipped.find((each) => each.name === name) as Flag

const ask = (definition: Flag, attributes?: Attributes, key = 'user-1', segments: string[] = []) => {
  const { treatment, label } = explain('f', subjectOf(key, segments), attributes, definitionsOf({ f: definition }))
  return [treatment, label]
}
const all = (treatment: string) => [{ treatment, size: 100 }]
const banner = flag('california_banner')

describe('the form', () => {
  it('shows what can be changed of a flag', () => {
    expect(flagForm(flag('wishlist_beta'))).toEqual({
      name: 'wishlist_beta',
      trafficType: 'user',
      killed: false,
      trackImpressions: true,
      changeNumber: expect.any(Number),
      trafficAllocation: 100,
      defaultTreatment: 'off',
      treatments: ['on', 'off'],
      configurations: {},
      prerequisites: [],
      sets: expect.any(Array),
      individualTargets: [{ treatment: 'on', keys: ['ada', 'grace', 'user-1'] }],
      rules: [],
      defaultRule: [
        { treatment: 'on', size: 10 },
        { treatment: 'off', size: 90 },
      ],
    })
    expect(flagForm(banner).rules).toEqual([
      {
        label: 'user.location in list ["california"]',
        index: 0,
        matchers: [{ operator: 'list', attribute: 'location', negate: false, values: ['california'] }],
        partitions: [
          { treatment: 'on', size: 100 },
          { treatment: 'off', size: 0 },
        ],
      },
    ])
    expect(flagForm(flag('team_accounts')).defaultRule).toBeUndefined()
  })

  it.each(shipped)('$name sent back unchanged decides as before', (definition) => {
    const { rules, individualTargets, defaultRule } = flagForm(definition)
    const edited = editFlag(definition, { rules, individualTargets, ...(defaultRule && { defaultRule }) }, 9)
    expect(edited).toEqual({ ...definition, changeNumber: 9 })
  })

  it('keeps a rule that it has no fields for', () => {
    const odd = { matcherGroup: { matchers: [{ matcherType: 'NEWER' }] }, partitions: all('on'), label: 'odd' }
    const definition = { ...banner, conditions: [odd, ...(banner.conditions ?? [])] }
    const [rule] = flagForm(definition).rules
    expect(rule).toEqual({ label: 'odd', index: 0, partitions: all('on') })
    const edited = editFlag(definition, { rules: [{ ...rule, partitions: all('off') }] }, 9)
    expect(edited.conditions).toEqual([{ ...odd, partitions: all('off') }, (banner.conditions as unknown[])[1]])
  })
})

describe('a change', () => {
  it('kills and restores', () => {
    const killed = editFlag(banner, { killed: true, defaultTreatment: 'gone' }, 9) as Flag
    expect(killed.changeNumber).toBe(9)
    expect(ask(killed, { location: 'california' })).toEqual(['gone', 'killed'])
    expect(ask(editFlag(killed, { killed: false }, 10) as Flag, { location: 'california' })[0]).toBe('on')
  })

  it('switches tracking, and leaves the definition that came alone', () => {
    const before = structuredClone(banner)
    expect(editFlag(banner, { trackImpressions: false }, 9)).toMatchObject({ impressionsDisabled: true })
    expect(banner).toEqual(before)
  })

  it('changes percentages, the share of traffic and who is named', () => {
    const edited = editFlag(
      flag('checkout_v2'),
      {
        trafficAllocation: 0,
        defaultRule: [
          { treatment: 'on', size: 1 },
          { treatment: 'off', size: 99 },
        ],
        individualTargets: [
          { treatment: 'on', keys: ['ada', 'grace'] },
          { treatment: 'off', keys: [] },
        ],
      },
      9,
    ) as Flag
    expect(ask(edited, {}, 'grace')).toEqual(['on', 'whitelisted'])
    expect(ask(edited)).toEqual(['off', 'not in split'])
    expect(flagForm(edited)).toMatchObject({
      individualTargets: [{ treatment: 'on', keys: ['ada', 'grace'] }],
      defaultRule: [
        { treatment: 'on', size: 1 },
        { treatment: 'off', size: 99 },
      ],
    })
  })

  // operator, values, an attribute that matches and one that does not, the label
  const day = Date.UTC(2026, 10, 21)
  const rows: [string, unknown[], unknown, unknown, string][] = [
    ['list', ['a', 'b'], 'b', 'c', 'in list ["a", "b"]'],
    ['startsWith', ['ab'], 'abc', 'cab', 'starts with one of ["ab"]'],
    ['endsWith', ['bc'], 'abc', 'bcd', 'ends with one of ["bc"]'],
    ['contains', ['b'], 'abc', 'xyz', 'contains one of ["b"]'],
    ['matches', ['^a.c$'], 'abc', 'abcd', 'matches ^a.c$'],
    ['equals', [3], 3, 4, '= 3'],
    ['atLeast', [3], 3, 2, '>= 3'],
    ['atMost', [3], 3, 4, '<= 3'],
    ['between', [3, 5], 5, 6, 'between 3 and 5'],
    ['on', [day], day + 3_600_000, day + 90_000_000, 'is on 2026-11-21T00:00Z'],
    ['after', [day], day, day - 60_000, 'is at or after 2026-11-21T00:00Z'],
    ['before', [day], day, day + 60_000, 'is at or before 2026-11-21T00:00Z'],
    ['betweenDates', [day, day + 60_000], day, day - 60_000, 'between 2026-11-21T00:00Z and 2026-11-21T00:01Z'],
    ['is', [true], true, false, 'is true'],
    ['anyOf', ['a', 'b'], ['b', 'c'], ['c'], 'has any of ["a", "b"]'],
    ['allOf', ['a', 'b'], ['a', 'b', 'c'], ['a'], 'has all of ["a", "b"]'],
    ['exactly', ['a', 'b'], ['b', 'a'], ['a'], 'is equal to the set ["a", "b"]'],
    ['partOf', ['a', 'b'], ['a'], ['a', 'c'], 'is part of ["a", "b"]'],
    ['version', ['1.2.3'], '1.2.3', '1.2.4', 'is equal to semver 1.2.3'],
    ['versionAtLeast', ['1.2.3'], '1.3.0', '1.2.2', 'is greater than or equal to semver 1.2.3'],
    ['versionAtMost', ['1.2.3'], '1.2.0', '1.2.4', 'is less than or equal to semver 1.2.3'],
    ['versionBetween', ['1.0.0', '2.0.0'], '1.5.0', '2.5.0', 'is between semver 1.0.0 and 2.0.0'],
    ['versionIn', ['1.0.0', '2.0.0'], '2.0.0', '2.5.0', 'in semver list ["1.0.0", "2.0.0"]'],
  ]

  it.each(rows)('makes a rule that asks “%s” of an attribute', (operator, values, yes, no, words) => {
    const matchers = [{ operator, attribute: 'v', values }]
    const edited = editFlag(banner, { rules: [{ matchers, partitions: all('vip') }] }, 9) as Flag
    expect(ask(edited, { v: yes } as Attributes)).toEqual(['vip', `user.v ${words}`])
    expect(ask(edited, { v: no } as Attributes)).toEqual(['off', 'default rule'])
    expect(flagForm(edited).rules[0]).toMatchObject({ matchers: [{ operator, attribute: 'v', values }] })
  })

  it('covers every operator of the form', () => {
    const segments = ['segment', 'largeSegment', 'ruleBasedSegment']
    expect(Object.keys(operators).sort()).toEqual([...rows.map(([operator]) => operator), ...segments].sort())
  })

  it('joins conditions, and turns one round', () => {
    const matchers = [
      { operator: 'segment', values: ['employees'] },
      { operator: 'list', values: ['ada'], negate: true },
    ]
    const edited = editFlag(banner, { rules: [{ matchers, partitions: all('vip') }] }, 9) as Flag
    expect(ask(edited, {}, 'grace', ['employees'])).toEqual(['vip', 'in segment employees and not in list ["ada"]'])
    expect(ask(edited, {}, 'ada', ['employees'])[0]).toBe('off')
    expect(ask(edited, {}, 'grace')[0]).toBe('off')
  })

  it.each([
    [null, 'expected an object of what is to change'],
    [{ name: 'other' }, 'name is nothing that can be changed'],
    [{ killed: 'yes' }, '“killed” is true or false'],
    [
      { defaultTreatment: 'control' },
      'control cannot be the name of a treatment: letters, digits, - and _, and not control',
    ],
    [{ defaultTreatment: '<b>' }, '<b> cannot be the name of a treatment: letters, digits, - and _, and not control'],
    [{ trafficAllocation: 101 }, 'The share of traffic is a whole number from 0 to 100'],
    [{ defaultRule: [{ treatment: 'on', size: 99 }] }, 'the percentages add up to 99, not to 100'],
    [{ defaultRule: [...all('on'), { treatment: 'on', size: 0 }] }, 'a treatment stands twice in the same rule'],
    [{ defaultRule: [{ treatment: 'on', size: 0.5 }] }, 'A percentage is a whole number from 0 to 100'],
    [{ rules: 'all' }, 'rules: expected a list'],
    [{ rules: [{ partitions: all('on') }] }, 'a rule has no conditions'],
    [{ rules: [{ matchers: [], partitions: all('on') }] }, 'a rule has no conditions'],
    [{ rules: [{ matchers: [{}], partitions: all('on') }] }, 'a condition has no operator'],
    [{ rules: [{ matchers: [{ operator: 'equals', values: [1] }], partitions: all('on') }] }, '“=” needs an attribute'],
    [
      { rules: [{ matchers: [{ operator: 'equals', attribute: 'a', values: ['1'] }], partitions: all('on') }] },
      '“=” needs a number',
    ],
    [
      { rules: [{ matchers: [{ operator: 'segment', attribute: 'a', values: ['x'] }], partitions: all('on') }] },
      '“in segment” asks about the key, not an attribute',
    ],
    [{ rules: [{ matchers: [{ operator: 'list', values: [] }], partitions: all('on') }] }, '“in list” needs a value'],
    [{ rules: Array.from({ length: 101 }, () => ({})) }, 'more than 100 rules'],
  ])('is refused with a sentence: %j', (change, message) => {
    expect(() => editFlag(banner, change, 9)).toThrow(new Error(message))
  })
})

describe('prerequisites and flag sets', () => {
  it('are written as the service does', () => {
    const prerequisites = [{ flag: 'other', treatments: ['on', 'vip'] }]
    const edited = editFlag(banner, { prerequisites, sets: ['checkout', 'checkout', 'shop_1'] }, 5)
    expect(edited).toMatchObject({ prerequisites: [{ n: 'other', ts: ['on', 'vip'] }], sets: ['checkout', 'shop_1'] })
    expect(flagForm(edited)).toMatchObject({ prerequisites, sets: ['checkout', 'shop_1'] })
    expect(ask(edited as Flag, { location: 'california' })).toEqual(['off', 'prerequisites not met'])
    expect(editFlag(edited, { prerequisites: [], sets: [] }, 6)).toMatchObject({ prerequisites: [], sets: [] })
  })

  it.each([
    [{ prerequisites: [{ flag: banner.name, treatments: ['on'] }] }, 'its own prerequisite'],
    [{ prerequisites: [{ flag: 'other', treatments: [] }] }, 'needs a treatment'],
    [{ prerequisites: ['a', 'a'] }, 'expected objects'],
    [{ prerequisites: Array(2).fill({ flag: 'other', treatments: ['on'] }) }, 'twice'],
    [{ sets: ['Checkout'] }, 'cannot be the name of a flag set'],
    [{ sets: 'checkout' }, 'expected a list'],
  ])('%j is refused', (change, message) => {
    expect(() => editFlag(banner, change, 5)).toThrow(message)
  })
})
