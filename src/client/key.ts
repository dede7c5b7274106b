import { isPlainObject } from '../shared/isPlainObject'

// The service takes no longer ones.
const MAX_LENGTH = 250

export interface ValidKey {
  readonly matchingKey: string
  /** Undefined: the application gave none, and the key buckets by itself. */
  readonly bucketingKey: string | undefined
}

/** A key as the application may give it, made a text; undefined when it is none. */
export function validateKey(key: unknown): ValidKey | undefined {
  try {
    if (!isPlainObject(key)) {
      const matchingKey = validatePart(key)
      return matchingKey === undefined ? undefined : { matchingKey, bucketingKey: undefined }
    }
    const matchingKey = validatePart(key.matchingKey)
    const bucketingKey = validatePart(key.bucketingKey)
    // A pair of which one is wrong is no key at all: bucketing by the other would change treatments unnoticed.
    return matchingKey === undefined || bucketingKey === undefined ? undefined : { matchingKey, bucketingKey }
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}

function validatePart(part: unknown): string | undefined {
  if (typeof part === 'number' || part instanceof Number) {
    if (!Number.isFinite(Number(part))) return undefined
    return Object.is(Number(part), -0) ? '-0' : String(part)
  }
  if (typeof part !== 'string' && !(part instanceof String)) return undefined
  const text = part.trim()
  return text.length > 0 && text.length <= MAX_LENGTH ? text : undefined
}
