import { createHash } from 'node:crypto'

/** An id of the service's form that stays the same from start to start. */
export function idOf(text: string) {
  const hex = createHash('sha256').update(text).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
