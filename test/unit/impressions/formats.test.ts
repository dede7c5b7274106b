import { expect, it } from 'vitest'
import { bulkBody } from '../../../src/impressions/packing'

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
