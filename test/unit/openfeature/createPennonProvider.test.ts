// @vitest-environment happy-dom
import {
  OpenFeature,
  ProviderEvents,
  type Client as OpenFeatureClient,
  type EvaluationContext,
} from '@openfeature/web-sdk'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDemoServer, type DemoServer } from '../../../demo/server/createServer'
import { createClient } from '../../../src/client/createClient'
import { createPennonProvider } from '../../../src/openfeature/createPennonProvider'
import { createTestClient } from '../../../src/testing/createTestClient'
import { definitionsOf, flag, inSegment, rule } from '../../browser/site'

// These tests use the real web SDK and the real local server.
const everybody = { matcherType: 'ALL_KEYS' }
/** A flag that gives everybody one treatment, with a configuration. */
const gives = (name: string, treatment: string, config?: object) =>
  flag(name, {
    conditions: [rule(treatment, everybody)],
    ...(config && { configurations: { [treatment]: JSON.stringify(config) } }),
  })
const half = rule('on', everybody)
half.partitions = [
  { treatment: 'on', size: 50 },
  { treatment: 'off', size: 50 },
]

let server: DemoServer
let client: OpenFeatureClient
beforeEach(async () => {
  server = await createDemoServer({
    definitions: definitionsOf([
      gives('boolean-flag', 'on'),
      gives('object-flag', 'template', { showImages: true }),
      gives('number-flag', '12.5'),
      gives('capitals', 'ON'),
      flag('staff', { conditions: [rule('on', inSegment('employees'))] }),
      flag('killed', { killed: true }),
      flag('split', { conditions: [half] }),
      flag('allocated', { trafficAllocation: 99 }),
      flag('required', { prerequisites: [{ n: 'boolean-flag', ts: ['on'] }] }),
      flag('broken-config', { configurations: { on: '{' } }),
    ]),
    memberships: { ana: { segments: ['employees'] } },
  })
})
afterEach(async () => {
  await OpenFeature.clearProviders()
  await OpenFeature.clearContexts()
  OpenFeature.clearHandlers()
  await server.close()
})

const provider = () => {
  const { apiUrl } = server
  return createPennonProvider({
    sdkKey: 'sdk-key',
    trafficType: 'user',
    streaming: false,
    persistence: 'none',
    logLevel: 'none',
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
  })
}
const start = async (context: EvaluationContext = { targetingKey: 'bo' }) => {
  await OpenFeature.setContext(context)
  await OpenFeature.setProviderAndWait(provider())
  client = OpenFeature.getClient()
}

describe('evaluation', () => {
  it('gives details: variant, reason and what is known of the decision', async () => {
    await start()
    expect(client.getBooleanDetails('boolean-flag', false)).toEqual({
      flagKey: 'boolean-flag',
      value: true,
      variant: 'on',
      reason: 'STATIC',
      flagMetadata: { label: 'a rule', changeNumber: 100 },
    })
    expect(client.getObjectDetails('object-flag', {}).flagMetadata).toMatchObject({
      config: expect.stringContaining('showImages') as string,
    })
  })

  it.each([
    ['staff', 'DEFAULT', 'off'],
    ['killed', 'DISABLED', 'off'],
    ['split', 'SPLIT', expect.stringMatching(/on|off/)],
    ['allocated', 'SPLIT', 'on'],
    ['required', 'DEFAULT', 'on'],
  ])('says of %s: %s', async (name, reason, value) => {
    await start()
    expect(client.getStringDetails(name, 'default')).toMatchObject({ reason, value })
  })

  it('says of a configuration that it is none, or no JSON', async () => {
    await start()
    expect(client.getObjectDetails('boolean-flag', { a: 1 })).toMatchObject({
      value: { a: 1 },
      errorCode: 'TYPE_MISMATCH',
    })
    expect(client.getObjectDetails('broken-config', { a: 1 })).toMatchObject({
      value: { a: 1 },
      errorCode: 'PARSE_ERROR',
    })
  })

  it('says that a context has no targeting key', async () => {
    await start({})
    expect(client.getBooleanDetails('boolean-flag', false)).toMatchObject({ errorCode: 'TARGETING_KEY_MISSING' })
    expect(server.received).toEqual([])
  })
})

