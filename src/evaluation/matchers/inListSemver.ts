import { quote } from '../quote'
import { whitelistOf } from '../whitelistOf'
import { semverMatcher } from './semverMatcher'

/** One of a list of versions, metadata included. */
export const inListSemver = semverMatcher(
  whitelistOf,
  (version, _first, _last, texts) => texts.has(version.text),
  (list) => `in versions ${quote(list)}`,
)
