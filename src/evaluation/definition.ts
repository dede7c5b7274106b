// The parts of definitions that decide, as the service sends them. Types are hopes here: anything may be missing or wrong.

export interface FlagDefinition {
  status?: unknown
  killed?: unknown
  defaultTreatment?: unknown
  changeNumber?: unknown
  trafficTypeName?: unknown
  impressionsDisabled?: unknown
  configurations?: Record<string, unknown> | null
  seed?: number
  trafficAllocation?: unknown
  trafficAllocationSeed?: number
  conditions?: unknown
  prerequisites?: unknown
}

export interface ConditionDefinition {
  conditionType?: unknown
  matcherGroup: { matchers: MatcherDefinition[] }
  partitions?: PartitionDefinition[] | null
  label?: unknown
}

export interface PartitionDefinition {
  treatment?: unknown
  size: number
}

export interface MatcherDefinition extends Partial<Record<MatcherData, unknown>> {
  matcherType?: unknown
  negate?: unknown
  keySelector?: { attribute?: unknown; trafficType?: unknown } | null
}

export type MatcherData =
  | 'userDefinedSegmentMatcherData'
  | 'userDefinedLargeSegmentMatcherData'
  | 'whitelistMatcherData'
  | 'unaryNumericMatcherData'
  | 'betweenMatcherData'
  | 'betweenStringMatcherData'
  | 'dependencyMatcherData'
  | 'booleanMatcherData'
  | 'stringMatcherData'

/** What a matcher compares with: members of all kinds of data. Two kinds are the bare value instead. */
export interface MatcherOperands {
  segmentName?: string
  largeSegmentName?: string
  whitelist?: string[]
  dataType?: string
  value?: number
  start?: unknown
  end?: unknown
  split?: string
  treatments?: string[]
}

export interface SegmentDefinition {
  conditions?: unknown
  excluded?: { keys?: unknown; segments?: unknown } | null
}
