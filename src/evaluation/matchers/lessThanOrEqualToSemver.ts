import { compareSemver, semverMatcher } from './semver'

/** A version of at most this precedence. */
export const lessThanOrEqualToSemver = semverMatcher(
  'stringMatcherData',
  '<= version',
  (text) => [text],
  (version, other) => compareSemver(version, other) <= 0,
)
