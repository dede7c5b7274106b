import { isPlainObject } from './isPlainObject'

/** A key as the client uses it. */
export interface ValidKey {
  readonly matchingKey: string
  /** The bucketing key; undefined where the application gave none, and the matching key is used for bucketing too. */
  readonly bucketingKey: string | undefined
}

/** Longest key that the service takes, UTF-16 units. */
const MAX_KEY_LENGTH = 250

/** @returns the key with its parts made texts; undefined when it is none */
export function validateKey(key: unknown): ValidKey | undefined {
  try {
    const isPair = isPlainObject(key)
    const matchingKey = validateKeyPart(isPair ? key.matchingKey : key)
    const bucketingKey = isPair ? validateKeyPart(key.bucketingKey) : undefined
    // A pair of which one is wrong is no key at all: bucketing by the other would change treatments unnoticed.
    return matchingKey && (bucketingKey || !isPair) ? { matchingKey, bucketingKey } : undefined
  } catch {
    // A getter or a proxy may throw.
    return undefined
  }
}

function validateKeyPart(part: unknown): string | undefined {
  const value: unknown = part instanceof Number || part instanceof String ? part.valueOf() : part
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  const text = typeof value === 'string' ? value.trim() : ''
  return text.length <= MAX_KEY_LENGTH && text ? text : undefined
}
