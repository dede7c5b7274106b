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
  prerequisites?: { n: unknown; ts: unknown }[] | null
}

export interface ConditionDefinition {
  conditionType?: unknown
  matcherGroup: { matchers: MatcherDefinition[] }
  partitions?: { treatment?: unknown; size: number }[] | null
  label?: unknown
}

export interface MatcherDefinition {
  matcherType?: unknown
  negate?: unknown
  keySelector?: { attribute?: unknown; trafficType?: unknown } | null
  userDefinedSegmentMatcherData?: { segmentName?: unknown } | null
  userDefinedLargeSegmentMatcherData?: { largeSegmentName?: unknown } | null
  whitelistMatcherData?: { whitelist?: unknown } | null
  unaryNumericMatcherData?: { dataType?: unknown; value?: number } | null
  betweenMatcherData?: { dataType?: unknown; start?: number; end?: number } | null
  betweenStringMatcherData?: { start?: unknown; end?: unknown } | null
  dependencyMatcherData?: { split?: unknown; treatments?: unknown } | null
  booleanMatcherData?: unknown
  stringMatcherData?: unknown
}

export interface SegmentDefinition {
  conditions?: unknown
  excluded?: { keys?: unknown; segments?: unknown } | null
}
