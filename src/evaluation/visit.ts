import { isPlainObject } from '../shared/isPlainObject'
import type { CompiledFlag, CompiledSegment, Subject, Walk } from './types'

// Real chains of flags are a handful deep, and every browser's stack holds many times as many.
const MAX_DEPTH = 100
// A graph whose every level asks the next one twice doubles its work with each level. This many matchers below the flag that
// was asked for take some 10 ms on a desktop.
const MAX_COST = 10_000
// A flag may hash its key twice, for its traffic allocation and for its partitions, and an attribute that takes the key's place may
// be of any length. This many UTF-16 units take as long as a matcher.
const UNITS_PER_MATCHER = 16

/**
 * Decides one flag or segment on behalf of another, for the same subject or for another key.
 *
 * @returns undefined where that cannot be decided: the definitions go in a circle, or the walk too far. No exception says
 * so, because one that climbs through a hundred levels costs more than a millisecond.
 */
export function visit<Visited extends CompiledFlag | CompiledSegment, Decided>(
  visited: Visited,
  walk: Walk,
  key: unknown,
  ask: (visited: Visited, walk: Walk) => Decided,
): Decided | undefined {
  const { path, subject, trace } = walk
  if (path.includes(visited)) return undefined
  const asked = key === subject ? subject : withKey(subject, key)
  const { bucketingKey } = asked as { bucketingKey: unknown }
  walk.cost += 1 + (typeof bucketingKey === 'string' ? bucketingKey.length / UNITS_PER_MATCHER : 0)
  if (path.length >= MAX_DEPTH || walk.cost > MAX_COST) {
    walk.cost = Infinity
    return undefined
  }
  walk.trace = undefined
  walk.subject = asked
  path.push(visited)
  // Whoever catches what this throws puts the walk back: `finally` would make each level of a chain throw anew.
  const decided = ask(visited, walk)
  path.pop()
  walk.subject = subject
  walk.trace = trace
  return decided
}

/** The subject under another key, which any value may be, as in the official SDK. Its memberships stay. */
function withKey(subject: Subject, key: unknown): Subject {
  const keys = isPlainObject(key) ? key : { matchingKey: key, bucketingKey: key }
  const { matchingKey, bucketingKey } = keys as unknown as Subject
  // The text of the key is made when a matcher asks for it: some values have none, and throw.
  return { ...subject, matchingKey, bucketingKey, keyText: undefined }
}
