import { listOf } from './listOf'
import { semverMatcher } from './semver'

/** Matches one of a list of versions, metadata included. */
export const inListSemver = semverMatcher(
  'whitelistMatcherData',
  'in versions',
  ({ whitelist }) => listOf(whitelist),
  (version, _first, _last, texts) => texts.has(version.text),
)
