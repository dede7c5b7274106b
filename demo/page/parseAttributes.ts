import type { Attributes } from '../../src/evaluation/types'

/** Reads what a person typed into the field of attributes. */
export function parseAttributes(text: string): { attributes: Attributes | undefined } | { error: string } {
  if (!text.trim()) return { attributes: undefined }
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return { attributes: parsed as Attributes }
    return { error: 'Attributes are names and values in braces, for example { "plan": "pro" }.' }
  } catch (error) {
    return { error: `Not JSON: ${(error as Error).message}. An example: { "plan": "pro" }` }
  }
}
