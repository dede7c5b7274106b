import { semverMatcher } from './semver'

/** The same version, metadata included. */
export const equalToSemver = semverMatcher(
  'stringMatcherData',
  'is version',
  (text) => [text],
  (version, other) => version.text === other.text,
)
