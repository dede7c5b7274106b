/** The median of the values that are known; undefined when there is none. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined && !Number.isNaN(value)) as number[]
  return known.sort((a, b) => a - b)[known.length >> 1]
}
