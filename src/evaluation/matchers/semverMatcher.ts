import { FAULT } from '../faults'
import { parseSemver } from '../semver'
import { toText } from '../toText'
import type { MatcherDefinition } from '../definition'
import type { MatcherType } from '../matcher'
import type { Semver } from '../semver'

/** A matcher that compares a version with those of the rule. One of them that is no version makes it always false. */
export function semverMatcher(
  textsOf: (definition: MatcherDefinition) => unknown[],
  holds: (version: Semver, first: Semver, last: Semver, texts: ReadonlySet<string>) => boolean,
  words: (texts: unknown[]) => string,
): MatcherType<Semver> {
  return {
    read: (value) => parseSemver(toText(value)),
    build: (definition) => {
      const versions = textsOf(definition).map((text) => {
        const version = parseSemver(text)
        if (!version) throw FAULT
        return version
      })
      const texts = new Set(versions.map(({ text }) => text))
      const [first] = versions
      const last = versions.at(-1)
      if (!first || !last) throw FAULT
      return (version) => holds(version, first, last, texts)
    },
    words: (definition) => words(textsOf(definition)),
  }
}

/** The version of a matcher that has one. */
export function oneVersion({ stringMatcherData }: MatcherDefinition): unknown[] {
  return [stringMatcherData]
}
