import { toText } from './toText'
import type { MatcherData, MatcherOperands, MatcherType } from '../types'

/** A version, its numbers and identifiers without leading zeros. */
export interface Semver {
  /** The canonical text, metadata included. */
  readonly text: string
  /** Major, minor, patch: digits of any length. */
  readonly numbers: readonly string[]
  /** Identifiers of the pre-release; empty for a release. */
  readonly pre: readonly string[]
}

// The three numbers, what follows the first `-`, and what follows the first `+` (which may come before any `-`).
const VERSION = /^(\d+\.\d+\.\d+)(?:-([^+]+))?(\+.+)?$/s
const DIGITS = /^\d+$/

/** A matcher that compares a version with those of the rule. It is always false when one of these is no version. */
export function semverMatcher(
  data: MatcherData,
  words: string,
  textsOf: (data: MatcherOperands) => unknown[],
  holds: (version: Semver, first: Semver, last: Semver, texts: ReadonlySet<string>) => boolean,
): MatcherType<Semver> {
  return {
    data,
    read: (value) => parseSemver(toText(value)),
    build: (operands) => {
      const versions = textsOf(operands).map(parseSemver) as Semver[]
      // This throws for a text that is no version, so that the matcher is not built.
      const texts = new Set(versions.map(({ text }) => text))
      const first = versions[0] as Semver
      const last = versions.at(-1) as Semver
      return (version) => holds(version, first, last, texts)
    },
    words,
  }
}

/** Reads `1.2.3-pre.1+meta`; undefined when it is no version. */
export function parseSemver(text: unknown): Semver | undefined {
  const [, core, suffix, meta = ''] = VERSION.exec(text as string) ?? []
  const numbers = identifiers(core)
  const pre = identifiers(suffix)
  if (typeof text !== 'string' || !core || pre.includes('')) return undefined
  return { numbers, pre, text: numbers.join('.') + (suffix ? '-' : '') + pre.join('.') + meta }
}

/** A number below 0, 0 or above 0, by precedence. Metadata does not count. */
export function compareSemver(a: Semver, b: Semver): number {
  // A release comes after its pre-releases.
  return compareLists(a.numbers, b.numbers) || +!a.pre.length - +!b.pre.length || compareLists(a.pre, b.pre)
}

function identifiers(text: string | undefined): string[] {
  return text ? text.split('.').map((part) => (DIGITS.test(part) ? part.replace(/^0+(?=\d)/, '') : part)) : []
}

function compareLists(a: readonly string[], b: readonly string[]): number {
  // The index is a plain one, because on pages with Prototype.js an array's `entries()` gives none.
  for (let i = 0; i < a.length && i < b.length; i++) {
    const [x, y] = [a[i] as string, b[i] as string]
    // Digits are compared by length first, because as numbers they could be too big.
    if (x !== y) return (DIGITS.test(x) && DIGITS.test(y) && x.length - y.length) || (x > y ? 1 : -1)
  }
  return a.length - b.length
}
