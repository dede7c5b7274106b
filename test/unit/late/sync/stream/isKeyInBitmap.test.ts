import { expect, it } from 'vitest'
import { isKeyInBitmap } from '../../../../../src/late/sync/stream/isKeyInBitmap'

it('looks at one bit', () => {
  const bits = Uint8Array.from([0b00000001, 0b10000000])
  expect([0n, 1n, 7n, 8n, 15n, 16n, 31n].map((hash) => isKeyInBitmap(bits, hash))).toEqual([
    true, false, false, false, true, true, true,
  ]) // prettier-ignore
})

it('takes the low 32 bits only', () => {
  expect(isKeyInBitmap(Uint8Array.from([0, 1, 0]), (5n << 32n) | 8n)).toBe(true)
})

it('has nobody in an empty one', () => {
  expect(isKeyInBitmap(new Uint8Array(), 0n)).toBe(false)
})