describe('contexts', () => {
  it('each evaluation is for the user of its own context, however the changes overtake each other', async () => {
    await start({ targetingKey: 'bo' })
    const changes = ['ana', 'cy', 'ana'].map((targetingKey) => OpenFeature.setContext({ targetingKey }))
    await Promise.all(changes)
    expect(client.getBooleanValue('staff', false)).toBe(true)
    await OpenFeature.setContext({ targetingKey: 'bo' })
    expect(client.getBooleanValue('staff', true)).toBe(false)
  })

  it('buckets by a bucketing key, and tracks for the traffic type', async () => {
    const test = createTestClient({ flags: { a: 'on' } })
    await OpenFeature.setContext({ targetingKey: 'ana', bucketingKey: 'b', trafficType: 'user' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ client: test }))
    client = OpenFeature.getClient()
    expect(client.getBooleanValue('a', false)).toBe(true)
    client.track('checkout', { value: 9, items: 2 })
    expect(test.recorded.impressions).toMatchObject([{ flag: 'a', key: 'ana', bucketingKey: 'b' }])
    expect(test.recorded.events).toMatchObject([
      { event: 'checkout', value: 9, trafficType: 'user', properties: { items: 2 } },
    ])
  })
})

describe('what an application asked of the provider of the official SDK, as docs/migrating.md says', () => {
  const account = { targetingKey: 'ana', trafficType: 'account', plan: 'premium' }

  it('has the same answers: booleans in any letters, configurations as metadata, another user by setContext', async () => {
    await start({ targetingKey: 'bo' })
    expect(client.getBooleanValue('staff', true)).toBe(false)
    await OpenFeature.setContext(account)
    expect([
      client.getBooleanValue('staff', false),
      client.getBooleanValue('capitals', false),
      client.getStringValue('boolean-flag', 'default'),
      client.getNumberValue('number-flag', 7),
    ]).toEqual([true, true, 'on', 12.5])
    expect(client.getBooleanDetails('unknown', true)).toMatchObject({ value: true, errorCode: 'FLAG_NOT_FOUND' })
    const { flagMetadata } = client.getStringDetails('object-flag', 'default')
    expect(JSON.parse(String(flagMetadata['config']))).toEqual({ showImages: true })
  })

  it('tracks with properties of their own member, for the traffic type of the context or of the settings', async () => {
    await start(account)
    client.track('checkout.completed', { value: 19.99, properties: { plan: 'pro', coupon: 'WELCOME10' }, items: 2 })
    client.track('nothing.more')
    await OpenFeature.setContext({ targetingKey: 'bo' })
    client.track('of.the.settings', { properties: 'none' })
    await OpenFeature.clearProviders()
    expect(
      server
        .events()
        .map(({ key, trafficTypeName, type, value, properties }) => [
          key,
          trafficTypeName,
          type,
          value,
          JSON.parse(String(properties)) as object,
        ]),
    ).toEqual([
      ['ana', 'account', 'checkout.completed', 19.99, { plan: 'pro', coupon: 'WELCOME10', items: 2 }],
      ['ana', 'account', 'nothing.more', null, {}],
      ['bo', 'user', 'of.the.settings', null, { properties: 'none' }],
    ])
  })
})

