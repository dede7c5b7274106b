import { describe, expect, it } from 'vitest'
import { bytesOf, KEEPALIVE_BYTES, packBeacons, type Unit } from '../../../src/impressions/packing'

const format = {
  beaconUrl: 'https://e/beacon',
  body: (items: readonly string[]) => items,
  beaconExtra: (mode: string) => ({ sim: mode }),
}
const envelope = { token: 'key', sdk: 'pennon-1' }
const unit = (item: string, mode = 'DEBUG'): Unit<string> => ({ mode, items: [item] })
const pack = (units: Unit<string>[], room = KEEPALIVE_BYTES) => packBeacons(format, units, room, envelope)
const items = (beacons: ReturnType<typeof pack>) => beacons.map(({ units }) => units.flatMap((each) => each.items))

describe('beacons', () => {
  it('say what the service wants to know beside the entries', () => {
    const [beacon] = pack([unit('a'), unit('b')])
    expect(beacon?.url).toBe('https://e/beacon')
    expect(JSON.parse(beacon?.text ?? '')).toEqual({ entries: ['a', 'b'], token: 'key', sdk: 'pennon-1', sim: 'DEBUG' })
  })

  it('of an integration say nothing of pennon', () => {
    const [beacon] = packBeacons(format, [unit('a')], KEEPALIVE_BYTES, undefined)
    expect(beacon?.text).toBe('["a"]')
  })

  it('are as few as possible, of at most 30 KiB each and 64 KiB in all', () => {
    const units = Array.from({ length: 12 }, (_, n) => unit(String(n).padEnd(9_000, '.')))
    const beacons = pack(units)
    expect(beacons.map(({ units: carried }) => carried.length)).toEqual([3, 3, 1])
    for (const { text, bytes } of beacons) {
      expect(bytes).toBe(bytesOf(text))
      expect(bytes).toBeLessThanOrEqual(30 * 1024)
    }
    expect(beacons.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(65_536)
  })

  it('carry items of one mode', () => {
    const beacons = pack([unit('a', 'DEBUG'), unit('b', 'NONE'), unit('c', 'NONE')])
    expect(items(beacons)).toEqual([['a'], ['b', 'c']])
    expect(beacons.map(({ text }) => (JSON.parse(text) as { sim: string }).sim)).toEqual(['DEBUG', 'NONE'])
  })

  it('leave out what is too big, and go on', () => {
    const beacons = pack([unit('a'), unit('x'.repeat(31 * 1024)), unit('b')])
    expect(items(beacons)).toEqual([['a', 'b']])
  })

  it('count bytes, not letters', () => {
    // 11,000 letters of 3 bytes each.
    expect(pack([unit('語'.repeat(11_000))])).toEqual([])
    expect(items(pack([unit('語'.repeat(10_000))]))).toHaveLength(1)
  })

  it('fit into the room that is left, smaller ones before nothing', () => {
    const beacons = pack([unit('x'.repeat(2_000)), unit('a')], 1_000)
    expect(items(beacons)).toEqual([['a']])
    expect(pack([unit('a')], 0)).toEqual([])
  })

  it.each([
    [0, [['a'], ['b', 'c']]],
    [1, [['a'], ['b'], ['c']]],
  ])('are full to the last byte, and not %d byte beyond', (beyond, expected) => {
    // As JSON, the first list has 30 KiB, and the other two have as much together.
    const [a, b, c] = ([30, 15, 15] as const).map((kib, n) =>
      unit('abc'.charAt(n).padEnd(kib * 1024 - '[""]'.length, '.')),
    )
    const longer = unit(`${c?.items[0]}${'.'.repeat(beyond)}`)
    const beacons = packBeacons(format, [a, b, longer] as Unit<string>[], KEEPALIVE_BYTES, undefined)
    expect(items(beacons).map((of) => of.map((item) => item.charAt(0)))).toEqual(expected)
    const tooLong = unit(`${a?.items[0]}.`)
    expect(packBeacons(format, [tooLong], KEEPALIVE_BYTES, undefined)).toEqual([])
  })

  it('fill the room that is left to the last byte', () => {
    const [{ bytes } = { bytes: NaN }] = pack([unit('a')])
    expect(items(pack([unit('a')], bytes))).toEqual([['a']])
    expect(pack([unit('a')], bytes - 1)).toEqual([])
  })

  it('leave out what has no body, as an integration may fail to make one', () => {
    const broken = { ...format, body: () => undefined }
    expect(packBeacons(broken, [unit('a')], KEEPALIVE_BYTES, undefined)).toEqual([])
  })
})
