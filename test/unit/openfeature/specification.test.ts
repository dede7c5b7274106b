// @vitest-environment happy-dom
import {
  OpenFeature,
  ProviderEvents,
  ProviderStatus,
  type Client as OpenFeatureClient,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagValue,
  type Hook,
  type JsonValue,
} from '@openfeature/web-sdk'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDemoServer, type DemoServer } from '../../../demo/server/createServer'
import { createPennonProvider, type PennonProviderSettings } from '../../../src/openfeature/createPennonProvider'
import { createTestClient } from '../../../src/testing/createTestClient'
import { definitionsOf, flag, rule } from '../../browser/site'

// The scenarios of OpenFeature's own suite (open-feature/spec, specification/assets/gherkin, as of 3 July 2026) as rows: its flags,
// contexts and expected answers, with FME definitions in place of its variants. Those that come out otherwise, as docs/openfeature.md
// says, stand at the end as they are here.
const PICTURES = { showImages: true, title: 'Check out these pics!', imagesPerPage: 100 }
const everybody = { matcherType: 'ALL_KEYS' }
const attributeIs = (attribute: string, value: string) => ({
  matcherType: 'WHITELIST',
  negate: false,
  keySelector: { trafficType: 'user', attribute },
  whitelistMatcherData: { whitelist: [value] },
})
const attributeIsAtLeast = (attribute: string, value: number) => ({
  matcherType: 'GREATER_THAN_OR_EQUAL_TO',
  negate: false,
  keySelector: { trafficType: 'user', attribute },
  unaryNumericMatcherData: { dataType: 'NUMBER', value },
})
/** A rule whose conditions must all hold. */
const all = (treatment: string, ...matchers: object[]) => ({
  ...rule(treatment, everybody),
  matcherGroup: { combiner: 'AND', matchers },
})

/** A flag with one treatment for everybody, as FME's page makes it: a default rule and nothing else. */
const gives = (name: string, treatment: string, config?: object) =>
  flag(name, {
    conditions: [rule(treatment, everybody)],
    ...(config && { configurations: { [treatment]: JSON.stringify(config) } }),
  })
/** A flag with a rule for one address, before its default rule: the treatment is the same, the reason is not. */
const targets = (name: string, treatment: string, config?: object) => ({
  ...gives(name, treatment, config),
  conditions: [rule(treatment, attributeIs('email', 'ballmer@macrosoft.com')), rule(treatment, everybody)],
})

const FLAGS = [
  gives('boolean-flag', 'on'),
  gives('string-flag', 'hi'),
  gives('integer-flag', '10'),
  gives('float-flag', '0.5'),
  gives('object-flag', 'template', PICTURES),
  gives('boolean-zero-flag', 'off'),
  gives('integer-zero-flag', '0'),
  gives('float-zero-flag', '0.0'),
  gives('object-zero-flag', 'zero', {}),
  targets('boolean-targeted-zero-flag', 'off'),
  targets('integer-targeted-zero-flag', '0'),
  targets('float-targeted-zero-flag', '0.0'),
  targets('object-targeted-zero-flag', 'zero', {}),
  gives('wrong-flag', 'uno'),
  gives('metadata-flag', 'on', { string: '1.0.2', integer: 2, float: 0.1, boolean: true }),
  flag('context-aware', {
    defaultTreatment: 'EXTERNAL',
    conditions: [rule('INTERNAL', attributeIs('customer', 'false'))],
  }),
  flag('complex-targeted', {
    defaultTreatment: 'EXTERNAL',
    conditions: [
      all(
        'INTERNAL',
        attributeIs('customer', 'false'),
        attributeIs('email', 'ballmer@macrosoft.com'),
        attributeIsAtLeast('age', 11),
      ),
    ],
  }),
  flag('boolean-disabled-flag', { killed: true, defaultTreatment: 'off' }),
  flag('string-disabled-flag', { killed: true, defaultTreatment: 'bye' }),
  flag('integer-disabled-flag', { killed: true, defaultTreatment: '1' }),
  flag('float-disabled-flag', { killed: true, defaultTreatment: '0.1' }),
  flag('object-disabled-flag', { killed: true, configurations: { off: '{"a":1}' } }),
]

