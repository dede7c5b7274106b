import { afterAll, expect, it } from 'vitest'
import { bucket, hash32, utf8 } from '../../src/evaluation/bucket'
import { fetchDelay } from '../../src/late/sync/stream/fetchDelay'
import { hash64 } from '../../src/late/sync/stream/hash64'
import { isKeyInBitmap } from '../../src/late/sync/stream/isKeyInBitmap'
import { readVectors } from './readVectors'

type Row =
  | { f: 'murmur3_32'; s: string; seed?: number; h: number; bucket: number }
  | { f: 'legacy'; s: string; seed?: number; h: number; bucket: number }
  | { f: 'murmur3_128_x64'; s: string; seed?: number; hex: string; hash64?: string; hash64hex?: string }
  | { f: 'streaming_delay'; key: string; i?: number; h?: number; s?: number; delay: number }
  | { f: 'streaming_bitmap'; key: string; bitmap: string; in: boolean }

const hex = (half: bigint) => half.toString(16).padStart(16, '0')
/** Without Node's Buffer: these rows are played in pages too. */
const bytesOf = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16))

const CHECKS: { [F in Row['f']]: (row: Extract<Row, { f: F }>) => void } = {
  murmur3_32: ({ s, seed = 0, h, bucket: expected }) => {
    expect(hash32(s, seed)).toBe(h)
    expect(bucket(s, seed)).toBe(expected)
  },
  // Messages of the stream know a key by the first half, which has no seed: the SDK has neither the other half nor seeds.
  murmur3_128_x64: ({ s, seed = 0, hex: expected, hash64: decimal, hash64hex }) => {
    if (seed === 0) expect(hex(hash64(utf8(s)))).toBe(expected.slice(0, 16))
    if (decimal !== undefined) expect([String(hash64(utf8(s))), hex(hash64(utf8(s)))]).toEqual([decimal, hash64hex])
  },
  streaming_delay: ({ key, delay, ...message }) => expect(fetchDelay(key, message, hash32)).toBe(delay),
  streaming_bitmap: ({ key, bitmap, in: isIn }) => expect(isKeyInBitmap(bytesOf(bitmap), hash64(utf8(key)))).toBe(isIn),
  // Not in this SDK, nor reached in the official one: `algo` is ignored and every bucket is murmur3. What can be shown is that
  // the rows are that function, so that nothing else hides among them.
  legacy: ({ s, seed = 0, h, bucket: expected }) => {
    let sum = 0
    for (let i = 0; i < s.length; i++) sum = (31 * sum + s.charCodeAt(i)) | 0
    expect(sum ^ seed).toBe(h)
    expect(Math.abs(h % 100) + 1).toBe(expected)
  },
}

const rows = readVectors<Row>('hash')
const count = (f: Row['f']) => rows.filter((row) => row.f === f).length

afterAll(() => {
  console.log(`hash: ${rows.length - count('legacy')} rows as the official SDK`)
  console.log(`differ on purpose: ${count('legacy')} rows: the legacy hash, which nothing calls, is not in this SDK`)
})

it.each(Object.keys(CHECKS) as Row['f'][])('%s', (f) => {
  const mine = rows.filter((row) => row.f === f)
  expect(mine.length).toBeGreaterThan(0)
  for (const row of mine) (CHECKS[f] as (row: Row) => void)(row)
})

it('has a check for every row', () => {
  expect(rows.filter(({ f }) => !CHECKS[f])).toEqual([])
})
