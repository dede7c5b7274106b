import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toColumns } from '../../../src/impressions/packing'
import { fromColumns } from '../../../src/late/delivery/readNote'
import type { ImpressionItem } from '../../../src/impressions/types'

const packed = (items: readonly object[]) => JSON.stringify(toColumns(items))
const unpacked = (text: string, count: number) => fromColumns(JSON.parse(text) as ReturnType<typeof toColumns>, count)

it('gives back what was packed, whatever it is', () => {
  const value = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constant(null),
  )
  const item = fc.dictionary(
    fc.string({ minLength: 1 }).filter((name) => name !== '__proto__'),
    value,
    { maxKeys: 5 },
  )
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), (items) => {
      const wanted = JSON.parse(JSON.stringify(items)) as unknown
      expect(unpacked(packed(items), items.length)).toEqual(wanted)
    }),
  )
})

const TIME = 1_700_000_000_000
const burst = (count: number, flags: number): ImpressionItem[] =>
  Array.from({ length: count }, (_, n) => ({
    f: `checkout_flag_${n % flags}`,
    k: `user-${n % 50}`,
    t: n % 3 ? 'on' : 'off',
    m: TIME + n,
    c: TIME - (n % 200) * 60_000,
    r: `rule ${n % 10}`,
    ...(n % 7 === 0 && { pt: TIME - 60_000 + n }),
  }))

it.each([
  ['of as many flags', burst(5_000, 5_000)],
  ['of one flag', burst(5_000, 1)],
  ['of a hundred flags', burst(5_000, 100)],
])('5,000 impressions %s take at most 25 characters each beside the names of flags', (_, items) => {
  const names = new Set(items.map(({ f }) => f)).size * '"checkout_flag_"'.length
  expect((packed(items).length - names) / items.length).toBeLessThanOrEqual(25)
  expect(unpacked(packed(items), items.length)).toEqual(items)
})

it('of a burst of different flags little more than the names is left', () => {
  const items = burst(70, 70).map((item) => ({ ...item, m: TIME, k: 'user-1', t: 'on', c: TIME, r: 'default rule' }))
  expect(packed(items).length / items.length).toBeLessThanOrEqual(25)
})
