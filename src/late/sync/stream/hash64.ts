/**
 * The mask of the lowest 64 bits. It is not written as a power: Babel makes `Math.pow` of one, which throws for a bigint.
 */
const MASK = 0xffff_ffff_ffff_ffffn
const C1 = 0x87c37b91114253d5n
const C2 = 0x4cf5ad432745937fn

/** Rotates the lowest 64 bits. Bits above them count for nothing here, nor in a sum or product, until the next mask. */
function rotate(x: bigint, by: bigint): bigint {
  x &= MASK
  return (x << by) | (x >> (64n - by))
}

function mix(x: bigint): bigint {
  x &= MASK
  x = ((x ^ (x >> 33n)) * 0xff51afd7ed558ccdn) & MASK
  x = ((x ^ (x >> 33n)) * 0xc4ceb9fe1a85ec53n) & MASK
  return x ^ (x >> 33n)
}

/**
 * The hash by which stream messages about memberships name a key: the first half of Murmur3 (x64, 128 bit), unsigned. It is a
 * bigint, because a number cannot hold 64 bits.
 *
 * @param bytes the key in UTF-8, one character each
 */
export function hash64(bytes: string): bigint {
  const read = (start: number) => {
    let word = 0n
    // Bytes beyond the end count as zeros.
    for (let i = start + 7; i >= start; i--) word = (word << 8n) | BigInt(bytes.charCodeAt(i) || 0)
    return word
  }
  let h1 = 0n
  let h2 = 0n
  for (let i = 0; i < bytes.length; i += 16) {
    const isBlock = i + 16 <= bytes.length
    h1 ^= rotate(read(i) * C1, 31n) * C2
    if (isBlock) h1 = (rotate(h1, 27n) + h2) * 5n + 0x52dce729n
    h2 ^= rotate(read(i + 8) * C2, 33n) * C1
    if (isBlock) h2 = (rotate(h2, 31n) + h1) * 5n + 0x38495ab5n
  }
  const length = BigInt(bytes.length)
  h2 ^= length
  h1 = (h1 ^ length) + h2
  return (mix(h1) + mix(h1 + h2)) & MASK
}
