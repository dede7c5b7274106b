import type { MatcherType } from '../types'

export const DAY_MS = 86_400_000
export const MINUTE_MS = 60_000

// Beyond this, ms from 1970, the language knows no dates.
const MAX_TIME = 8.64e15

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
      const floor = (time: number) => floorTime(+new Date(time), unit)
      const first = floor(least)
      const last = floor(most)
      return (seen) => holds(floorTime(seen, unit), first, last)
    },
    words,
  }
}

/**
 * The number that a matcher of numbers or dates sees in a value: the language's own conversion, so that null, '' and [] are
 * 0 and an ISO date is no number; undefined where it never matches.
 *
 * @throws TypeError for a bigint, a symbol or an object without prototype
 */
export function toNumber(value: unknown): number | undefined {
  const number = +(value as number)
  return number === number ? number : undefined
}

/** The start of the UTC unit (a day or a minute, in ms) that a time falls in; NaN, which equals nothing, for no time. */
export function floorTime(time: number, unit: number): number {
  const ms = Math.trunc(time)
  if (!(Math.abs(ms) <= MAX_TIME)) return NaN
  const rest = ms % unit
  return ms - rest - (rest < 0 ? unit : 0)
}
