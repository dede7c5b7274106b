import { expect, it } from 'vitest'
import { beaconText, bulkBody, formats, withoutLabel } from '../../../src/impressions/packing'

it('groups by flag in the order of first appearance, and leaves the flag out of each', () => {
  const items = [
    { f: 'b', k: 'u', t: 'on', m: 1, r: 'l' },
    { f: 'constructor', k: 'u', t: 'on', m: 2 },
    { f: 'b', k: 'v', t: 'off', m: 3 },
  ]
  expect(bulkBody(items)).toEqual([
    {
      f: 'b',
      i: [
        { k: 'u', t: 'on', m: 1, r: 'l' },
        { k: 'v', t: 'off', m: 3 },
      ],
    },
    { f: 'constructor', i: [{ k: 'u', t: 'on', m: 2 }] },
  ])
  expect(items[0]).toHaveProperty('f')
  expect(bulkBody([])).toEqual([])
})

it('a beacon of impressions says in which mode they were recorded; one of events does not', () => {
  const envelope = { token: 'key', sdk: 'pennon-1' }
  const item = { f: 'a', k: 'u', t: 'on', m: 1 }
  expect(JSON.parse(beaconText(formats.impressions, [item], 'DEBUG', envelope))).toEqual({
    entries: [{ f: 'a', i: [{ k: 'u', t: 'on', m: 1 }] }],
    ...envelope,
    sim: 'DEBUG',
  })
  expect(JSON.parse(beaconText(formats.events, ['bought'], 'DEBUG', envelope))).toEqual({
    entries: ['bought'],
    ...envelope,
  })
})

it('takes the label away, and nothing else', () => {
  const item = { f: 'a', k: 'u', t: 'on', m: 1, c: 7, b: 'b', pt: 0, properties: '{}' }
  expect(withoutLabel({ ...item, r: 'rule' })).toEqual(item)
  expect(withoutLabel(item)).toEqual(item)
})
