// One environment, as each service sends it.

const T = 1_700_000_000_000
const people = (n: number) => Array.from({ length: 2 }, (_, i) => `user-${n + i}@example.com`)
const plans = () => Array.from({ length: 3 }, (_, i) => `plan-${i}`)

export const nameOf = (n: number) => `checkout_${n}`

/** A flag of 1.1 KB: people, plans, then everybody by halves. */
function flagOf(n: number) {
  const condition = (conditionType: string, label: string, matcher: object, partitions: object[]) => ({
    conditionType,
    label,
    matcherGroup: { combiner: 'AND', matchers: [{ negate: false, ...matcher }] },
    partitions,
  })
  return {
    changeNumber: T + n,
    trafficTypeName: 'user',
    name: nameOf(n),
    trafficAllocation: 100,
    trafficAllocationSeed: 7 * n,
    seed: 1_000_003 * (n + 1),
    status: 'ACTIVE',
    killed: false,
    defaultTreatment: 'off',
    algo: 2,
    configurations: {},
    sets: [],
    conditions: [
      condition(
        'WHITELIST',
        'whitelisted',
        { keySelector: null, matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: people(n) } },
        [{ treatment: 'on', size: 100 }],
      ),
      condition(
        'ROLLOUT',
        'plan in list',
        {
          keySelector: { trafficType: 'user', attribute: 'plan' },
          matcherType: 'WHITELIST',
          whitelistMatcherData: { whitelist: plans() },
        },
        [{ treatment: 'on', size: 100 }],
      ),
      condition(
        'ROLLOUT',
        'default rule',
        { keySelector: { trafficType: 'user', attribute: null }, matcherType: 'ALL_KEYS' },
        [
          { treatment: 'on', size: 50 },
          { treatment: 'off', size: 50 },
        ],
      ),
    ],
  }
}

/** The answer of `splitChanges`. */
export const definitionsOf = (count: number) => ({
  ff: { s: -1, t: T + count, d: Array.from({ length: count }, (_, n) => flagOf(n)) },
  rbs: { s: -1, t: -1, d: [] },
})

/** The same flags as GrowthBook sends them; shorter, as its rules are. */
export const featuresOf = (count: number) => ({
  status: 200,
  features: Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      nameOf(n),
      {
        defaultValue: 'off',
        rules: [
          { id: `fr_${n}_people`, condition: { id: { $in: people(n) } }, force: 'on' },
          { id: `fr_${n}_plans`, condition: { plan: { $in: plans() } }, force: 'on' },
          {
            id: `fr_${n}_halves`,
            key: nameOf(n),
            hashAttribute: 'id',
            hashVersion: 2,
            coverage: 1,
            weights: [0.5, 0.5],
            variations: ['on', 'off'],
          },
        ],
      },
    ]),
  ),
  dateUpdated: new Date(T).toISOString(),
})
