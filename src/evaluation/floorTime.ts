// Beyond this, ms from 1970, the language knows no dates.
const MAX_TIME = 8.64e15

/** The start of the UTC unit (a day or a minute, in ms) that a time falls in; NaN, which equals nothing, for no time. */
export function floorTime(time: number, unit: number): number {
  const ms = Math.trunc(time)
  if (!(Math.abs(ms) <= MAX_TIME)) return NaN
  const rest = ms % unit
  return ms - rest - (rest < 0 ? unit : 0)
}
