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
      const versions = textsOf(operands).map(parseSemver) as Semver[]
      // What is no version has no text: the whole matcher fails here, and with an empty list at its first test.
      const texts = new Set(versions.map(({ text }) => text))
      const first = versions[0] as Semver
      const last = versions.at(-1) as Semver
      return (version) => holds(version, first, last, texts)
    },
    words,
  }
}
