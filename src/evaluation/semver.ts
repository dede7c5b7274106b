/** A version, its numbers and identifiers without leading zeros. */
export interface Semver {
  /** Canonical text, metadata included. */
  readonly text: string
  /** Major, minor, patch: digits of any length. */
  readonly numbers: readonly string[]
  /** Identifiers of the pre-release; empty for a release. */
  readonly pre: readonly string[]
}

const DIGITS = /^\d+$/

/** Reads `1.2.3-pre.1+meta`; undefined when it is no version. */
export function parseSemver(text: unknown): Semver | undefined {
  if (typeof text !== 'string') return undefined
  const [rest, meta] = splitAtFirst(text, '+')
  const [core, suffix] = splitAtFirst(rest, '-')
  const numbers = core.split('.')
  const pre = suffix === undefined ? [] : suffix.split('.')
  if (meta === '' || numbers.length !== 3 || !numbers.every((number) => DIGITS.test(number)) || pre.includes('')) {
    return undefined
  }
  const canonical = { numbers: numbers.map(withoutZeros), pre: pre.map(withoutZeros) }
  return {
    ...canonical,
    text:
      canonical.numbers.join('.') +
      (pre.length > 0 ? '-' + canonical.pre.join('.') : '') +
      (meta === undefined ? '' : '+' + meta),
  }
}

/** Below 0, 0 or above 0 by precedence. Metadata does not count. */
export function compareSemver(a: Semver, b: Semver): number {
  return (
    compareLists(a.numbers, b.numbers) ||
    // A release comes after its pre-releases.
    Number(a.pre.length === 0) - Number(b.pre.length === 0) ||
    compareLists(a.pre, b.pre)
  )
}

function splitAtFirst(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function withoutZeros(identifier: string): string {
  return DIGITS.test(identifier) ? identifier.replace(/^0+(?=\d)/, '') : identifier
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  for (const [i, x] of a.entries()) {
    const y = b[i]
    const order = y === undefined ? 1 : compareIdentifiers(x, y)
    if (order) return order
  }
  return a.length - b.length
}

function compareIdentifiers(x: string, y: string): number {
  // Digits by length first: as numbers they could be too big.
  const byLength = DIGITS.test(x) && DIGITS.test(y) ? x.length - y.length : 0
  return byLength || Number(x > y) - Number(x < y)
}
