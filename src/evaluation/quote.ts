// Generated summaries are labels: they travel with impressions, so that a list of thousands must not.
const MAX_ITEMS = 5
const MAX_TEXT = 50

/** A list as a summary shows it: `["a","b"]`, long ones cut. */
export function quote(list: unknown): string {
  const items: unknown[] = Array.isArray(list) ? list : []
  const shown = items.slice(0, MAX_ITEMS).map((item) => JSON.stringify(cut(item)))
  if (items.length > MAX_ITEMS) shown.push(`… ${items.length - MAX_ITEMS} more`)
  return `[${shown.join(',')}]`
}

/** A value as a summary shows it: text as it is, cut when long. */
export function cut(value: unknown): string {
  // Anything nested could be as deep as a definition likes.
  const text = typeof value === 'object' && value ? '…' : String(value)
  return text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) + '…' : text
}
