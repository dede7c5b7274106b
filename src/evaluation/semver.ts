/** A version, its numbers and identifiers without leading zeros. */
export interface Semver {
  /** Canonical text, metadata included. */
  readonly text: string
  /** Major, minor, patch: digits of any length. */
  readonly numbers: readonly string[]
  /** Identifiers of the pre-release; empty for a release. */
  readonly pre: readonly string[]
}

// Numbers, what follows the first `-`, what follows the first `+` (which may come before any `-`).
const VERSION = /^(\d+\.\d+\.\d+)(?:-([^+]+))?(\+.+)?$/s
const DIGITS = /^\d+$/

/** Reads `1.2.3-pre.1+meta`; undefined when it is no version. */
export function parseSemver(text: unknown): Semver | undefined {
  const [, core, suffix, meta = ''] = VERSION.exec(text as string) ?? []
  const numbers = identifiers(core)
  const pre = identifiers(suffix)
  if (typeof text !== 'string' || !core || pre.includes('')) return undefined
  return { numbers, pre, text: numbers.join('.') + (suffix ? '-' : '') + pre.join('.') + meta }
}

/** Below 0, 0 or above 0 by precedence. Metadata does not count. */
export function compareSemver(a: Semver, b: Semver): number {
  // A release comes after its pre-releases.
  return compareLists(a.numbers, b.numbers) || +!a.pre.length - +!b.pre.length || compareLists(a.pre, b.pre)
}

function identifiers(text: string | undefined): string[] {
  return text ? text.split('.').map((part) => (DIGITS.test(part) ? part.replace(/^0+(?=\d)/, '') : part)) : []
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]
    if (x === y) continue
    if (y === undefined) break
    // Digits by length first: as numbers they could be too big.
    return (DIGITS.test(x) && DIGITS.test(y) && x.length - y.length) || (x > y ? 1 : -1)
  }
  return a.length - b.length
}
