/**
 * What became of the rules, in sentences.
 *
 * @param before each rule as it reads
 */
export function ruleChanges(before: readonly string[], after: readonly string[]): string[] {
  const gone = before.filter((rule) => !after.includes(rule))
  const added = after.filter((rule) => !before.includes(rule))
  if (gone.length + added.length === 0) {
    return [before.length === after.length ? 'Rules: in another order.' : `Rules: ${before.length} → ${after.length}.`]
  }
  return Array.from({ length: Math.max(gone.length, added.length) }, (_, at) => {
    const [old, now] = [gone[at], added[at]]
    if (old === undefined) return `New rule: ${now}.`
    return now === undefined ? `Rule removed: ${old}.` : `Rule changed: ${old} → ${now}.`
  })
}
