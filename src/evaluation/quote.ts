// Generated summaries are labels: they travel with impressions, so that a list of thousands must not.
const MAX_ITEMS = 5
const MAX_TEXT = 50

/** A value as a summary shows it: a list as `["a","b"]`, anything else as text; both cut when long. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) {
    const rest = value.length - MAX_ITEMS
    return JSON.stringify(value.slice(0, MAX_ITEMS).map((item) => cut(item))) + (rest > 0 ? ` and ${rest} more` : '')
  }
  return cut(value)
}

/** The text of a value, cut when long. */
export function cut(value: unknown, length = MAX_TEXT): string {
  let text: string = typeof value
  try {
    text = value instanceof Date ? value.toISOString() : String(value)
  } catch {
    // A definition may hold what has no text, and dates that are none.
  }
  return text.length > length ? text.slice(0, length) + '…' : text
}
