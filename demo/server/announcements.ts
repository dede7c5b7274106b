import { deflateSync, gzipSync } from 'node:zlib'
import { hash64 } from './hash64'
import type { Compression, Definition, MembershipStrategy } from './types'

/** The numbers of the compressions on the wire. */
const compressions: Compression[] = ['none', 'gzip', 'zlib']

/**
 * A payload as messages carry it.
 *
 * @param bytes a text is sent as UTF-8
 */
export function encodePayload(bytes: Uint8Array | string, compression: Compression) {
  const raw = Buffer.from(bytes as string)
  const packed = compression === 'gzip' ? gzipSync(raw) : compression === 'zlib' ? deflateSync(raw) : raw
  return { c: compressions.indexOf(compression), d: packed.toString('base64') }
}

/**
 * The message of a change of definitions: with the definition where only one changed, otherwise everybody has to fetch.
 *
 * @param compression undefined: without the definition
 */
export function definitionUpdate(
  type: 'SPLIT_UPDATE' | 'RB_SEGMENT_UPDATE',
  { from, t, changed }: { from: number; t: number; changed: Definition[] },
  compression: Compression | undefined,
) {
  const message = { type, changeNumber: t }
  if (changed.length !== 1 || !compression) return message
  return { ...message, pcn: from, ...encodePayload(JSON.stringify(changed[0]), compression) }
}

/** A set of keys as a bitmap. Smaller ones also name keys that are not meant. */
export function bitmapOf(keys: readonly string[], bytes: number) {
  const bitmap = new Uint8Array(bytes)
  for (const key of keys) {
    const index = Number(BigInt.asUintN(32, hash64(key)) % BigInt(bytes * 8))
    bitmap[index >> 3] = (bitmap[index >> 3] as number) | (1 << (index & 7))
  }
  return bitmap
}

/** Keys that came and went, as text: JavaScript's numbers do not hold 64 bits. */
function keyListOf(added: readonly string[], removed: readonly string[]) {
  const list = (keys: readonly string[]) => `[${keys.map(hash64).join()}]`
  return `{"a":${list(added)},"r":${list(removed)}}`
}

/** The keys that came into a segment, and those that went. */
export interface SegmentChange {
  name: string
  /** Keys. */
  added: string[]
  removed: string[]
  /** Nobody is in it any more. */
  isGone: boolean
}
/**
 * The messages of a change of memberships, of one kind. Key lists and removals speak of one segment each and change the number
 * themselves, so each has its own: the last one is what the service answers from now on.
 *
 * @param how.spreadMs over which the keys' fetches are spread
 */
export function membershipUpdates(
  type: 'MEMBERSHIPS_MS_UPDATE' | 'MEMBERSHIPS_LS_UPDATE',
  changes: SegmentChange[],
  {
    cn,
    strategy,
    compression,
    spreadMs,
  }: { cn: number; strategy: MembershipStrategy; compression: Exclude<Compression, 'none'>; spreadMs: number },
) {
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
