import type { Subject } from './types'

/** A key with its memberships. Without a bucketing key it buckets by the matching key. */
export function createSubject(
  matchingKey: string,
  bucketingKey: string | undefined,
  segments: ReadonlySet<string>,
  largeSegments: ReadonlySet<string>,
): Subject {
  return {
    matchingKey,
    bucketingKey: bucketingKey ?? matchingKey,
    segments,
    largeSegments,
    // No version is NaN, so that the first decision finds the answers out of date.
    answers: { version: NaN, byFlag: new Map() },
  }
}
