const SPACE = 0x20
const DELETE = 0x7f

/** A flag name without spaces around it; undefined when nothing is left or it is no text. */
export function validateFlagName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  // Almost every name is tidy, and looking at both ends is cheaper than trimming.
  return isTidy(name.charCodeAt(0)) && isTidy(name.charCodeAt(name.length - 1)) ? name : name.trim() || undefined
}

function isTidy(code: number): boolean {
  return code > SPACE && code < DELETE
}