/** Treatments that are not their flag's value, by its name. */
const VARIANTS = new Map([
  ['boolean-flag', 'on'],
  ['integer-flag', '10'],
  ['float-flag', '0.5'],
  ['object-flag', 'template'],
  ...['zero', 'targeted-zero'].flatMap((kind): [string, string][] => [
    [`boolean-${kind}-flag`, 'off'],
    [`integer-${kind}-flag`, '0'],
    [`float-${kind}-flag`, '0.0'],
    [`object-${kind}-flag`, 'zero'],
  ]),
])

type Type = 'boolean' | 'string' | 'number' | 'object'

let server: DemoServer
let client: OpenFeatureClient
beforeAll(async () => {
  server = await createDemoServer({ definitions: definitionsOf(FLAGS) })
})
afterAll(() => server.close())
beforeEach(() => {
  client = OpenFeature.getClient()
})
afterEach(async () => {
  await OpenFeature.clearProviders()
  await OpenFeature.clearContexts()
  OpenFeature.clearHandlers()
})

const provider = (over: Partial<PennonProviderSettings> = {}) => {
  const { apiUrl } = server
  return createPennonProvider({
    sdkKey: 'sdk-key',
    streaming: false,
    persistence: 'none',
    logLevel: 'none',
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    ...over,
  })
}
/** A provider that is ready, and knows why it decides as it does. */
const start = async (context: EvaluationContext = {}) => {
  await OpenFeature.setContext({ targetingKey: 'user', ...context })
  await OpenFeature.setProviderAndWait(provider())
  await expect.poll(() => client.getBooleanDetails('boolean-flag', false).reason).not.toBe('UNKNOWN')
  expect(client.providerStatus).toBe(ProviderStatus.READY)
}
const detailsOf = (type: Type, name: string, value: JsonValue): EvaluationDetails<FlagValue> => {
  if (type === 'boolean') return client.getBooleanDetails(name, value as boolean)
  if (type === 'string') return client.getStringDetails(name, value as string)
  if (type === 'number') return client.getNumberDetails(name, value as number)
  return client.getObjectDetails(name, value)
}

const BALLMER = { email: 'ballmer@macrosoft.com' }

type Row = [type: Type, flag: string, defaultValue: JsonValue, value: JsonValue]
const zeros = (kind: string): Row[] => [
  ['boolean', `boolean-${kind}-flag`, true, false],
  ['number', `integer-${kind}-flag`, 1, 0],
  ['number', `float-${kind}-flag`, 0.1, 0],
  ['object', `object-${kind}-flag`, { a: 1 }, {}],
]

describe('values, variants and reasons', () => {
  it.each<[reason: string, context: object, rows: Row[]]>([
    [
      'STATIC',
      {},
      [
        ['boolean', 'boolean-flag', false, true],
        ['string', 'string-flag', 'bye', 'hi'],
        ['number', 'integer-flag', 1, 10],
        ['number', 'float-flag', 0.1, 0.5],
        ['object', 'object-flag', {}, PICTURES],
        ...zeros('zero'),
      ],
    ],
    ['TARGETING_MATCH', BALLMER, zeros('targeted-zero')],
    ['DEFAULT', { email: 'ballmer@none.com' }, zeros('targeted-zero')],
    ['DEFAULT', {}, [...zeros('targeted-zero'), ['string', 'context-aware', 'none', 'EXTERNAL']]],
    ['DEFAULT', { email: null }, zeros('targeted-zero')],
    [
      'TARGETING_MATCH',
      { ...BALLMER, role: 'admin', age: 65, customer: false },
      [['string', 'complex-targeted', 'default', 'INTERNAL']],
    ],
    ['DEFAULT', { ...BALLMER, age: 65, customer: true }, [['string', 'complex-targeted', 'default', 'EXTERNAL']]],
    [
      'TARGETING_MATCH',
      { fn: 'Sulisław', ln: 'Świętopełk', age: 29, customer: 'false' },
      [['string', 'context-aware', 'EXTERNAL', 'INTERNAL']],
    ],
  ])('%s for the context %j', async (reason, context, rows) => {
    await start(context as EvaluationContext)
    for (const [type, name, defaultValue, value] of rows) {
      const { variant, ...details } = detailsOf(type, name, defaultValue)
      expect(details).toEqual({ flagKey: name, value, reason, flagMetadata: expect.anything() as object })
      expect(variant).toBe(VARIANTS.get(name) ?? value)
    }
  })
})

