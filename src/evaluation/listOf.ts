import { FAULT } from './faults'

/**
 * A list of a definition. An absent one is empty where that is allowed.
 *
 * @throws for anything else than a list
 */
export function listOf<Item = unknown>(value: unknown, absent?: Item[]): Item[] {
  const list = value ?? absent
  if (!Array.isArray(list)) throw FAULT
  return list as Item[]
}
