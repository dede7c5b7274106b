import { arrayOf } from '../shared/arrayOf'
import { FLAG_SET } from '../shared/flagSet'
import { isPlainObject } from '../shared/isPlainObject'
import type { Log } from '../shared/log'

/** Properties that can travel with an impression or an event. */
export type ValidProperties = Record<string, string | number | boolean | null>

const SPACE = 0x20
const DELETE = 0x7f
/** The most that properties may weigh, and what empty ones weigh, in bytes as the service estimates them. */
const MAX_PROPERTIES_SIZE = 32 * 1024
const BASE_PROPERTIES_SIZE = 1024

/** @returns the flag name without spaces around it; undefined when nothing is left, or it is no text */
export function validateFlagName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  // Almost every name is tidy, and looking at both ends is cheaper than trimming.
  return isTidy(name.charCodeAt(0)) && isTidy(name.charCodeAt(name.length - 1)) ? name : name.trim() || undefined
}

/** @returns the flag names of a list, each once, without those that are no names */
export function validateFlagNames(names: unknown): string[] {
  try {
    return [...new Set(arrayOf(names).map(validateFlagName))].filter((name) => name !== undefined)
  } catch {
    // A getter or a proxy may throw.
    return []
  }
}

/** @returns the flag sets of a list, in lower case, each once, without those that are no sets or were not configured */
export function validateFlagSets(sets: unknown, configured?: ReadonlySet<string>): string[] {
  const names = new Set(validateFlagNames(sets).map((name) => name.toLowerCase()))
  return [...names].filter((name) => FLAG_SET.test(name) && (!configured || configured.has(name)))
}

/** Whether attributes are absent or a plain object. Their values are not looked at: matchers read what they need. */
export function areAttributesValid(attributes: unknown): boolean {
  try {
    return attributes == null || isPlainObject(attributes)
  } catch {
    // A proxy may refuse even to say what it is.
    return false
  }
}

/** Whether an attribute may be bound to a client. */
export function isAttributeValid(name: string, value: unknown): boolean {
  return !!name && (/^(string|boolean)$/.test(typeof value) || Number.isFinite(value) || Array.isArray(value))
}

/**
 * The properties of an impression or an event. A value that cannot travel is made null, with one log line.
 *
 * @returns undefined when they are no plain object, or too big
 */
export function validateProperties(properties: unknown, log: Pick<Log, 'once'>): ValidProperties | undefined {
  try {
    if (!isPlainObject(properties)) return undefined
    let size = BASE_PROPERTIES_SIZE
    const entries = Object.entries(properties).map(([name, value]) => {
      size += 2 * name.length
      if (typeof value === 'string') size += 2 * value.length
      else if (Number.isFinite(value)) size += 8
      else if (typeof value === 'boolean') size += 4
      else {
        if (value !== null) log.once('warn', 'property', 'property sent as null', name)
        return [name, null] as const
      }
      return [name, value as string | number | boolean] as const
    })
    // `fromEntries` makes own members, whatever their names.
    return size <= MAX_PROPERTIES_SIZE ? Object.fromEntries(entries) : undefined
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}

function isTidy(code: number): boolean {
  return code > SPACE && code < DELETE
}