describe('errors give the default value, and are never thrown', () => {
  it.each<[errorCode: string, rows: [type: Type, flag: string, defaultValue: JsonValue][]]>([
    [
      'FLAG_NOT_FOUND',
      [
        ['boolean', 'non-existent-flag', false],
        ['string', 'non-existent-flag', 'bye'],
        ['number', 'non-existent-flag', 1],
        ['number', 'non-existent-flag', 0.1],
        ['object', 'non-existent-flag', { a: 1 }],
      ],
    ],
    [
      'TYPE_MISMATCH',
      [
        ['boolean', 'string-flag', false],
        ['number', 'boolean-flag', 1],
        ['number', 'boolean-flag', 0.1],
        ['object', 'boolean-flag', { a: 1 }],
        ['number', 'wrong-flag', 13],
      ],
    ],
  ])('%s', async (errorCode, rows) => {
    await start()
    for (const [type, name, value] of rows)
      expect(detailsOf(type, name, value)).toMatchObject({ value, reason: 'ERROR', errorCode })
  })

  const each: [Type, string, JsonValue][] = [
    ['boolean', 'boolean-flag', false],
    ['string', 'string-flag', 'bye'],
    ['number', 'integer-flag', 1],
    ['number', 'float-flag', 0.1],
    ['object', 'object-flag', { a: 1 }],
  ]
  it('of a provider that is not ready: PROVIDER_NOT_READY', async () => {
    const heal = server.fault('/splitChanges', { hang: true })
    await OpenFeature.setContext({ targetingKey: 'user' })
    OpenFeature.setProvider(provider())
    expect(client.providerStatus).toBe(ProviderStatus.NOT_READY)
    for (const [type, name, value] of each)
      expect(detailsOf(type, name, value)).toMatchObject({ value, reason: 'ERROR', errorCode: 'PROVIDER_NOT_READY' })
    heal()
  })

  it('of one whose settings are wrong: PROVIDER_FATAL', async () => {
    await OpenFeature.setContext({ targetingKey: 'user' })
    await expect(OpenFeature.setProviderAndWait(provider({ sdkKey: '' }))).rejects.toThrow('sdkKey')
    expect(client.providerStatus).toBe(ProviderStatus.FATAL)
    for (const [type, name, value] of each)
      expect(detailsOf(type, name, value)).toMatchObject({ value, reason: 'ERROR', errorCode: 'PROVIDER_FATAL' })
  })

  // A fatal provider is one that cannot recover (specification, section 1.7), but the next context may be a better one.
  it('of one whose first context has a key that is not allowed: INVALID_CONTEXT, until a context has a better one', async () => {
    const isNotAllowed = { targetingKey: 'k'.repeat(251) }
    const allowed = { targetingKey: 'user' }
    await OpenFeature.setContext(isNotAllowed)
    await expect(OpenFeature.setProviderAndWait(provider())).rejects.toThrow('key')
    const changed = vi.fn()
    OpenFeature.addHandler(ProviderEvents.ContextChanged, changed)
    const expectRefusal = () => {
      for (const [type, name, value] of each)
        expect(detailsOf(type, name, value)).toMatchObject({ value, reason: 'ERROR', errorCode: 'INVALID_CONTEXT' })
    }
    expect(client.providerStatus).toBe(ProviderStatus.ERROR)
    expectRefusal()
    await OpenFeature.setContext({ ...isNotAllowed, plan: 'pro' })
    expect(client.providerStatus).toBe(ProviderStatus.ERROR)
    expectRefusal()
    expect(changed).not.toHaveBeenCalled()
    await OpenFeature.setContext(allowed)
    expect(client.providerStatus).toBe(ProviderStatus.READY)
    expect(changed).toHaveBeenCalledOnce()
    expect(client.getBooleanValue('boolean-flag', false)).toBe(true)
    await OpenFeature.setContext(isNotAllowed)
    expectRefusal()
  })

  it('of one that has no definitions in time: the status is ERROR', async () => {
    const heal = server.fault('/splitChanges', { status: 500 })
    await OpenFeature.setContext({ targetingKey: 'user' })
    await expect(OpenFeature.setProviderAndWait(provider({ readyTimeoutMs: 50 }))).rejects.toThrow('no definitions')
    expect(client.providerStatus).toBe(ProviderStatus.ERROR)
    heal()
  })
})

