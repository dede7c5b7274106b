import { compareSemver, semverMatcher } from './semver'

/** Matches a version of at least this precedence. */
export const greaterThanOrEqualToSemver = semverMatcher(
  'stringMatcherData',
  '>= version',
  (text) => [text],
  (version, other) => compareSemver(version, other) >= 0,
)
