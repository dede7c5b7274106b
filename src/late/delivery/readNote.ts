import { IMPRESSIONS, type Column, type Note, type NotedBatch, type Packed } from '../../impressions/packing'

/** @returns what a note says; undefined when it cannot be read, as another script may have written it */
export function readNote(text = ''): Note | undefined {
  try {
    const { delivered, doubtful, batches, seen, disk } = JSON.parse(text) as Record<keyof Note, unknown[]>
    return {
      delivered: delivered.map(String),
      doubtful: doubtful.map((pair) => [String((pair as unknown[])[0]), Number((pair as unknown[])[1])]),
      batches: batches.map((packed) => unpack(packed as Packed)),
      seen: seen.map(String),
      disk: !!disk,
    }
  } catch {
    return undefined
  }
}

function unpack([id, kind, mode, at, bytes, packed, isRestored]: Packed): NotedBatch {
  const [count, ...columns] = packed as [number, ...Column[]]
  const items = kind === IMPRESSIONS ? fromColumns(columns, count) : (packed as unknown[])
  if (![id, kind, mode].every((text) => typeof text === 'string') || !(at > 0) || !Array.isArray(items)) throw Error()
  return { id, kind, mode, at, bytes: bytes || 0, items, ...(isRestored && { isRestored: true }) }
}

/** Undoes `toColumns`. */
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
