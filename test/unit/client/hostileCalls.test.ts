import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../src/client/createClient'
import { PennonSettingsError } from '../../../src/shared/errors'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'

const explode = () => {
  throw new Error('of the application')
}
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, explode]))
function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}
const circular: Record<string, unknown> = { toString: explode }
circular['self'] = circular

/** Values that throw when they are looked at, converted, walked or copied, and values of types that nobody expects. */
const HOSTILE: [what: string, value: unknown][] = [
  ['a revoked proxy', revoked({})],
  ['a revoked proxy of a list', revoked([])],
  ['a revoked proxy of a function', revoked(() => {})],
  ['a proxy whose every trap throws', new Proxy({}, traps)],
  ['a proxy of a list whose every trap throws', new Proxy(['plain'], traps)],
  ['an object without conversions', { toString: explode, valueOf: explode, toJSON: explode }],
  ['an object that cannot be made primitive', { [Symbol.toPrimitive]: explode }],
  ['an object with a getter that throws', Object.defineProperty({}, 'plain', { get: explode, enumerable: true })],
  ['a list with a getter that throws', Object.defineProperty(['plain'], 0, { get: explode, enumerable: true })],
  ['a list that cannot be walked', Object.assign(['plain'], { [Symbol.iterator]: explode })],
  ['a list of revoked proxies', [revoked({}), revoked([])]],
  ['an object of revoked proxies', { plain: revoked({}), key: revoked([]), treatment: revoked([]) }],
  ['a circle', circular],
  ['an object without prototype', Object.create(null)],
  ['a symbol', Symbol('plain')],
  ['a BigInt', 10n],
  ['a date of no time', new Date(NaN)],
  ['a name of Object.prototype', 'constructor'],
  ['a function that throws', explode],
  ['null', null],
]

const rule = (matcher: object) => ({
  conditionType: 'ROLLOUT',
  label: 'rule',
  matcherGroup: { combiner: 'AND', matchers: [{ negate: false, ...matcher }] },
  partitions: [{ treatment: 'on', size: 100 }],
})
const attribute = { keySelector: { attribute: 'plain' } }
const flag = (name: string, ...matchers: object[]) => ({
  name,
  changeNumber: 1,
  status: 'ACTIVE',
  defaultTreatment: 'off',
  sets: ['all'],
  conditions: matchers.map(rule),
})
const FLAGS = [
  flag('plain', { matcherType: 'ALL_KEYS' }),
  flag('text', { ...attribute, matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['a'] } }),
  flag('number', {
    ...attribute,
    matcherType: 'GREATER_THAN_OR_EQUAL_TO',
    unaryNumericMatcherData: { dataType: 'DATETIME', value: 1 },
  }),
  flag('set', { ...attribute, matcherType: 'PART_OF_SET', whitelistMatcherData: { whitelist: ['a'] } }),
  flag('boolean', { ...attribute, matcherType: 'EQUAL_TO_BOOLEAN', booleanMatcherData: true }),
  flag('pattern', { ...attribute, matcherType: 'MATCHES_STRING', stringMatcherData: 'a' }),
  flag('version', { ...attribute, matcherType: 'EQUAL_TO_SEMVER', stringMatcherData: '1.0.0' }),
  flag('dependent', {
    ...attribute,
    matcherType: 'IN_SPLIT_TREATMENT',
    dependencyMatcherData: { split: 'plain', treatments: ['on'] },
  }),
]
const NAMES = FLAGS.map(({ name }) => name)
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const settings = {
  sdkKey: 'sdk-key',
  key: 'user',
  bootstrap: { splitChanges: { ff: { s: -1, t: 1, d: FLAGS } }, memberships: {} },
  allowOverrides: true,
  urls: unreachable(),
  logger,
}

