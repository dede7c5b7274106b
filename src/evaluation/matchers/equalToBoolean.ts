import { FAULT } from './listOf'
import type { MatcherType } from '../types'

/** Matches the same boolean. */
export const equalToBoolean: MatcherType<boolean> = {
  data: 'booleanMatcherData',
  read: toBoolean,
  build: (data) => (value) => value === (data as unknown),
  words: 'is',
}

/**
 * The boolean that the matcher sees in a value; undefined where it never matches. Nothing is trimmed, and 0 and 1 are no
 * booleans.
 */
export function toBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    const text = value.toLowerCase()
    return text === 'true' ? true : text === 'false' ? false : undefined
  }
  // The official SDK fails on an object without prototype as well: it has no text to compare.
  if (value && Object.getPrototypeOf(value) === null) throw FAULT
  return undefined
}
