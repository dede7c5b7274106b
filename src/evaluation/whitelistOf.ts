import { FAULT } from './faults'
import type { MatcherDefinition } from './definition'

/**
 * The list of a matcher that has one. Elements that are no texts equal no text.
 *
 * @throws when there is none
 */
export function whitelistOf(definition: MatcherDefinition): string[] {
  const list = definition.whitelistMatcherData?.whitelist
  if (!Array.isArray(list)) throw FAULT
  return list as string[]
}
