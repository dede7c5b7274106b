import { expect, it } from 'vitest'
import { utf8 } from '../../../../../src/evaluation/bucket'
import { hash128, hash64 } from '../../../../../src/late/sync/stream/hash64'

it('is murmur3 of 128 bit', () => {
  expect(hash128('')).toEqual([0n, 0n])
  expect(hash64('')).toBe(0n)
  // Reference values of the original implementation.
  expect(hash128('hello').map((half) => half.toString(16))).toEqual(['cbd8a7b341bd9b02', '5b1e906a48ae1d19'])
})

it('takes bytes of every length', () => {
  const seen = new Set(Array.from({ length: 40 }, (_, i) => hash64(utf8('é'.repeat(i)))))
  expect(seen.size).toBe(40)
})

it('takes a seed', () => {
  expect(hash128('a', 1)).not.toEqual(hash128('a', 2))
  expect(hash128('a', -1)).toEqual(hash128('a', 0xffffffff))
})
