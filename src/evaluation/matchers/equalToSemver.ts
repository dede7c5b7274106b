import { cut } from '../quote'
import { oneVersion, semverMatcher } from './semverMatcher'

/** The same version, metadata included. */
export const equalToSemver = semverMatcher(
  oneVersion,
  (version, other) => version.text === other.text,
  ([other]) => `= version ${cut(other)}`,
)