describe('a call never throws into the page', () => {
  let client: Client
  const onRejection = vi.fn()

  beforeEach(async () => {
    // What is thrown later, after a call, must not reach the page either.
    process.on('unhandledRejection', onRejection)
    process.on('uncaughtException', onRejection)
    client = createClient({ ...settings, server: 'poll', persistence: 'none' } as Settings)
    await client.whenReadyFromCache()
    client.on('impression', () => {})
    expect(client.getTreatment('plain')).toBe('on')
  })
  afterEach(async () => {
    await client.destroy()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', onRejection)
    process.off('uncaughtException', onRejection)
    expect(onRejection).not.toHaveBeenCalled()
  })

  it.each(HOSTILE)('given %s in any place', (_what, value) => {
    const hostile = value as never
    const decided = [
      client.getTreatment(hostile),
      client.getTreatmentWithConfig(hostile).treatment,
      ...([hostile, { plain: hostile }, { plain: [hostile] }] as never[]).flatMap((attributes) => {
        const results = client.getTreatments(NAMES, attributes)
        expect(client.getTreatmentsWithConfigByFlagSet('all', attributes)).toEqual(
          Object.fromEntries(NAMES.map((name) => [name, { treatment: results[name], config: null }])),
        )
        expect(NAMES.map((name) => client.explain(name, attributes)?.treatment)).toEqual(Object.values(results))
        return Object.values(results)
      }),
      client.getTreatment('plain', {}, hostile),
      client.getTreatment('plain', {}, { properties: hostile }),
      client.getTreatment('plain', {}, { properties: { plain: hostile }, impressionsDisabled: hostile }),
    ]
    for (const treatment of decided) expect(['on', 'off', 'control']).toContain(treatment)
    for (const many of [hostile, [hostile], ['plain', hostile]] as never[]) {
      for (const answers of [
        client.getTreatments(many),
        client.getTreatmentsWithConfig(many),
        client.getTreatmentsByFlagSets(many),
        client.getTreatmentsWithConfigByFlagSets(many),
        client.getTreatmentsByFlagSet(many),
        client.getTreatmentsWithConfigByFlagSet(many),
      ]) {
        expect(typeof answers).toBe('object')
      }
    }
    client.explain(hostile)
    client.flags.get(hostile)
    client.track(hostile)
    client.track('event', hostile)
    client.track('event', { trafficType: hostile, value: hostile, properties: hostile })
    client.track('event', { trafficType: 'user', properties: { plain: hostile } })
    client.consent.set(hostile)
    client.overrides?.set(hostile, 'on')
    client.overrides?.set('plain', hostile)
    client.overrides?.set('plain', { treatment: 'on', config: hostile })
    client.overrides?.get(hostile)
    client.overrides?.clear(hostile)
    client.on(hostile, () => {})()
    client.on('ready', hostile)()
    client.once('readyFromCache', hostile)
    for (const key of [hostile, { matchingKey: hostile, bucketingKey: 'b' }] as never[]) {
      expect(typeof client.forKey(key).getTreatment('plain')).toBe('string')
    }
    client.setAttribute(hostile, 'a')
    client.setAttribute('plain', hostile)
    client.setAttribute('plain', [hostile] as never)
    client.setAttributes(hostile)
    client.setAttributes({ plain: hostile })
    client.getAttribute(hostile)
    client.removeAttribute(hostile)
    for (const treatment of Object.values(client.getTreatments(NAMES)))
      expect(['on', 'off', 'control']).toContain(treatment)
    expect(client.getTreatment('plain')).toBe('on')
  })
})

describe('a setting is right, or a mistake that is named', () => {
  const NAMED = [
    'sdkKey', 'key', 'trafficType', 'attributes', 'labelsEnabled', 'impressionsMode', 'impressionListener', 'integrations',
    'outbox', 'flagSets', 'flagNames', 'fallbackTreatments', 'bootstrap', 'localFlags', 'consent', 'urls', 'paths',
    'headers', 'readyTimeoutMs', 'logger', 'logLevel',
  ] // prettier-ignore

  it.each(HOSTILE)('%s as any of them, or in any of them', async (_what, value) => {
    const within = [
      { outbox: { maxBytes: value } },
      { urls: { sdk: value } },
      { paths: { auth: value } },
      { flagSets: [value] },
      { integrations: [value] },
      { integrations: [{ name: value, start: explode, impression: explode, stop: explode }] },
      { fallbackTreatments: { global: value } },
      { fallbackTreatments: { byFlag: value } },
      { fallbackTreatments: { byFlag: { plain: value } } },
      { localFlags: { plain: value } },
      { localFlags: { plain: { treatment: value } } },
      { attributes: { plain: value } },
      { key: { matchingKey: value, bucketingKey: 'b' } },
      ...[
        { ff: value },
        { ff: { t: 1, d: value } },
        { ff: { t: 1, d: [value] } },
        { ff: { t: 1, d: [{ name: 'plain', conditions: value, sets: value, prerequisites: [value] }] } },
        { rbs: { t: 1, d: [{ name: 's', excluded: value }] } },
      ].map((splitChanges) => ({ bootstrap: { splitChanges } })),
      { bootstrap: { ...settings.bootstrap, memberships: value } },
      { bootstrap: { ...settings.bootstrap, memberships: { user: value } } },
      { bootstrap: { ...settings.bootstrap, memberships: { user: { ms: { k: value }, ls: { k: [value] } } } } },
    ]
    const clients: Client[] = []
    for (const given of [
      value,
      ...[...NAMED.map((name) => ({ [name]: value })), ...within].map((one) => ({ ...settings, ...one })),
    ]) {
      try {
        const client = createClient(given as Settings)
        clients.push(client)
        for (const treatment of Object.values(client.getTreatments(NAMES))) expect(typeof treatment).toBe('string')
        expect(client.flags.all().length).toBe(client.flags.names().length)
        client.update()
        client.track('event', { trafficType: 'user' })
      } catch (fault) {
        expect(fault, (fault as Error).stack).toBeInstanceOf(PennonSettingsError)
      }
    }
    await Promise.all(clients.map((client) => client.destroy()))
  })
})

/** No request leaves this machine: all end at a port of it that nobody listens to. */
function unreachable(): Settings['urls'] {
  const url = 'http://127.0.0.1:9'
  return { sdk: url, auth: url, streaming: url, events: url, telemetry: url }
}
