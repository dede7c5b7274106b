import { flag, inRuleBasedSegment, inSegment, rule } from '../site'

const ofAttribute = (attribute: string, matcher: object) => ({
  keySelector: { trafficType: 'user', attribute },
  ...matcher,
})

/** The flags of a crowded page use each kind of matcher that reads texts, lists, dates or segments. */
export const definitions = {
  ff: {
    s: -1,
    t: 1_700_000_000_999,
    d: [
      flag('everybody'),
      flag('killed', { killed: true, defaultTreatment: 'gone' }),
      flag('half', {
        conditions: [
          {
            ...rule('on', { matcherType: 'ALL_KEYS' }),
            partitions: [
              { treatment: 'on', size: 50 },
              { treatment: 'off', size: 50 },
            ],
          },
        ],
      }),
      flag('staff', { conditions: [rule('on', inSegment('staff'))] }),
      flag('members', { conditions: [rule('on', inRuleBasedSegment('members'))] }),
      flag('version', {
        conditions: [
          rule(
            'on',
            ofAttribute('version', { matcherType: 'GREATER_THAN_OR_EQUAL_TO_SEMVER', stringMatcherData: '1.2.10' }),
          ),
        ],
      }),
      flag('versions', {
        conditions: [
          rule(
            'on',
            ofAttribute('version', {
              matcherType: 'BETWEEN_SEMVER',
              betweenStringMatcherData: { start: '1.2.3', end: '1.10.0' },
            }),
          ),
        ],
      }),
      flag('since', {
        conditions: [
          rule(
            'on',
            ofAttribute('since', {
              matcherType: 'GREATER_THAN_OR_EQUAL_TO',
              unaryNumericMatcherData: { dataType: 'DATETIME', value: Date.UTC(2024, 0, 1) },
            }),
          ),
        ],
      }),
      flag('topics', {
        conditions: [
          rule(
            'on',
            ofAttribute('topics', {
              matcherType: 'CONTAINS_ALL_OF_SET',
              whitelistMatcherData: { whitelist: ['a', 'b'] },
            }),
          ),
        ],
      }),
      flag('mail', {
        conditions: [
          rule(
            'on',
            ofAttribute('mail', {
              matcherType: 'ENDS_WITH',
              whitelistMatcherData: { whitelist: ['@shop.test', '@b.test'] },
            }),
          ),
        ],
      }),
      flag('silent', { impressionsDisabled: true }),
      flag('doomed'),
    ],
  },
  rbs: {
    s: -1,
    t: 1_700_000_000_999,
    d: [
      {
        name: 'members',
        changeNumber: 100,
        status: 'ACTIVE',
        trafficTypeName: 'user',
        excluded: { keys: ['user-2'], segments: [] },
        conditions: [rule('', { matcherType: 'ALL_KEYS' })],
      },
    ],
  },
}
/** The flags that are asked for before one is killed. */
export const names = definitions.ff.d.map(({ name }) => name).filter((name) => name !== 'doomed')
export const attributes = {
  version: '1.2.11',
  since: Date.UTC(2024, 5, 1),
  topics: ['b', 'c', 'a'],
  mail: 'ana@shop.test',
}
/** What everybody gets. */
export const expected = names.map((each) => (each === 'killed' ? 'gone' : 'on')).join()
