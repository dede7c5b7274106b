export const HOUR_MS = 3_600_000

/** Start of the UTC hour: the period in which equal impressions are one, and counts are kept. */
export function hour(time: number): number {
  return time - (time % HOUR_MS)
}
