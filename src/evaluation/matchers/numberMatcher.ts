import { floorTime } from '../floorTime'
import { toNumber } from '../toNumber'
import type { MatcherType } from '../matcher'

export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

/**
 * A matcher that compares a number with one or two others. Dates, which the user gives in ms, are compared by the UTC unit
 * that they fall in.
 */
export function numberMatcher(
  data: 'unaryNumericMatcherData' | 'betweenMatcherData',
  unit: number,
  words: string,
  holds: (value: number, least: number, most: number) => boolean,
): MatcherType<number> {
  return {
    data,
    isDataNeeded: true,
    read: toNumber,
    build: ({ dataType, value, start = value, end }) => {
      const [least, most] = [start, end] as [number, number]
      if (dataType !== 'DATETIME') return (seen) => holds(seen, least, most)
      const floor = (time: number) => floorTime(new Date(time).getTime(), unit)
      const first = floor(least)
      const last = floor(most)
      return (seen) => holds(floorTime(seen, unit), first, last)
    },
    words,
  }
}
