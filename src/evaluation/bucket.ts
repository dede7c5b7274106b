import murmur3 from 'murmurhash-js/murmurhash3_gc.js'
import { FAULT } from './matchers/listOf'

const NOT_ASCII = /[\x80-\uffff]/

/** Murmur3 (x86, 32 bit) of the UTF-8 bytes of a text, unsigned. The seed is taken as an unsigned 32-bit number. */
export function hash32(text: string, seed: number): number {
  return murmur3(NOT_ASCII.test(text) ? utf8(text) : text, seed >>> 0)
}

/**
 * The bucket of a key: one of the hundred that percentages are made of, 1 to 100.
 *
 * @throws TypeError for a key that is no text, as the official SDK does: an attribute that takes the key's place may be anything
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
