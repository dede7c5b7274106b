import { stringify } from '../shared/json'
import { mergeCounts } from './counter'
import { writeNote } from './note'
import { mergeUniqueKeys } from './uniqueKeys'
import type { CountItem, ImpressionItem, UniqueKeyItem } from './types'

/** How each kind of data travels: what the service wants as the body of a post, and as `entries` of a beacon. */
export const formats = {
  impressions: {
    body: (items: readonly ImpressionItem[]): unknown => bulkBody(items),
    beaconExtra: (mode: string) => ({ sim: mode }),
  },
  counts: { body: (items: readonly CountItem[]): unknown => ({ pf: mergeCounts(items) }), merge: mergeCounts },
  uniqueKeys: {
    body: (items: readonly UniqueKeyItem[]): unknown => ({ keys: mergeUniqueKeys(items) }),
    merge: mergeUniqueKeys,
  },
  events: { body: (items: readonly unknown[]): unknown => items },
}

/** Takes off the label, where labels must not leave the page. */
export function withoutLabel({ r: _label, ...item }: ImpressionItem): ImpressionItem {
  return item
}

interface BulkGroup {
  f: string
  i: Omit<ImpressionItem, 'f'>[]
}

/** The body of `testImpressions/bulk`: grouped by flag in the order of first appearance. */
export function bulkBody(items: readonly ImpressionItem[]): BulkGroup[] {
  // A Map: a flag may be named `constructor`.
  const groups = new Map<string, BulkGroup>()
  for (const { f, ...impression } of items) {
    let group = groups.get(f)
    if (!group) groups.set(f, (group = { f, i: [] }))
    group.i.push(impression)
  }
  return [...groups.values()]
}

/** How items of one kind travel in a beacon. */
export interface BeaconFormat<Item = never> {
  readonly beaconUrl: string
  /** Makes the value of `entries` in the envelope. */
  body(items: readonly Item[]): unknown
  /** Extra members of the envelope. `mode` is the impressions mode that the items were recorded under. */
  beaconExtra?(mode: string): Record<string, string>
}

/** The members of a beacon's body that stand beside its entries. */
export interface Envelope {
  readonly token: string
  readonly sdk: string
}

/** Items of one kind and mode that go together or not at all. */
export interface Unit<Item = unknown> {
  readonly mode: string
  readonly items: readonly Item[]
}

/** One beacon, and the units that it carries. */
export interface Beaconed<U> {
  readonly url: string
  readonly text: string
  readonly bytes: number
  readonly units: readonly U[]
}

/** Longest body of one beacon, bytes, so that one more of another kind fits beside it. */
const CHUNK_BYTES = 30 * 1024
/** Most that beacons and keepalive requests of a page may carry at a time, bytes, in Chromium and WebKit. */
export const KEEPALIVE_BYTES = 65_536

/**
 * Packs units of one kind into as few beacons as possible, in their order. A unit that fits into no beacon, or not into the
 * room that is left, stays out.
 *
 * @param envelope what every beacon of pennon says beside its entries; undefined for the beacons of an integration
 */
export function packBeacons<Item, U extends Unit<Item>>(
  format: BeaconFormat<Item>,
  units: readonly U[],
  room: number,
  envelope: Envelope | undefined,
): Beaconed<U>[] {
  const beacons: Beaconed<U>[] = []
  let left = room
  let chunk: U[] = []
  let chunkText = ''
  let chunkBytes = 0

  const textOf = (chosen: readonly U[]) =>
    beaconText(
      format,
      chosen.flatMap(({ items }) => items),
      chosen[0]?.mode ?? '',
      envelope,
    )
  const close = () => {
    if (!chunk.length) return
    const text = chunk.length > 1 ? textOf(chunk) : chunkText
    const bytes = bytesOf(text)
    left -= bytes
    beacons.push({ url: format.beaconUrl, text, bytes, units: chunk })
    chunk = []
    chunkBytes = 0
  }

  for (const unit of units) {
    // A bound: what units have in common, such as the envelope and the names of flags, is counted for each.
    const text = textOf([unit])
    const bytes = bytesOf(text)
    if (!bytes || bytes > CHUNK_BYTES) continue
    if (chunk[0] && (chunkBytes + bytes > CHUNK_BYTES || chunk[0].mode !== unit.mode)) close()
    if (chunkBytes + bytes > left) continue
    chunk.push(unit)
    chunkText = text
    chunkBytes += bytes
  }
  close()
  return beacons
}

/** @param envelope undefined for the beacons of an integration */
export function beaconText<Item>(
  format: BeaconFormat<Item>,
  items: readonly Item[],
  mode: string,
  envelope: Envelope | undefined,
): string {
  const entries = format.body(items)
  return stringify(envelope ? { entries, ...envelope, ...format.beaconExtra?.(mode) } : entries) ?? ''
}

/** Size of a text on the wire. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}

/** The part of this that both files need: the first one hands it to the second. */
export const packing = { formats, withoutLabel, writeNote }
