import { semverMatcher } from './semver'

/** Matches the same version, metadata included. */
export const equalToSemver = semverMatcher(
  'stringMatcherData',
  'is version',
  (text) => [text],
  (version, other) => version.text === other.text,
)
