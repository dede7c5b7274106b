import { stringify } from '../shared/json'
import { fromColumns, toColumns, type Column } from './columns'

/** Items of one kind and mode that a page had not stored. */
export interface NotedBatch {
  readonly id: string
  readonly kind: string
  readonly mode: string
  /** When the first item was recorded, epoch ms. */
  readonly at: number
  /** Estimate of the size of its items on the wire. */
  readonly bytes: number
  readonly items: readonly unknown[]
  /** It counted as delivered for a moment: a note may call its items seen, and they are no repetitions. */
  readonly isRestored?: boolean
}

/** What a page that goes leaves for whoever gets its lock next. */
export interface Note {
  /** Batches on disk that were handed over: to be deleted. */
  readonly delivered: readonly string[]
  /** Batches on disk or below whose post was not answered yet, and when it was sent, epoch ms. */
  readonly doubtful: readonly (readonly [id: string, sentAt: number])[]
  /** What is not on disk. */
  readonly batches: readonly NotedBatch[]
  /** Hashes of what was handed over without ever being on disk. */
  readonly seen: readonly string[]
  /** How the endpoints answered, as far as that is not on disk. */
  readonly endpoints: readonly unknown[]
}

type Packed = [id: string, kind: string, mode: string, at: number, bytes: number, items: unknown, isRestored?: 1]

/** The kind whose items are many, flat and alike. */
const IMPRESSIONS = 'impressions'

/**
 * Writes a note of at most so many UTF-16 units. Its batches are the first ones that fit: a batch deletes what the ones
 * before it replace.
 *
 * @returns its text, undefined when there is nothing to say, and the batches that did not fit
 */
export function writeNote<Batch extends NotedBatch & { readonly replaces?: readonly { readonly id: string }[] }>(
  { batches, ...rest }: Omit<Note, 'batches'> & { readonly batches: readonly Batch[] },
  most: number,
): { text: string | undefined; left: Batch[] } {
  const delivered = [...rest.delivered]
  const parts: string[] = []
  let length = stringify(rest).length + 100
  let fit = 0
  for (const batch of batches) {
    const text = stringify(pack(batch))
    if ((length += text.length + 1) > most) break
    parts.push(text)
    delivered.push(...(batch.replaces ?? []).map(({ id }) => id))
    fit++
  }
  const left = batches.slice(fit)
  const isEmpty =
    !parts.length && !delivered.length && ![rest.doubtful, rest.seen, rest.endpoints].some(({ length: some }) => some)
  if (isEmpty) return { text: undefined, left }
  const head = stringify({ ...rest, delivered })
  return { text: `${head.slice(0, -1)},"batches":[${parts.join()}]}`, left }
}

/** @returns what a note says; undefined when it cannot be read: another script may have written it */
export function readNote(text: string): Note | undefined {
  try {
    const { delivered, doubtful, batches, seen, endpoints } = JSON.parse(text) as Record<keyof Note, unknown[]>
    return {
      delivered: delivered.map(String),
      doubtful: doubtful.map((pair) => [String((pair as unknown[])[0]), Number((pair as unknown[])[1])]),
      batches: batches.map((packed) => unpack(packed as Packed)),
      seen: seen.map(String),
      endpoints,
    }
  } catch {
    return undefined
  }
}

function pack({ id, kind, mode, at, bytes, items, isRestored }: NotedBatch): Packed {
  const columns = kind === IMPRESSIONS ? [items.length, ...toColumns(items as object[])] : items
  const packed: Packed = [id, kind, mode, at, Math.round(bytes), columns]
  if (isRestored) packed.push(1)
  return packed
}

function unpack([id, kind, mode, at, bytes, packed, isRestored]: Packed): NotedBatch {
  const [count, ...columns] = packed as [number, ...Column[]]
  const items = kind === IMPRESSIONS ? fromColumns(columns, count) : (packed as unknown[])
  if (![id, kind, mode].every((text) => typeof text === 'string') || !(at > 0) || !Array.isArray(items)) throw Error()
  return { id, kind, mode, at, bytes: bytes || 0, items, ...(isRestored && { isRestored: true }) }
}
