const format = new Intl.NumberFormat('en')

/** A number as people read it: `120,000`. */
export const amount = (count: number) => format.format(count)

/** A number and what it counts: `1 row`, `2 rows`. */
export const counted = (count: number, one: string, many = `${one}s`) => `${amount(count)} ${count === 1 ? one : many}`
