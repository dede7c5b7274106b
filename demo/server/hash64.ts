const mask = (1n << 64n) - 1n
const c1 = 0x87c37b91114253d5n
const c2 = 0x4cf5ad432745937fn

/**
 * What the service's messages know a key by: the first half of MurmurHash3 (x64, 128 bit, seed 0) of its UTF-8 bytes.
 * Written apart from the SDK's, so that each is a check of the other.
 *
 * @returns unsigned
 */
export function hash64(key: string): bigint {
  const bytes = Buffer.from(key, 'utf8')
  const blocks = Math.floor(bytes.length / 16)
  let h1 = 0n
  let h2 = 0n
  for (let block = 0; block < blocks; block++) {
    h1 ^= first(bytes.readBigUInt64LE(block * 16))
    h1 = times(rotated(h1, 27n) + h2, 5n) + 0x52dce729n
    h2 ^= second(bytes.readBigUInt64LE(block * 16 + 8))
    h2 = times(rotated(h2 & mask, 31n) + h1, 5n) + 0x38495ab5n
    h1 &= mask
    h2 &= mask
  }
  const tail = Buffer.alloc(16)
  bytes.copy(tail, 0, blocks * 16)
  h2 ^= second(tail.readBigUInt64LE(8)) ^ BigInt(bytes.length)
  h1 ^= first(tail.readBigUInt64LE(0)) ^ BigInt(bytes.length)
  h1 = (h1 + h2) & mask
  h2 = (h2 + h1) & mask
  return (finished(h1) + finished(h2)) & mask
}

const times = (a: bigint, b: bigint) => (a * b) & mask
const rotated = (word: bigint, by: bigint) => ((word << by) | (word >> (64n - by))) & mask
const first = (word: bigint) => times(rotated(times(word, c1), 31n), c2)
const second = (word: bigint) => times(rotated(times(word, c2), 33n), c1)

function finished(word: bigint) {
  const once = times(word ^ (word >> 33n), 0xff51afd7ed558ccdn)
  const twice = times(once ^ (once >> 33n), 0xc4ceb9fe1a85ec53n)
  return twice ^ (twice >> 33n)
}
