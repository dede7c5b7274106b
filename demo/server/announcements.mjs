// @ts-check
import { deflateSync, gzipSync } from 'node:zlib'
import { hash64 } from './hash64.mjs'

/**
 * @typedef {import('./createServer.mjs').Compression} Compression
 * @typedef {import('./createServer.mjs').Definition} Definition
 * @typedef {import('./createServer.mjs').MembershipStrategy} MembershipStrategy
 */

/** By their number on the wire. @type {Compression[]} */
const compressions = ['none', 'gzip', 'zlib']

/**
 * A payload as messages carry it.
 *
 * @param {Uint8Array | string} bytes a text is sent as UTF-8
 * @param {Compression} compression
 */
export function encodePayload(bytes, compression) {
  const raw = Buffer.from(/** @type {string} */ (bytes))
  const packed = compression === 'gzip' ? gzipSync(raw) : compression === 'zlib' ? deflateSync(raw) : raw
  return { c: compressions.indexOf(compression), d: packed.toString('base64') }
}

/**
 * The message of a change of definitions: with the definition where only one changed, otherwise everybody has to fetch.
 *
 * @param {'SPLIT_UPDATE' | 'RB_SEGMENT_UPDATE'} type
 * @param {{ from: number, t: number, changed: Definition[] }} change
 * @param {Compression | undefined} compression undefined: without the definition
 */
export function definitionUpdate(type, { from, t, changed }, compression) {
  const message = { type, changeNumber: t }
  if (changed.length !== 1 || !compression) return message
  return { ...message, pcn: from, ...encodePayload(JSON.stringify(changed[0]), compression) }
}

/**
 * A set of keys as a bitmap. Smaller ones also name keys that are not meant.
 *
 * @param {readonly string[]} keys
 * @param {number} bytes
 */
export function bitmapOf(keys, bytes) {
  const bitmap = new Uint8Array(bytes)
  for (const key of keys) {
    const index = Number(BigInt.asUintN(32, hash64(key)) % BigInt(bytes * 8))
    bitmap[index >> 3] = /** @type {number} */ (bitmap[index >> 3]) | (1 << (index & 7))
  }
  return bitmap
}

/**
 * Keys that came and went, as text: JavaScript's numbers do not hold 64 bits.
 *
 * @param {readonly string[]} added
 * @param {readonly string[]} removed
 */
export function keyListOf(added, removed) {
  const list = (/** @type {readonly string[]} */ keys) => `[${keys.map(hash64).join()}]`
  return `{"a":${list(added)},"r":${list(removed)}}`
}

/**
 * @typedef {object} SegmentChange
 * @property {string} name
 * @property {string[]} added keys
 * @property {string[]} removed keys
 * @property {boolean} isGone nobody is in it any more
 */

/**
 * The messages of a change of memberships, of one kind. Key lists and removals speak of one segment each and change the number
 * themselves, so each has its own: the last one is what the service answers from now on.
 *
 * @param {'MEMBERSHIPS_MS_UPDATE' | 'MEMBERSHIPS_LS_UPDATE'} type
 * @param {SegmentChange[]} changes
 * @param {object} how
 * @param {number} how.cn
 * @param {MembershipStrategy} how.strategy
 * @param {Exclude<Compression, 'none'>} how.compression
 * @param {number} how.spreadMs over which the keys' fetches are spread
 */
export function membershipUpdates(type, changes, { cn, strategy, compression, spreadMs }) {
  const n = changes.map(({ name }) => name)
  // Without an interval there is no delay.
  const wait = spreadMs > 0 ? { i: spreadMs, h: 1, s: 0 } : { h: 0 }
  const unbounded = { type, cn, n, u: 0, c: 0, d: '', ...wait }
  if (strategy === 'unbounded' || changes.length === 0) return [unbounded]
  if (strategy === 'bounded') {
    const keys = changes.flatMap(({ added, removed }) => [...added, ...removed])
    return [{ ...unbounded, u: 1, ...encodePayload(bitmapOf(keys, 1024), compression) }]
  }
  return changes.map(({ name, added, removed, isGone }, index) => {
    const message = { type, cn: cn - changes.length + 1 + index, n: [name], c: 0, d: '' }
    return isGone && strategy === 'removal'
      ? { ...message, u: 3 }
      : { ...message, u: 2, ...encodePayload(keyListOf(added, removed), compression) }
  })
}
