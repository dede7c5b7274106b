import { cut } from '../quote'
import { compareSemver } from '../semver'
import { oneVersion, semverMatcher } from './semverMatcher'

/** A version of at least this precedence. */
export const greaterThanOrEqualToSemver = semverMatcher(
  oneVersion,
  (version, least) => compareSemver(version, least) >= 0,
  ([least]) => `>= version ${cut(least)}`,
)
