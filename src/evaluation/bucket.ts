import { FAULT } from './matchers/listOf'

const NOT_ASCII = /[\x80-\uffff]/

/** Murmur3 (x86, 32 bit) of the UTF-8 bytes of a text, unsigned. The seed is taken as an unsigned 32-bit number. */
export function hash32(text: string, seed: number): number {
  const bytes = NOT_ASCII.test(text) ? utf8(text) : text
  const { length } = bytes
  let hash = seed
  let word = 0
  for (let i = 0; i < length;) {
    // The language takes a shift modulo 32, so that this is the byte's place in its word.
    word |= bytes.charCodeAt(i) << (i * 8)
    const isWordFull = ++i % 4 === 0
    if (!isWordFull && i < length) continue
    hash ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)
    if (isWordFull) hash = Math.imul(rotate(hash, 13), 5) + 0xe6546b64
    word = 0
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * Where a key falls in the hundred buckets that percentages are made of, 1 to 100.
 *
 * @throws TypeError for a key that is no text, which an attribute may be that takes a key's place: as the official SDK does
 */
export function bucket(key: string, seed: number): number {
  if (typeof key !== 'string') throw FAULT
  return (hash32(key, seed) % 100) + 1
}

/** The UTF-8 bytes of a text, one character each. A lone surrogate becomes three bytes, as any other unit of its size. */
export function utf8(text: string): string {
  let bytes = ''
  for (const character of text) {
    const code = character.codePointAt(0) as number
    const more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
    bytes += more ? String.fromCharCode(((0xf80 >> more) & 0xff) | (code >> (6 * more))) : character
    for (let rest = more; rest-- > 0;) bytes += String.fromCharCode(0x80 | ((code >> (6 * rest)) & 0x3f))
  }
  return bytes
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
