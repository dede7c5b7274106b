import type { Attributes } from '../evaluation/types'

/** Those of the call over those bound to the client. Nothing is copied where none are bound. */
export function mergeAttributes(
  bound: Attributes | undefined,
  attributes: Attributes | undefined | null,
): Attributes | undefined {
  if (!bound) return attributes ?? undefined
  try {
    return { ...bound, ...attributes }
  } catch {
    // One that throws when it is looked at: the evaluator meets it again, where a rule asks for it, and says so.
    return attributes ?? undefined
  }
}
