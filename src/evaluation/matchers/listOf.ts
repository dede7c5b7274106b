/**
 * The error for data that a definition cannot mean. It is made once: a stack trace for each would make broken definitions
 * slow.
 */
export const FAULT = new TypeError('broken definition')

/** @throws FAULT for anything else than a list */
export function listOf<Item = unknown>(value: unknown): Item[] {
  if (!Array.isArray(value)) throw FAULT
  return value as Item[]
}
