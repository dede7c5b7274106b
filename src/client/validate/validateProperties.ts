import { isPlainObject } from '../../evaluation/isPlainObject'

export type ValidProperties = Record<string, string | number | boolean | null>

// Bytes as the service estimates them.
const MAX_SIZE = 32 * 1024
const BASE_SIZE = 1024

/** Properties of an impression, values that cannot travel made null; undefined when there are none or they are too big. */
export function validateProperties(properties: unknown): ValidProperties | undefined {
  try {
    return isPlainObject(properties) ? validate(properties) : undefined
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}

function validate(properties: Record<string, unknown>): ValidProperties | undefined {
  let size = BASE_SIZE
  const entries = Object.entries(properties).map(([name, value]) => {
    size += 2 * name.length
    if (typeof value === 'string') size += 2 * value.length
    else if (Number.isFinite(value)) size += 8
    else if (typeof value === 'boolean') size += 4
    else return [name, null] as const
    return [name, value as string | number | boolean] as const
  })
  // `fromEntries` makes own members, whatever their names.
  return entries.length > 0 && size <= MAX_SIZE ? Object.fromEntries(entries) : undefined
}