describe('hooks', () => {
  /** The stages of hooks that ran, and the details of those that get any. */
  const watch = (heard: [string, Partial<EvaluationDetails<FlagValue>>?][]): Hook => ({
    before: () => void heard.push(['before']),
    after: (_context, details) => void heard.push(['after', details]),
    error: () => void heard.push(['error']),
    finally: (_context, details) => void heard.push(['finally', details]),
  })

  it('after and finally get the details of an answer', async () => {
    await start()
    const heard: [string, Partial<EvaluationDetails<FlagValue>>?][] = []
    client.addHooks(watch(heard))
    client.getBooleanDetails('boolean-flag', false)
    expect(heard.map(([stage]) => stage)).toEqual(['before', 'after', 'finally'])
    for (const [, details] of heard.slice(1)) {
      expect(details).toMatchObject({ flagKey: 'boolean-flag', value: true, variant: 'on', reason: 'STATIC' })
      expect(details?.errorCode).toBeUndefined()
    }
  })

  it.each<[flagKey: string, value: string | boolean, errorCode: string]>([
    ['missing-flag', 'uh-oh', 'FLAG_NOT_FOUND'],
    ['wrong-flag', false, 'TYPE_MISMATCH'],
  ])('error and finally hear of %s, which has no variant: %s', async (flagKey, value, errorCode) => {
    await start()
    const heard: [string, Partial<EvaluationDetails<FlagValue>>?][] = []
    client.addHooks(watch(heard))
    detailsOf(typeof value as Type, flagKey, value)
    expect(heard.map(([stage]) => stage)).toEqual(['before', 'error', 'finally'])
    const [, details] = heard.at(-1) ?? []
    expect(details).toMatchObject({ flagKey, value, reason: 'ERROR', errorCode })
    expect(details?.variant).toBeUndefined()
  })

  it('those of a call run in their order', async () => {
    await start()
    const order: string[] = []
    const hook = (name: string): Hook => ({
      before: () => void order.push(`before ${name}`),
      finally: () => void order.push(`finally ${name}`),
    })
    client.getBooleanDetails('boolean-flag', false, { hooks: [hook('a'), hook('b')] })
    expect(order).toEqual(['before a', 'before b', 'finally b', 'finally a'])
  })
})

describe('events', () => {
  it('a provider that was made ready says so, one that failed says that', async () => {
    const ready = vi.fn()
    const failed = vi.fn()
    OpenFeature.addHandler(ProviderEvents.Ready, ready)
    OpenFeature.addHandler(ProviderEvents.Error, failed)
    await start()
    await expect.poll(() => ready).toHaveBeenCalled()
    expect(failed).not.toHaveBeenCalled()
    await expect(OpenFeature.setProviderAndWait(provider({ sdkKey: '' }))).rejects.toThrow('sdkKey')
    await expect.poll(() => failed).toHaveBeenCalled()
  })
})

