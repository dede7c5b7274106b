import { areAttributesValid } from './validate/areAttributesValid'
import { isAttributeValid } from './validate/isAttributeValid'
import type { Attributes, AttributeValue } from '../evaluation/types'
import type { Log } from '../shared/log'

/** Attributes bound to one client, under those of a call. */
export interface BoundAttributes {
  /** A snapshot that nobody changes; undefined while none are bound. */
  all(): Attributes | undefined
  get(name: string): AttributeValue
  /** All or none. */
  set(attributes: unknown): boolean
  remove(name: string): boolean
  clear(): void
}

export function createBoundAttributes(log: Log): BoundAttributes {
  const byName = new Map<string, AttributeValue>()
  let snapshot: Attributes | undefined
  const change = () => {
    // Made on the next decision, not on each change. Own members only, also for a name such as `__proto__`.
    snapshot = undefined
    return true
  }

  return {
    all: () => (byName.size ? (snapshot ??= Object.fromEntries(byName)) : undefined),
    get: (name) => byName.get(name),
    set(attributes) {
      const entries = attributes && areAttributesValid(attributes) ? Object.entries(attributes) : [['', null]]
      const refused = entries.find(([name, value]) => !isAttributeValid(name, value))
      if (refused) {
        log.warn('attribute not bound', refused[0])
        return false
      }
      for (const [name, value] of entries) byName.set(name as string, value as AttributeValue)
      return change()
    },
    remove: (name) => byName.delete(name) && change(),
    clear() {
      byName.clear()
      change()
    },
  }
}