describe('events', () => {
  it('tells which flags changed', async () => {
    const test = createTestClient({ flags: { a: 'on' } })
    await OpenFeature.setContext({ targetingKey: 'test-user' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ client: test }))
    const changed = vi.fn()
    OpenFeature.addHandler(ProviderEvents.ConfigurationChanged, changed)
    test.set('a', 'off')
    await expect.poll(() => changed).toHaveBeenCalledWith(expect.objectContaining({ flagsChanged: ['a'] }))
  })

  it('is an error until there are definitions, and ready then', async () => {
    const heal = server.fault('/splitChanges', { status: 500 })
    await OpenFeature.setContext({ targetingKey: 'bo' })
    const { apiUrl } = server
    const late = createClient({
      sdkKey: 'sdk-key',
      key: 'bo',
      streaming: false,
      persistence: 'none',
      logLevel: 'none',
      readyTimeoutMs: 50,
      definitionsRefreshMs: 1000,
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    })
    const ready = vi.fn()
    await expect(OpenFeature.setProviderAndWait(createPennonProvider({ client: late }))).rejects.toThrow(
      'no definitions',
    )
    OpenFeature.addHandler(ProviderEvents.Ready, ready)
    heal()
    await expect.poll(() => ready).toHaveBeenCalled()
    expect(OpenFeature.getClient().getBooleanValue('boolean-flag', false)).toBe(true)
    await late.destroy()
  })

  it('is stale when the service is not heard of any more, and ready again', async () => {
    await OpenFeature.setContext({ targetingKey: 'bo' })
    const { apiUrl } = server
    const followed = createPennonProvider({
      sdkKey: 'sdk-key',
      streaming: false,
      persistence: 'none',
      logLevel: 'none',
      definitionsRefreshMs: 1000,
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    })
    await OpenFeature.setProviderAndWait(followed)
    const stale = vi.fn()
    const ready = vi.fn()
    OpenFeature.addHandler(ProviderEvents.Stale, stale)
    const heal = server.fault('/splitChanges', { status: 500 })
    // The client behaves as if three polls had failed already.
    const laterBy = 10_000
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + laterBy)
    await expect.poll(() => stale).toHaveBeenCalledTimes(1)
    expect(OpenFeature.getClient().providerStatus).toBe('STALE')
    expect(OpenFeature.getClient().getBooleanValue('boolean-flag', false)).toBe(true)
    await OpenFeature.setContext({ targetingKey: 'bo', plan: 'free' })
    await expect.poll(() => OpenFeature.getClient().providerStatus).toBe('STALE')
    OpenFeature.addHandler(ProviderEvents.Ready, ready)
    heal()
    await expect.poll(() => ready).toHaveBeenCalledTimes(1)
    expect(OpenFeature.getClient().providerStatus).toBe('READY')
  })

  it('is stale where polls begin to fail long before', async () => {
    const { apiUrl } = server
    const client = createClient({
      sdkKey: 'sdk-key',
      key: 'bo',
      streaming: false,
      persistence: 'none',
      logLevel: 'none',
      definitionsRefreshMs: 1000,
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    })
    await OpenFeature.setContext({ targetingKey: 'bo' })
    await OpenFeature.setProviderAndWait(createPennonProvider({ client }))
    const stale = vi.fn()
    OpenFeature.addHandler(ProviderEvents.Stale, stale)
    const failed = new Promise((resolve) => client.on('error', resolve))
    server.fault('/splitChanges', { status: 500 })
    await failed
    expect(client.status().stale).toBe(false)
    const { now } = Date
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 10_000)
    expect(client.status().stale).toBe(true)
    await expect.poll(() => stale).toHaveBeenCalledTimes(1)
    // A provider that begins with a stale client says so, too.
    await OpenFeature.setProviderAndWait(createPennonProvider({ client }))
    await expect.poll(() => OpenFeature.getClient().providerStatus).toBe('STALE')
    await client.destroy()
  })
})

it('changes the user without a wait for what is posted', async () => {
  await start()
  client.getBooleanValue('boolean-flag', false)
  await OpenFeature.setContext({ targetingKey: 'ana' })
  expect(server.impressions()).toEqual([])
  expect(client.getBooleanDetails('staff', false)).toMatchObject({ value: true, reason: 'TARGETING_MATCH' })
})

it('is not revived by a context that is set after its end', async () => {
  const ended = provider()
  await OpenFeature.setContext({ targetingKey: 'bo' })
  await OpenFeature.setProviderAndWait(ended)
  await OpenFeature.clearProviders()
  server.clearReceived()
  await ended.onContextChange?.({ targetingKey: 'bo' }, { targetingKey: 'ana' })
  expect(server.received.filter(({ path }) => path.startsWith('/memberships'))).toEqual([])
})

it('destroys the client that it made, and not one that it was given', async () => {
  await start()
  await OpenFeature.clearProviders()
  const { length } = server.received
  expect(server.impressions()).toEqual([])
  expect(length).toBeGreaterThan(0)
  const test = createTestClient()
  await OpenFeature.setProviderAndWait(createPennonProvider({ client: test }))
  await OpenFeature.clearProviders()
  expect(test.status().destroyed).toBe(false)
})
