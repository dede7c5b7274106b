import { isPlainObject } from '../shared/isPlainObject'
import type { Log } from '../shared/log'

export type ValidProperties = Record<string, string | number | boolean | null>

// Bytes as the service estimates them.
const MAX_SIZE = 32 * 1024
const BASE_SIZE = 1024

/**
 * Properties of an impression or an event, values that cannot travel made null, with one log line; undefined when they are
 * no plain object, or too big.
 */
export function validateProperties(properties: unknown, log: Pick<Log, 'once'>): ValidProperties | undefined {
  try {
    return isPlainObject(properties) ? validate(properties, log) : undefined
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}

function validate(properties: Record<string, unknown>, log: Pick<Log, 'once'>): ValidProperties | undefined {
  let size = BASE_SIZE
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
  return size <= MAX_SIZE ? Object.fromEntries(entries) : undefined
}
