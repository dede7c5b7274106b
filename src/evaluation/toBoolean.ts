import { FAULT } from './faults'

/** What a boolean matcher sees of a value; undefined where it never matches. Nothing is trimmed, 0 and 1 are no booleans. */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    const text = value.toLowerCase()
    return text === 'true' ? true : text === 'false' ? false : undefined
  }
  // The official SDK fails on it as well: it has no text to compare.
  if (value && Object.getPrototypeOf(value) === null) throw FAULT
  return undefined
}
