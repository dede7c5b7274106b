import { expect, it } from 'vitest'
import { bucket, hash32, utf8 } from '../../../src/evaluation/bucket'

it('hashes by murmur3', () => {
  expect(hash32('', 0)).toBe(0)
  expect(hash32('', 1434701561)).toBe(22489292)
})

it('takes the seed as an unsigned 32-bit number', () => {
  expect(hash32('key', -1)).toBe(hash32('key', 0xffffffff))
  expect(hash32('key', 2 ** 32 + 5)).toBe(hash32('key', 5))
  expect(hash32('key', undefined as unknown as number)).toBe(hash32('key', 0))
})

it('hashes UTF-8, whole surrogate pairs and lone ones', () => {
  const bytes = (text: string) => Buffer.from(utf8(text), 'latin1').toString('hex')
  for (const text of ['a', '\x7f', '\x80', 'é', '\u07ff', '\u0800', '漢', '\uffff', '😀', '\u{10ffff}', 'aé漢😀']) {
    expect(bytes(text)).toBe(Buffer.from(text, 'utf8').toString('hex'))
  }
  expect(bytes('x\ud83d')).toBe('78eda0bd')
  expect(bytes('\udc00x')).toBe('edb08078')
  expect(hash32('x\ud83d', 1)).toBe(1238590379)
})

it('fills all hundred buckets, 1 to 100', () => {
  const seen = new Set(Array.from({ length: 5_000 }, (_, i) => bucket(`user-${i}`, 42)))
  expect(Math.min(...seen)).toBe(1)
  expect(Math.max(...seen)).toBe(100)
  expect(seen.size).toBe(100)
})
