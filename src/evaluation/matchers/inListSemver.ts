import { listOf } from './listOf'
import { semverMatcher } from './semver'

/** One of a list of versions, metadata included. */
export const inListSemver = semverMatcher(
  'whitelistMatcherData',
  'in versions',
  ({ whitelist }) => listOf(whitelist),
  (version, _first, _last, texts) => texts.has(version.text),
)