describe('metadata, tracking and what may change it', () => {
  it('has the configuration, label and change number of the answer', async () => {
    await start()
    const { flagMetadata } = client.getBooleanDetails('metadata-flag', true)
    expect(flagMetadata).toMatchObject({ label: 'a rule', changeNumber: 100 })
    expect(JSON.parse(String(flagMetadata['config']))).toEqual({
      string: '1.0.2',
      integer: 2,
      float: 0.1,
      boolean: true,
    })
    expect(Object.isFrozen(flagMetadata)).toBe(true)
  })

  it('decides by an entry of the context, on the one level that a page has', async () => {
    const test = createTestClient({ flags: { a: 'on' } })
    await OpenFeature.setContext({ targetingKey: 'user', key: 'value' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ client: test }))
    expect(client.getBooleanValue('a', false)).toBe(true)
    expect(test.recorded.impressions).toMatchObject([{ attributes: { key: 'value' } }])
  })

  it('leaves the context as it was', async () => {
    const context = Object.freeze({ targetingKey: 'user', ...BALLMER })
    await start(context)
    expect(client.getBooleanValue('boolean-targeted-zero-flag', true)).toBe(false)
    expect(OpenFeature.getContext()).toEqual({ targetingKey: 'user', ...BALLMER })
  })

  it('hands on an event, and no event without a name', async () => {
    const test = createTestClient({ logLevel: 'none' })
    await OpenFeature.setContext({ targetingKey: 'user', trafficType: 'user' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ client: test }))
    for (const name of ['the-event', '', null]) client.track(name as string)
    expect(test.recorded.events.map(({ event }) => event)).toEqual(['the-event'])
  })
})

describe('what FME has another word for, as docs/openfeature.md says', () => {
  it.each<[string, Type, string, JsonValue, object]>([
    ['a treatment is a string, and any flag may be asked for it', 'string', 'boolean-flag', 'bye', { value: 'on' }],
    ['a string is its own variant', 'string', 'string-flag', 'bye', { value: 'hi', variant: 'hi' }],
    ['a number is its own variant', 'number', 'integer-flag', 1, { value: 10, variant: '10' }],
  ])('%s', async (_what, type, name, value, expected) => {
    await start()
    expect(detailsOf(type, name, value)).toMatchObject(expected)
  })

  it.each<[Type, string, defaultValue: JsonValue, killed: JsonValue]>([
    ['boolean', 'boolean-disabled-flag', true, false],
    ['string', 'string-disabled-flag', 'hi', 'bye'],
    ['number', 'integer-disabled-flag', 10, 1],
    ['number', 'float-disabled-flag', 0.5, 0.1],
    ['object', 'object-disabled-flag', {}, { a: 1 }],
  ])('a killed flag gives its default treatment: %s %s', async (type, name, defaultValue, killed) => {
    await start()
    expect(detailsOf(type, name, defaultValue)).toMatchObject({ value: killed, reason: 'DISABLED' })
  })

  it('an answer is never called CACHED: each is decided, and its reason is the same', async () => {
    await start()
    for (const name of ['boolean-flag', 'string-flag']) {
      const reasons = [1, 2].map(() => client.getStringDetails(name, 'bye').reason)
      expect(reasons).toEqual(['STATIC', 'STATIC'])
    }
  })

  it.each<[Type, string, JsonValue]>([
    ['boolean', 'boolean-flag', true],
    ['number', 'integer-flag', 23],
    ['number', 'float-flag', 2.3],
    ['string', 'string-flag', 'value'],
  ])('the metadata of a %s without a configuration is why it was decided', async (type, name, value) => {
    await start()
    expect(detailsOf(type, name, value).flagMetadata).toEqual({ label: 'a rule', changeNumber: 100 })
  })
})
