import { isPlainObject } from './isPlainObject'

/**
 * What a text matcher sees of a value; undefined where it never matches. An empty text is no text. A subject is read as
 * its matching key.
 *
 * @throws TypeError for a symbol or an object without prototype
 */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  if (value === undefined || value === null) return undefined
  // Elements that are no texts become empty ones, but keep their comma.
  if (Array.isArray(value)) return value.map((item: unknown) => (isText(item) ? item : '')).join(',') || undefined
  if (isPlainObject(value)) return value.matchingKey ? toText(value.matchingKey) : undefined
  const text = (value as string) + ''
  return text === '0' && 1 / Number(value) < 0 ? '-0' : text || undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof String
}
