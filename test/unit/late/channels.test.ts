import { describe, expect, it } from 'vitest'
import { HOUR, item, openChannels as open } from './openChannels'

it('each kind goes to its own place at its own pace', () => {
  const { impressions, counts, keys, events } = open()
  expect(
    [impressions, counts, keys, events].map(({ kind, url, beaconUrl, flushMs }) => [kind, url, beaconUrl, flushMs]),
  ).toEqual([
    ['impressions', '/bulk', '/bulk/beacon', 1],
    ['counts', '/count', '/count/beacon', 2],
    ['uniqueKeys', '/keys', '/keys/beacon', 3],
    ['events', '/events', '/events/beacon', 4],
  ])
})

describe('impressions', () => {
  it('are grouped by flag', () => {
    expect(open().impressions.body([item(), item({ f: 'g', k: 'v' }), item({ t: 'off', b: 'b', pt: 3 })])).toEqual([
      {
        f: 'f',
        i: [
          { k: 'u', t: 'on', m: HOUR + 5, c: 7, r: 'l' },
          { k: 'u', t: 'off', m: HOUR + 5, c: 7, r: 'l', b: 'b', pt: 3 },
        ],
      },
      { f: 'g', i: [{ k: 'v', t: 'on', m: HOUR + 5, c: 7, r: 'l' }] },
    ])
  })

  it('travel under the mode that they were recorded under, whatever the mode is now', () => {
    const { impressions } = open({ mode: 'OPTIMIZED' })
    expect(impressions.headers?.('DEBUG')).toEqual({ SplitSDKImpressionsMode: 'DEBUG' })
    expect(impressions.beaconExtra?.('NONE')).toEqual({ sim: 'NONE' })
  })

  it('keep their labels, unless they must stay home', () => {
    expect(open().impressions.strip).toBeUndefined()
    const { strip } = open({ labelsEnabled: false }).impressions
    const original = item({ b: 'b', pt: 3, properties: '{}' })
    expect(strip?.(original)).toEqual({ f: 'f', k: 'u', t: 'on', m: HOUR + 5, c: 7, b: 'b', pt: 3, properties: '{}' })
  })
})

it.each(['DEBUG', 'NONE'] as const)('in mode %s nothing is a repetition: every one is sent', (mode) => {
  const { impressions } = open({ mode })
  expect(impressions.identity).toBeUndefined()
  expect(impressions.repeated).toBeUndefined()
})

it('an impression is told from others by the same members in every release, as pages of two may share an hour', () => {
  expect(open().impressions.identity).toEqual(['f', 'k', 't', 'r', 'c'])
  expect(open({ labelsEnabled: false }).impressions.identity).toEqual(['f', 'k', 't', 'c'])
})

describe('a repetition of what another page recorded', () => {
  it('is counted in its own hour', () => {
    const { impressions, counts } = open()
    impressions.repeated?.(item())
    impressions.repeated?.(item({ m: HOUR + 6 }))
    impressions.repeated?.(item({ m: 2 * HOUR }))
    expect(counts.drain?.()).toEqual([
      { f: 'f', m: HOUR, rc: 2 },
      { f: 'f', m: 2 * HOUR, rc: 1 },
    ])
  })

  it('is not counted again when this page counted it as the one that opened an hour', () => {
    const { impressions, counts } = open()
    impressions.repeated?.(item({ pt: 5 }))
    expect(counts.drain?.()).toEqual([])
  })
})

describe('what accumulates', () => {
  it('counts: drained once, summed per flag and hour, in `pf`', () => {
    const { counter, counts } = open()
    counter.increment(counter.cell('f', HOUR + 1))
    const drained = counts.drain?.() ?? []
    expect(drained).toEqual([{ f: 'f', m: HOUR, rc: 1 }])
    expect(counts.drain?.()).toEqual([])
    const waiting = [{ f: 'g', m: HOUR, rc: 3 }, { f: 'f', m: HOUR, rc: 4 }, ...drained]
    const merged = [
      { f: 'g', m: HOUR, rc: 3 },
      { f: 'f', m: HOUR, rc: 5 },
    ]
    expect(counts.merge?.(waiting)).toEqual(merged)
    expect(counts.body(waiting)).toEqual({ pf: merged })
  })

  it('unique keys: drained once, joined per key, in `keys`', () => {
    const { uniqueKeys, keys } = open()
    uniqueKeys.add('u', 'f')
    const drained = keys.drain?.() ?? []
    expect(drained).toEqual([{ k: 'u', fs: ['f'] }])
    expect(keys.drain?.()).toEqual([])
    const waiting = [{ k: 'u', fs: ['g'] }, { k: 'v', fs: ['f'] }, ...drained]
    const merged = [
      { k: 'u', fs: ['g', 'f'] },
      { k: 'v', fs: ['f'] },
    ]
    expect(keys.merge?.(waiting)).toEqual(merged)
    expect(keys.body(waiting)).toEqual({ keys: merged })
  })

  it('has no mode, no labels and no identity', () => {
    const { counts, keys } = open({ labelsEnabled: false })
    for (const { headers, beaconExtra, strip, identity } of [counts, keys]) {
      expect([headers, beaconExtra, strip, identity]).toEqual([undefined, undefined, undefined, undefined])
    }
  })
})
