import { stringify } from '../shared/json'
import { mergeCounts } from './counter'
import { mergeUniqueKeys } from './uniqueKeys'
import type { CountItem, ImpressionItem, UniqueKeyItem } from './types'

/** The form that the service wants of each kind of data, as the body of a post and as `entries` of a beacon. */
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

/** Removes the label, for pages that do not let labels leave them. */
export function withoutLabel({ r: _label, ...item }: ImpressionItem): ImpressionItem {
  return item
}

interface BulkGroup {
  f: string
  i: Omit<ImpressionItem, 'f'>[]
}

/** The body of `testImpressions/bulk`: grouped by flag in the order of first appearance. */
export function bulkBody(items: readonly ImpressionItem[]): BulkGroup[] {
  // An object would not do here: a flag may be named `constructor`.
  const groups = new Map<string, BulkGroup>()
  for (const { f, ...impression } of items) {
    let group = groups.get(f)
    if (!group) groups.set(f, (group = { f, i: [] }))
    group.i.push(impression)
  }
  return [...groups.values()]
}

/** A kind makes the body of its beacons by these functions. */
export interface BeaconBody<Item = never> {
  /** Makes the value of `entries` in the envelope. */
  body(items: readonly Item[]): unknown
  /** Extra members of the envelope. `mode` is the impressions mode that the items were recorded under. */
  beaconExtra?(mode: string): Record<string, string>
}

/** The way in which items of one kind travel in a beacon. */
export interface BeaconFormat<Item = never> extends BeaconBody<Item> {
  readonly beaconUrl: string
}

/** The members of a beacon's body that stand beside its entries. */
export interface Envelope {
  readonly token: string
  readonly sdk: string
}

/** Items of one kind and mode that are sent together or not at all. */
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

