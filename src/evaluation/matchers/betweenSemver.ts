import { compareSemver, semverMatcher } from './semver'

/** Matches from one version's precedence to another's, both included. */
export const betweenSemver = semverMatcher(
  'betweenStringMatcherData',
  'between versions',
  ({ start, end }) => [start, end],
  (version, least, most) => compareSemver(least, version) <= 0 && compareSemver(version, most) <= 0,
)
