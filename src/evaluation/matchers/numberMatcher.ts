import { floorTime } from '../floorTime'
import { toNumber } from '../toNumber'
import type { MatcherType } from '../matcher'

export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

interface Data {
  dataType?: unknown
  /** Of the matchers with one number. */
  value?: number
  start?: number
  end?: number
}

/**
 * A matcher that compares a number with one or two others. Dates, which the user gives in ms, are compared by the UTC unit
 * that they fall in.
 */
export function numberMatcher(
  needs: NonNullable<MatcherType<number>['needs']>,
  unit: number,
  holds: (value: number, least: number, most: number) => boolean,
  words: (least: string, most: string) => string,
): MatcherType<number> {
  const bounds = (definition: Record<typeof needs, Data>) => {
    const { dataType, value, start = value, end } = definition[needs]
    return { isDate: dataType === 'DATETIME', least: start as number, most: end as number }
  }
  return {
    needs,
    read: toNumber,
    build: (definition) => {
      const { isDate, least, most } = bounds(definition as Record<typeof needs, Data>)
      if (!isDate) return (value) => holds(value, least, most)
      const first = floorTime(new Date(least).getTime(), unit)
      const last = floorTime(new Date(most).getTime(), unit)
      return (value) => holds(floorTime(value, unit), first, last)
    },
    words: (definition) => {
      const { isDate, least, most } = bounds(definition as Record<typeof needs, Data>)
      const shown = (value: number) =>
        !isDate || value === undefined
          ? String(value)
          : new Date(floorTime(value, unit)).toISOString().slice(0, unit === DAY_MS ? 10 : 16)
      return words(shown(least), shown(most))
    },
  }
}
