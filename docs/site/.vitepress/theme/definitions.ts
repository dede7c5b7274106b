const partitions = (sizes: Record<string, number>) =>
  Object.entries(sizes).map(([treatment, size]) => ({ treatment, size }))

const everybody = (label: string, sizes: Record<string, number>) => ({
  conditionType: 'ROLLOUT',
  label,
  matcherGroup: { combiner: 'AND', matchers: [{ matcherType: 'ALL_KEYS', negate: false }] },
  partitions: partitions(sizes),
})

const flag = (name: string, seed: number, conditions: object[], more: object = {}) => ({
  name,
  trafficTypeName: 'user',
  seed,
  status: 'ACTIVE',
  killed: false,
  defaultTreatment: 'off',
  changeNumber: 1_700_000_000_000,
  algo: 2,
  trafficAllocation: 100,
  trafficAllocationSeed: seed,
  configurations: {},
  sets: [],
  conditions,
  ...more,
})

/** What the playground begins with: a rule on an attribute, a rollout with a configuration, a prerequisite, and a killed flag. */
export const DEFINITIONS = [
  flag('new_checkout', 11, [
    {
      conditionType: 'WHITELIST',
      label: 'plan is pro or team',
      matcherGroup: {
        combiner: 'AND',
        matchers: [
          {
            keySelector: { trafficType: 'user', attribute: 'plan' },
            matcherType: 'WHITELIST',
            negate: false,
            whitelistMatcherData: { whitelist: ['pro', 'team'] },
          },
        ],
      },
      partitions: partitions({ on: 100, off: 0 }),
    },
    everybody('20% of the others', { on: 20, off: 80 }),
  ]),
  flag('banner', 7, [everybody('half blue, half green', { blue: 50, green: 50 })], {
    configurations: { blue: '{"text":"Hello"}', green: '{"text":"Welcome"}' },
  }),
  flag('one_click_buy', 5, [everybody('half of the traffic', { on: 100 })], {
    trafficAllocation: 50,
    prerequisites: [{ n: 'new_checkout', ts: ['on'] }],
  }),
  flag('old_search', 3, [everybody('everybody', { on: 100 })], { killed: true }),
]
