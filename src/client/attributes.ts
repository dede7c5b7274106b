import { isPlainObject } from '../shared/isPlainObject'
import { isAttributeValid } from './validation'
import type { Attributes, AttributeValue } from '../evaluation/types'
import type { Log } from '../shared/log'

/** The attributes bound to one client. The attributes of a call win over them. */
export interface BoundAttributes {
  /** A snapshot that nobody changes; undefined while none are bound. It is a plain member because every decision reads it. */
  readonly all: Attributes | undefined
  get(name: string): AttributeValue
  /** Binds all of them or none. */
  set(attributes: unknown): boolean
  remove(name: string): boolean
  clear(): void
}

export function createBoundAttributes(log: Log): BoundAttributes {
  const byName = new Map<string, AttributeValue>()
  const change = () => {
    // `fromEntries` makes an own member even of a name such as `__proto__`.
    bound.all = byName.size ? Object.fromEntries(byName) : undefined
    return true
  }

  const bound = {
    all: undefined as Attributes | undefined,
    get: (name: string) => byName.get(name),
    set(attributes: unknown) {
      let refused: string | undefined = ''
      try {
        const entries = isPlainObject(attributes) ? Object.entries(attributes) : [['', null] as const]
        refused = entries.find(([name, value]) => !isAttributeValid(name, value))?.[0]
        if (refused === undefined) {
          for (const [name, value] of entries) byName.set(name, value as AttributeValue)
          return change()
        }
      } catch {
        // A getter or a proxy may throw.
      }
      log.warn('attribute not bound', refused)
      return false
    },
    remove: (name: string) => byName.delete(name) && change(),
    clear() {
      byName.clear()
      change()
    },
  }
  return bound
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
    // A getter or a proxy may throw. The call's attributes are passed on as they are: a rule that reads the broken one then makes the
    // decision `exception`.
    return attributes ?? undefined
  }
}
