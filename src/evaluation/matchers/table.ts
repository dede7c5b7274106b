import { allKeys } from './allKeys'
import { between } from './between'
import { betweenSemver } from './betweenSemver'
import { containsAllOfSet } from './containsAllOfSet'
import { containsAnyOfSet } from './containsAnyOfSet'
import { containsString } from './containsString'
import { endsWith } from './endsWith'
import { equalTo } from './equalTo'
import { equalToBoolean } from './equalToBoolean'
import { equalToSemver } from './equalToSemver'
import { equalToSet } from './equalToSet'
import { greaterThanOrEqualTo } from './greaterThanOrEqualTo'
import { greaterThanOrEqualToSemver } from './greaterThanOrEqualToSemver'
import { inLargeSegment } from './inLargeSegment'
import { inListSemver } from './inListSemver'
import { inRuleBasedSegment } from './inRuleBasedSegment'
import { inSegment } from './inSegment'
import { inSplitTreatment } from './inSplitTreatment'
import { lessThanOrEqualTo } from './lessThanOrEqualTo'
import { lessThanOrEqualToSemver } from './lessThanOrEqualToSemver'
import { matchesString } from './matchesString'
import { partOfSet } from './partOfSet'
import { startsWith } from './startsWith'
import { whitelist } from './whitelist'
import type { MatcherType } from '../types'

/** Every matcher by its name on the wire. This is a map, so that `constructor` is not in it. */
export const MATCHERS: ReadonlyMap<unknown, MatcherType<unknown>> = new Map<unknown, unknown>([
  ['ALL_KEYS', allKeys],
  ['IN_SEGMENT', inSegment],
  ['IN_LARGE_SEGMENT', inLargeSegment],
  ['IN_RULE_BASED_SEGMENT', inRuleBasedSegment],
  ['WHITELIST', whitelist],
  ['EQUAL_TO', equalTo],
  ['GREATER_THAN_OR_EQUAL_TO', greaterThanOrEqualTo],
  ['LESS_THAN_OR_EQUAL_TO', lessThanOrEqualTo],
  ['BETWEEN', between],
  ['EQUAL_TO_SET', equalToSet],
  ['CONTAINS_ANY_OF_SET', containsAnyOfSet],
  ['CONTAINS_ALL_OF_SET', containsAllOfSet],
  ['PART_OF_SET', partOfSet],
  ['STARTS_WITH', startsWith],
  ['ENDS_WITH', endsWith],
  ['CONTAINS_STRING', containsString],
  ['IN_SPLIT_TREATMENT', inSplitTreatment],
  ['EQUAL_TO_BOOLEAN', equalToBoolean],
  ['MATCHES_STRING', matchesString],
  ['EQUAL_TO_SEMVER', equalToSemver],
  ['GREATER_THAN_OR_EQUAL_TO_SEMVER', greaterThanOrEqualToSemver],
  ['LESS_THAN_OR_EQUAL_TO_SEMVER', lessThanOrEqualToSemver],
  ['BETWEEN_SEMVER', betweenSemver],
  ['IN_LIST_SEMVER', inListSemver],
]) as ReadonlyMap<unknown, MatcherType<unknown>>
