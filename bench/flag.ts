/** A rule that gives the treatment to everybody whom the matcher matches. */
export const rule = (treatment: string, matcher: object) => ({
  conditionType: 'ROLLOUT',
  label: 'a rule',
  matcherGroup: { combiner: 'AND', matchers: [{ negate: false, keySelector: null, ...matcher }] },
  partitions: [{ treatment, size: 100 }],
})

/** A small flag, on for everybody. */
export const flag = (name: string, over: object = {}) => ({
  name,
  changeNumber: 100,
  status: 'ACTIVE',
  killed: false,
  trafficTypeName: 'user',
  defaultTreatment: 'off',
  seed: 1,
  trafficAllocation: 100,
  conditions: [rule('on', { matcherType: 'ALL_KEYS' })],
  ...over,
})

export const inSegment = (segmentName: string) => ({
  matcherType: 'IN_SEGMENT',
  userDefinedSegmentMatcherData: { segmentName },
})
