import { isPlainObject } from '../../shared/isPlainObject'

/**
 * The text that a matcher sees in a value; undefined where it never matches. An empty text is no text. A subject is read as
 * its matching key, and any other plain object with a member of that name likewise.
 *
 * @throws TypeError for a symbol or an object without prototype
 */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value || undefined
  const seen = isPlainObject(value) ? value.matchingKey || undefined : value
  if (seen === undefined || seen === null) return undefined
  // Elements that are no texts become empty ones, but keep their comma.
  if (Array.isArray(seen)) return seen.map((item: unknown) => (isText(item) ? item : '')).join(',') || undefined
  const text = (seen as string) + ''
  return text === '0' && 1 / Number(seen) < 0 ? '-0' : text || undefined
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || value instanceof String
}
