import { compareSemver, semverMatcher } from './semver'

/** Matches a version of at most this precedence. */
export const lessThanOrEqualToSemver = semverMatcher(
  'stringMatcherData',
  '<= version',
  (text) => [text],
  (version, other) => compareSemver(version, other) <= 0,
)
