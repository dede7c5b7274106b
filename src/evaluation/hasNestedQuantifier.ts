/**
 * Whether a pattern repeats a group that itself repeats something, as in `(a+)+`: the shape of almost all expressions
 * whose time explodes. A hint for people: it may be wrong either way.
 */
export function hasNestedQuantifier(pattern: string): boolean {
  // Escaped characters and classes say nothing about repetition.
  const bare = pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]/g, 'x')
  // For each open group, whether something in it repeats.
  const groups: boolean[] = []
  for (let i = 0; i < bare.length; i++) {
    const repeats = /^(?:[*+]|\{\d+,)/.test(bare.slice(i + 1, i + 8))
    if (bare[i] === '(') groups.push(false)
    else if (bare[i] === ')') {
      const inner = groups.pop()
      if (inner && repeats) return true
      if (groups.length > 0 && (inner || repeats)) groups[groups.length - 1] = true
    } else if (repeats && groups.length > 0) groups[groups.length - 1] = true
  }
  return false
}
