import { HOUR_MS } from '../shared/hour'
import type { Sink } from '../shared/types'
import type { CountItem } from './types'

/**
 * The count of repetitions of one flag in one hour. The observer holds it, so that a repeated decision needs no look-up
 * here.
 */
export interface CountCell {
  readonly flag: string
  readonly hour: number
  count: number
}

export interface Counter {
  /** The cell that counts a flag in the hour of a time (epoch ms). */
  cell(flag: string, time: number): CountCell
  increment(cell: CountCell): void
  /** Hands over what was counted. A flag has two counts of one hour where the clock went back; `mergeCounts` makes them one. */
  takeCounts(): CountItem[]
}

/** Counts decisions per flag and hour. `onDirty` is called on the first count after each `takeCounts`. */
export function createCounter(onDirty: Sink['dirty']): Counter {
  // The cells are in a map, and made anew for each hour, because flag names may contain anything: a joined text would not
  // do.
  let cells = new Map<string, CountCell>()
  let cellsHour = 0
  // The observer may count in a cell even after its hour. Such counts are not lost, because the cells to be sent are listed here.
  let pending: CountCell[] = []

  return {
    cell(flag, time) {
      // The UTC hour begins where its number of ms divides evenly.
      const at = time - (time % HOUR_MS)
      if (at !== cellsHour) {
        cells = new Map()
        cellsHour = at
      }
      let cell = cells.get(flag)
      if (!cell) cells.set(flag, (cell = { flag, hour: at, count: 0 }))
      return cell
    },
    increment(cell) {
      if (cell.count++ === 0 && pending.push(cell) === 1) onDirty('counts')
    },
    takeCounts() {
      const taken = pending.map(({ flag, hour, count }) => ({ f: flag, m: hour, rc: count }))
      for (const cell of pending) cell.count = 0
      pending = []
      return taken
    },
  }
}

/** Sums counts of the same flag and hour, in the order of their first appearance. */
export function mergeCounts(items: readonly CountItem[]): CountItem[] {
  // The number comes first: whatever the flag is named, two texts are equal only where both parts are.
  const merged = new Map<string, CountItem>()
  for (const { f, m, rc } of items) {
    const known = merged.get(`${m} ${f}`)
    if (known) known.rc += rc
    else merged.set(`${m} ${f}`, { f, m, rc })
  }
  return [...merged.values()]
}
