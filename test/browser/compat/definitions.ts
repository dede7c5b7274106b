// The definitions that both SDKs get. They are small, and their change numbers are no times of today.

interface RuleOptions {
  label?: string
  matcher?: object
  partitions?: { treatment: string; size: number }[]
}

const everybody = { matcherType: 'ALL_KEYS', negate: false, keySelector: null }
const inSegment = (segmentName: string) => ({
  matcherType: 'IN_SEGMENT',
  negate: false,
  keySelector: null,
  userDefinedSegmentMatcherData: { segmentName },
})
const attributeIs = (attribute: string, value: string) => ({
  matcherType: 'WHITELIST',
  negate: false,
  keySelector: { trafficType: 'user', attribute },
  whitelistMatcherData: { whitelist: [value] },
})

const rule = ({
  label = 'default rule of the flag',
  matcher = everybody,
  partitions = [{ treatment: 'on', size: 100 }],
}: RuleOptions = {}) => ({
  conditionType: 'ROLLOUT',
  label,
  matcherGroup: { combiner: 'AND', matchers: [matcher] },
  partitions,
})

const flag = (name: string, changes: object = {}) => ({
  name,
  changeNumber: 1000,
  status: 'ACTIVE',
  killed: false,
  trafficTypeName: 'user',
  defaultTreatment: 'off',
  seed: 1,
  trafficAllocation: 100,
  trafficAllocationSeed: 2,
  algo: 2,
  configurations: {},
  sets: [],
  conditions: [rule()],
  ...changes,
})

export const documentOf = (flags: object[], t = 1000) => ({
  ff: { s: -1, t, d: flags },
  rbs: { s: -1, t: -1, d: [] },
})

export const FLAGS = [
  flag('plain', { configurations: { on: '{"color":"blue"}' }, sets: ['checkout', 'home'] }),
  flag('killed', { killed: true, configurations: { off: 'dead' } }),
  flag('split', {
    sets: ['checkout'],
    conditions: [
      rule({
        label: '50/50',
        partitions: [
          { treatment: 'on', size: 50 },
          { treatment: 'off', size: 50 },
        ],
      }),
    ],
  }),
  flag('members', { conditions: [rule({ label: 'in staff', matcher: inSegment('staff') })] }),
  flag('plan', {
    conditions: [rule({ label: 'plan is pro', matcher: attributeIs('plan', 'pro') }), rule({ label: 'all others' })],
    prerequisites: [{ n: 'plain', ts: ['on'] }],
  }),
  flag('control', { defaultTreatment: 'control', killed: true, configurations: { control: 'never shown' } }),
  flag('quiet', { impressionsDisabled: true }),
  flag('unlabelled', { conditions: [{ ...rule(), label: undefined }] }),
]
