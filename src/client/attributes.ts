import { isPlainObject } from '../shared/isPlainObject'
import type { Attributes, AttributeValue } from '../evaluation/types'
import type { Log } from '../shared/log'

/** The attributes bound to one client. Those of a call win over them. */
export interface BoundAttributes {
  /** @returns a snapshot that nobody changes; undefined while none are bound */
  all(): Attributes | undefined
  get(name: string): AttributeValue
  /** Binds all of them or none. */
  set(attributes: unknown): boolean
  remove(name: string): boolean
  clear(): void
}

export function createBoundAttributes(log: Log): BoundAttributes {
  const byName = new Map<string, AttributeValue>()
  let snapshot: Attributes | undefined
  const change = () => {
    // The next decision makes a new snapshot, not each change.
    snapshot = undefined
    return true
  }

  return {
    // `fromEntries` makes own members, also of a name such as `__proto__`.
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

/** Whether attributes are absent or a plain object. Their values are not looked at: matchers read what they need. */
export function areAttributesValid(attributes: unknown): boolean {
  if (attributes === undefined || attributes === null) return true
  try {
    return isPlainObject(attributes)
  } catch {
    // A proxy may refuse even to say what it is.
    return false
  }
}

/** Whether an attribute may be bound to a client. */
export function isAttributeValid(name: unknown, value: unknown): boolean {
  if (typeof name !== 'string' || name === '') return false
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value) || Array.isArray(value)
}

/** @returns the attributes of the call over those bound to the client, without a copy where none are bound */
export function mergeAttributes(
  bound: Attributes | undefined,
  attributes: Attributes | undefined | null,
): Attributes | undefined {
  if (!bound) return attributes ?? undefined
  try {
    return { ...bound, ...attributes }
  } catch {
    // An object that throws when it is looked at goes on as it is: a rule that asks for it says so in its label.
    return attributes ?? undefined
  }
}