/** Longest body of one beacon, bytes. Two of them fit into what a page may have on its way. */
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

  const textOf = (chosen: readonly U[]) => {
    const items = chosen.flatMap((unit) => unit.items)
    try {
      return envelope ? beaconText(format, items, (chosen[0] as U).mode, envelope) : stringify(format.body(items))
    } catch {
      // Among what was found on disk is something that no text can be made of.
      return ''
    }
  }
  const add = (added: U[], text: string) => {
    const bytes = bytesOf(text)
    left -= bytes
    beacons.push({ url: format.beaconUrl, text, bytes, units: added })
  }
  const close = () => {
    if (!chunk.length) return
    const text = chunk.length > 1 ? textOf(chunk) : chunkText
    if (text) add(chunk, text)
    // An integration may make a body of each, and none of all.
    else for (const unit of chunk) add([unit], textOf([unit]))
    chunk = []
    chunkBytes = 0
  }

  for (const unit of units) {
    // The sum of these sizes is an upper bound: what units share, such as the envelope and the names of flags, is counted for each.
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

/** The body of a beacon of pennon's own. */
export function beaconText<Item>(
  format: BeaconBody<Item>,
  items: readonly Item[],
  mode: string,
  envelope: Envelope,
): string {
  return stringify({ entries: format.body(items), ...envelope, ...format.beaconExtra?.(mode) })
}

/** Size of a text on the wire, in UTF-8. */
export function bytesOf(text?: string): number {
  return new TextEncoder().encode(text).length
}

/** Items of one kind and mode that were not stored when their page went. */
export interface NotedBatch {
  readonly id: string
  readonly kind: string
  readonly mode: string
  /** The time when the first item was recorded, epoch ms. */
  readonly at: number
  /** Estimate of the size of its items on the wire. */
  readonly bytes: number
  readonly items: readonly unknown[]
  /** The batch counted as delivered for a moment: a note may call its items seen, and yet they are no repetitions. */
  readonly isRestored?: boolean
}

/** The note that a page writes as it goes, for the page that gets its lock next. */
export interface Note {
  /** Ids of batches that were handed over, and are to be deleted from disk. */
  readonly delivered: readonly string[]
  /** Ids of batches, stored or in this note, whose post was not answered yet, and when it was sent, epoch ms. */
  readonly doubtful: readonly (readonly [id: string, sentAt: number])[]
  /** The batches that are not on disk. */
  readonly batches: readonly NotedBatch[]
  /** Hashes of impressions that were handed over without ever being on disk. */
  readonly seen: readonly string[]
  /** Whether some of these batches may be on disk. A page that cannot delete them there must not send them. */
  readonly disk?: boolean
}

/** A batch as it stands in a note. The items of impressions are packed by `toColumns`. */
export type Packed = [id: string, kind: string, mode: string, at: number, bytes: number, items: unknown, isRestored?: 1]

/** The kind whose items are many, flat and alike. */
export const IMPRESSIONS = 'impressions'

/**
 * Writes a note of at most so many UTF-16 units. It takes batches from the first one on until one does not fit, and none after that,
 * because a batch may replace what the ones before it hold.
 *
 * @param texts takes up each batch as it was packed, so that a second note of the same batches need not pack them again
 * @returns the text of the note, undefined when there is nothing to say, and the batches that it does not hold
 */
export function writeNote<Batch extends NotedBatch & { readonly replaces?: readonly { readonly id: string }[] }>(
  { batches, ...rest }: Omit<Note, 'batches'> & { readonly batches: readonly Batch[] },
  most: number,
  texts = new Map<Batch, string>(),
): { text: string | undefined; left: Batch[] } {
  const delivered = [...rest.delivered]
  const parts: string[] = []
  let length = stringify(rest).length + 100
  let fit = 0
  for (const batch of batches) {
    const text = texts.get(batch) ?? stringify(pack(batch))
    texts.set(batch, text)
    if ((length += text.length + 1) > most) break
    parts.push(text)
    delivered.push(...(batch.replaces ?? []).map(({ id }) => id))
    fit++
  }
  const left = batches.slice(fit)
  const isEmpty = !parts.length && !delivered.length && !rest.doubtful.length && !rest.seen.length
  if (isEmpty) return { text: undefined, left }
  const head = stringify({ ...rest, delivered })
  return { text: `${head.slice(0, -1)},"batches":[${parts.join()}]}`, left }
}

function pack({ id, kind, mode, at, bytes, items, isRestored }: NotedBatch): Packed {
  const columns = kind === IMPRESSIONS ? [items.length, ...toColumns(items as object[])] : items
  const packed: Packed = [id, kind, mode, at, Math.round(bytes), columns]
  if (isRestored) packed.push(1)
  return packed
}

/**
 * The values of one member over a list of objects: its name, its distinct values, and which of them each object has. The
 * list of choices is left out where all objects have the same value, and where each has its own. Whole numbers are stored as
 * their distance from `base`.
 */
export type Column = [member: string, values: unknown[], choices?: number[] | 0, base?: number]

/** This stands for a member that an object does not have. No member of an impression, count or event is a list as such. */
const ABSENT: unknown[] = []

/** Packs flat objects member by member. 5,000 impressions of different flags take about 20 characters each. */
export function toColumns(items: readonly object[]): Column[] {
  const members = new Set(items.flatMap((item) => Object.keys(item)))
  return [...members].map((member) => {
    const found = new Map<unknown, number>()
    const values: unknown[] = []
    const choices = items.map((item) => {
      const value = Object.hasOwn(item, member) ? (item as Record<string, unknown>)[member] : ABSENT
      let choice = found.get(value)
      if (choice === undefined) found.set(value, (choice = values.push(value) - 1))
      return choice
    })
    const isPlain = values.length === 1 || values.length === items.length
    const base = values.every(Number.isSafeInteger) ? Math.min(...(values as number[])) : undefined
    if (base === undefined) return isPlain ? [member, values] : [member, values, choices]
    const distances = (values as number[]).map((value) => value - base)
    return [member, distances, isPlain ? 0 : choices, base]
  })
}

/** The functions that both files need: the first file hands them to the second. */
export const packing = { formats, withoutLabel, writeNote }
