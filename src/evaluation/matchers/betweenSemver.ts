import { cut } from '../quote'
import { compareSemver } from '../semver'
import { semverMatcher } from './semverMatcher'

/** From one version's precedence to another's, both included. */
export const betweenSemver = semverMatcher(
  ({ betweenStringMatcherData: range }) => [range?.start, range?.end],
  (version, least, most) => compareSemver(least, version) <= 0 && compareSemver(version, most) <= 0,
  ([least, most]) => `between versions ${cut(least)} and ${cut(most)}`,
)
