import { stringify } from '../shared/json'

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
