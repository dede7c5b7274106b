import { FAULT } from './faults'

/**
 * A list of a definition. An absent one is empty.
 *
 * @throws for anything else than a list
 */
export function listOf(value: unknown): unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw FAULT
  return value as unknown[]
}
