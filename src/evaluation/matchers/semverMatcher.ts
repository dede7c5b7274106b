import { FAULT } from '../faults'
import { parseSemver } from '../semver'
import { toText } from '../toText'
import type { MatcherData, MatcherOperands } from '../definition'
import type { MatcherType } from '../matcher'
import type { Semver } from '../semver'

/** A matcher that compares a version with those of the rule. One of them that is no version makes it always false. */
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
      const versions = textsOf(operands as MatcherOperands).map((text) => {
        const version = parseSemver(text)
        if (!version) throw FAULT
        return version
      })
      const texts = new Set(versions.map(({ text }) => text))
      // An empty list makes tests that throw, which is always false as well.
      const first = versions[0] as Semver
      const last = versions.at(-1) as Semver
      return (version) => holds(version, first, last, texts)
    },
    words,
  }
}
