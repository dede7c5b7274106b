import { stringify } from '../shared/json'

/** How items of one kind travel in a beacon. */
export interface BeaconFormat<Item = never> {
  readonly beaconUrl: string
  /** What `entries` is in the envelope. */
  body(items: readonly Item[]): unknown
  /** Extra members of the envelope. `mode` is the impressions mode that the items were recorded under. */
  beaconExtra?(mode: string): Record<string, string>
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
  envelope: { token: string; sdk: string } | undefined,
): Beaconed<U>[] {
  const beacons: Beaconed<U>[] = []
  let left = room
  let chunk: U[] = []
  let chunkBytes = 0

  const textOf = (chosen: readonly U[]) => {
    const entries = format.body(chosen.flatMap(({ items }) => items))
    const mode = chosen[0]?.mode ?? ''
    return stringify(envelope ? { entries, ...envelope, ...format.beaconExtra?.(mode) } : entries) ?? ''
  }
  const close = () => {
    if (!chunk.length) return
    const text = textOf(chunk)
    const bytes = bytesOf(text)
    left -= bytes
    beacons.push({ url: format.beaconUrl, text, bytes, units: chunk })
    chunk = []
    chunkBytes = 0
  }

  for (const unit of units) {
    // A bound: what units have in common, such as the envelope and the names of flags, is counted for each.
    const bytes = bytesOf(textOf([unit]))
    if (!bytes || bytes > CHUNK_BYTES) continue
    if (chunk[0] && (chunkBytes + bytes > CHUNK_BYTES || chunk[0].mode !== unit.mode)) close()
    if (chunkBytes + bytes > left) continue
    chunk.push(unit)
    chunkBytes += bytes
  }
  close()
  return beacons
}

/** Size of a text on the wire. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length
}
