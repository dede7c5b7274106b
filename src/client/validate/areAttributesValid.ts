import { isPlainObject } from '../../shared/isPlainObject'

/** Attributes may be absent or a plain object. What is in it is not looked at: matchers read what they need. */
export function areAttributesValid(attributes: unknown): boolean {
  if (attributes === undefined || attributes === null) return true
  try {
    return isPlainObject(attributes)
  } catch {
    // A proxy may refuse even to say what it is.
    return false
  }
}
