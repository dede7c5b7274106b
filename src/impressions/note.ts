import { stringify } from '../shared/json'

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

/**
 * The values of one member over a list of objects: its name, its distinct values, and which of them each object has. The
 * list of choices is left out where all objects have the same value, and where each has its own. Whole numbers are stored as
 * their distance from `base`.
 */
export type Column = [member: string, values: unknown[], choices?: number[] | 0, base?: number]

/** Stands for a member that an object does not have. No member of an impression, count or event is a list as such. */
const ABSENT: unknown[] = []

/** Packs flat objects member by member: 5,000 impressions of different flags take about 20 characters each. */
export function toColumns(items: readonly object[]): Column[] {
  const members = new Set(items.flatMap((item) => Object.keys(item)))
  return [...members].map((member) => {
    const found = new Map<string, number>()
    const values: unknown[] = []
    const choices = items.map((item) => {
      const value = Object.hasOwn(item, member) ? (item as Record<string, unknown>)[member] : ABSENT
      const text = stringify(value)
      let choice = found.get(text)
      if (choice === undefined) found.set(text, (choice = values.push(value) - 1))
      return choice
    })
    const isPlain = values.length === 1 || values.length === items.length
    const base = values.every(Number.isSafeInteger) ? Math.min(...(values as number[])) : undefined
    if (base === undefined) return isPlain ? [member, values] : [member, values, choices]
    const distances = (values as number[]).map((value) => value - base)
    return [member, distances, isPlain ? 0 : choices, base]
  })
}

/** @returns the objects that `toColumns` packed */
export function fromColumns(columns: readonly Column[], count: number): Record<string, unknown>[] {
  return [...Array(count).keys()].map((n) => {
    const item: Record<string, unknown> = {}
    for (const [member, values, choices, base] of columns) {
      const value = values[choices ? (choices[n] as number) : values.length === 1 ? 0 : n]
      if (!Array.isArray(value)) item[member] = base === undefined ? value : base + (value as number)
    }
    return item
  })
}
