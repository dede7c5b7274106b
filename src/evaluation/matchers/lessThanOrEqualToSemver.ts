import { cut } from '../quote'
import { compareSemver } from '../semver'
import { oneVersion, semverMatcher } from './semverMatcher'

/** A version of at most this precedence. */
export const lessThanOrEqualToSemver = semverMatcher(
  oneVersion,
  (version, most) => compareSemver(version, most) <= 0,
  ([most]) => `<= version ${cut(most)}`,
)
