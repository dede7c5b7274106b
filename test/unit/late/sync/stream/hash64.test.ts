import { expect, it } from 'vitest'
import { utf8 } from '../../../../../src/evaluation/bucket'
import { hash64 } from '../../../../../src/late/sync/stream/hash64'

it('is the first half of murmur3 of 128 bit', () => {
  expect(hash64('')).toBe(0n)
  // This is the reference value of the original implementation.
  expect(hash64('hello')).toBe(0xcbd8a7b341bd9b02n)
})

it('takes bytes of every length', () => {
  const seen = new Set(Array.from({ length: 40 }, (_, i) => hash64(utf8('é'.repeat(i)))))
  expect(seen.size).toBe(40)
})
