/**
 * The wall clock, epoch ms: the only place that reads it. With Datejs on the page `Date.now()` is a `Date`; where a script made it
 * something that is no number, the constructor is asked, because what counts by hours must not get `NaN`.
 */
export function now(): number {
  return +Date.now() || +new Date()
}
