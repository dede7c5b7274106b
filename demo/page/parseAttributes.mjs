// @ts-check

/**
 * @param {string} text what the user typed
 * @returns {{ attributes: Record<string, unknown> | undefined } | { error: string }}
 */
export function parseAttributes(text) {
  if (!text.trim()) return { attributes: undefined }
  try {
    const parsed = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { attributes: parsed }
    return { error: 'Attributes are names and values in braces, for example { "plan": "pro" }.' }
  } catch (error) {
    return { error: `Not JSON: ${/** @type {Error} */ (error).message}. An example: { "plan": "pro" }` }
  }
}
