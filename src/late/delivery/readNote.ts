import { IMPRESSIONS, type Column, type Note, type Packed } from '../../impressions/packing'
import { arrayOf } from '../../shared/arrayOf'
import { isAmount, isText, toBatch, type Batch } from './batch'

/** Most impressions of one note, which can say in few letters that there are many alike. More would keep the page busy for long. */
const MOST_ROWS = 100_000

/** @returns what a note says, without what is damaged, as another script may have written it. What cannot be read may be on disk */
export function readNote(text: string | undefined): Note {
  let room = MOST_ROWS
  const unpack = (packed: unknown): Batch[] => {
    try {
      const [id, kind, mode, at, bytes, content, isRestored] = packed as Packed
      const [count, ...columns] = content as [number, ...Column[]]
      const rows = kind === IMPRESSIONS ? count : 0
      if (!isAmount(rows, room)) return []
      room -= rows
      const items = rows ? fromColumns(columns, rows) : content
      return toBatch({ id, kind, mode, at, bytes, items, isRestored: isRestored && true })
    } catch {
      return []
    }
  }
  let note: { [Member in keyof Note]?: unknown } = { disk: true }
  try {
    note = (JSON.parse(text!) as typeof note | null) ?? note
  } catch {
    // Nothing can be read.
  }
  return {
    delivered: arrayOf(note.delivered).filter(isText),
    doubtful: arrayOf<[string, number]>(note.doubtful).filter((pair) => isAmount(arrayOf(pair)[1])),
    batches: arrayOf(note.batches).flatMap(unpack),
    seen: arrayOf(note.seen).filter(isText),
    disk: !!note.disk,
  }
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
