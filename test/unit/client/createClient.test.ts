import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createDemoServer, type DemoServer } from '../../../demo/server/createServer'
import { createClient } from '../../../src/client/createClient'
import { flag as flagOf, inSegment, splitChanges } from '../definitions/fakes'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'
import type { Status } from '../../../src/client/types/events'
import type { Impression } from '../../../src/impressions/types'

// These tests run against the real local server, over real HTTP. Tests that need a page are in test/browser.

const flag = (name: string, over: object = {}) =>
  flagOf(name, 1000, { sets: ['all'], configurations: { on: '{"color":"red"}' }, ...over })
const staff = flag('staff', { sets: ['inner', 'all'], conditions: [inSegment('employees')] })
const definitions = (...flags: object[]) => splitChanges(1000, flags)

let server: DemoServer
let clients: Client[]
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

beforeEach(async () => {
  server = await createDemoServer({
    definitions: definitions(flag('plain'), staff),
    memberships: { insider: { segments: ['employees'] } },
  })
  clients = []
  vi.clearAllMocks()
})
afterEach(async () => {
  await Promise.all(clients.map((client) => client.destroy()))
  // A line that this test causes must not be written during the next one.
  await texts()
  await server.close()
})

const create = (over: Partial<Settings> = {}): Client => {
  const { apiUrl } = server
  const client = createClient({
    sdkKey: 'sdk-key',
    key: 'user-1',
    streaming: false,
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    logger,
    ...over,
  })
  clients.push(client)
  return client
}

/** Resolves when the client is ready, and its second file there, which comes after the first answers. */
const ready = async (client: Client): Promise<Status> => {
  const status = await client.whenReady()
  await expect.poll(() => client.explain('')).toBeDefined()
  return status
}
/** Resolves when the client, which asked for them with its first line, has the texts of its lines: who asks again is answered last. */
const texts = async () => {
  await import('../../../src/shared/texts')
  await import('../../../src/shared/texts')
}

describe('readiness', () => {
  it('goes from nothing to ready, and says so once in every way', async () => {
    const start = Date.now()
    const client = create()
    const heard: string[] = []
    for (const event of ['readyFromCache', 'ready', 'timeout', 'update'] as const) {
      client.on(event, () => heard.push(event))
    }
    expect(client.status()).toMatchObject({ ready: false, readyFromCache: false, source: 'none', age: undefined })
    const status = await ready(client)
    expect(status).toMatchObject({
      ready: true,
      readyFromCache: true,
      timedOut: false,
      source: 'network',
      stale: false,
    })
    expect(status.age).toBeLessThanOrEqual(Date.now() - start)
    expect(heard).toEqual(['readyFromCache', 'ready'])
  })

  it('calls a late listener, once, unless it left again', async () => {
    const client = create()
    await ready(client)
    const late = vi.fn()
    client.on('ready', late)
    client.once('readyFromCache', late)
    client.on('ready', late)()
    expect(late).not.toHaveBeenCalled()
    await Promise.resolve()
    expect(late).toHaveBeenCalledTimes(2)
    expect((late.mock.calls[0] as [Status])[0].ready).toBe(true)
  })

  it('tells of ready once where the listener is added in that of readyFromCache, and both are reached together', async () => {
    const client = create()
    const late = vi.fn()
    client.on('readyFromCache', () => client.on('ready', late))
    await ready(client)
    await Promise.resolve()
    expect(late).toHaveBeenCalledOnce()
  })

  it('times out when the service hangs, goes on, and gets ready late', async () => {
    const undo = server.fault('/splitChanges', { hang: true })
    const client = create({ readyTimeoutMs: 100, requestTimeoutMs: 300, server: 'poll' })
    const status = await client.whenReady()
    expect(status).toMatchObject({ ready: false, timedOut: true })
    undo()
    const ready = await new Promise<Status>((resolve) => client.on('ready', resolve))
    expect(ready).toMatchObject({ ready: true, timedOut: true })
    expect(client.getTreatment('plain')).toBe('on')
  })

  it('waits for memberships where a flag depends on them, and not otherwise', async () => {
    server.fault('/memberships', { hang: true })
    const client = create({ readyTimeoutMs: 300 })
    expect(await ready(client)).toMatchObject({ ready: false })
    server.setDefinitions(definitions(flag('plain')))
    const independent = create({ key: 'other', readyTimeoutMs: 0 })
    expect(await independent.whenReady()).toMatchObject({ ready: true })
  })

  it('survives listeners that throw', async () => {
    const client = create()
    const rest = vi.fn()
    client.on('ready', () => {
      throw new Error('of the application')
    })
    client.on('ready', rest)
    await ready(client)
    expect(rest).toHaveBeenCalledOnce()
    await texts()
    expect(logger.error).toHaveBeenCalledWith(expect.stringContaining('of the application'))
  })

  it('is said at once where the service refuses, for later clients too, and what is refused is shown', async () => {
    server.fault('/splitChanges', { status: 401 })
    server.fault('/memberships', { status: 401 })
    const start = Date.now()
    const client = create({ readyTimeoutMs: 0, server: 'poll' })
    expect(await ready(client)).toMatchObject({ ready: false, timedOut: true })
    expect(await client.forKey('u2').whenReady()).toMatchObject({ ready: false, timedOut: true })
    const { refused } = client.status()
    expect(refused.map(({ resource, status }) => [resource, status])).toContainEqual(['definitions', 401])
    for (const { since, nextAttempt } of refused) {
      expect(since).toBeGreaterThanOrEqual(start)
      // The clock may go on between the refusal and the plan of the next attempt.
      expect(nextAttempt).toBeGreaterThanOrEqual(since + 60_000)
      expect(nextAttempt).toBeLessThanOrEqual(Date.now() + 60_000)
    }
  })

  it('is not kept from anybody by a refusal of the memberships of another key', async () => {
    server.fault('/memberships/org%2F17', { status: 403 })
    const client = create({ key: 'insider', readyTimeoutMs: 0, server: 'poll' })
    const other = client.forKey('org/17')
    expect(await other.whenReady()).toMatchObject({ ready: false, timedOut: true })
    expect(await ready(client)).toMatchObject({ ready: true, timedOut: false })
    expect(client.getTreatment('staff')).toBe('on')
    expect(client.status().refused).toMatchObject([{ resource: 'memberships/org/17', status: 403 }])
    expect(await client.forKey('third').whenReady()).toMatchObject({ ready: true })
  })

  it.each([
    { of: 'memberships', path: '/memberships', other: '/splitChanges', plain: 'on' },
    { of: 'definitions', path: '/splitChanges', other: '/memberships', plain: 'control' },
  ])('waits, where $of are refused, for what is not', async ({ path, other, plain }) => {
    server.fault(path, { status: 403 })
    server.fault(other, { delayMs: 300 })
    // Decisions depend on memberships from the start.
    const splitChanges = { ff: { s: -1, t: 1, d: [{ ...staff, changeNumber: 1 }] } }
    const bootstrap = { splitChanges: splitChanges as never }
    const client = create({ key: 'insider', readyTimeoutMs: 0, server: 'poll', bootstrap })
    expect(await ready(client)).toMatchObject({ ready: false, timedOut: true })
    expect(client.status().refused.map(({ status }) => status)).toEqual([403])
    expect(client.getTreatment('plain')).toBe(plain)
    expect(client.getTreatment('staff')).toBe(plain === 'on' ? 'off' : 'on')
  })

  it('of many keys at once makes Node warn of nothing', async () => {
    const onWarning = vi.fn()
    process.on('warning', onWarning)
    const client = create({ key: 'insider', server: 'poll' })
    const others = Array.from({ length: 40 }, (_, i) => client.forKey(`user${i}`))
    await Promise.all([client, ...others].map((one) => one.whenReady()))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', onWarning)
    expect(onWarning.mock.calls).toEqual([])
    expect(others.every((one) => one.status().ready)).toBe(true)
  })

  it('reports a refused key once, and asks no more', async () => {
    server.fault('/splitChanges', { status: 401 })
    const client = create({ readyTimeoutMs: 0 })
    const errors: string[] = []
    client.on('error', (error) => errors.push(error.message))
    await ready(client)
    expect(errors).toEqual([expect.stringContaining('401')])
    expect(server.received.filter(({ path, method }) => path === '/splitChanges' && method === 'GET')).toHaveLength(1)
  })
})

describe('treatments', () => {
  it('single, many, by set, each with and without configuration', async () => {
    const client = create({ key: 'insider' })
    await ready(client)
    const config = '{"color":"red"}'
    expect(client.getTreatment('staff')).toBe('on')
    expect(client.getTreatmentWithConfig('staff')).toEqual({ treatment: 'on', config })
    expect(client.getTreatments(['plain', 'none', ' plain ', ''])).toEqual({ plain: 'on', none: 'control' })
    expect(client.getTreatmentsWithConfig(['plain', 'none'])).toEqual({
      plain: { treatment: 'on', config },
      none: { treatment: 'control', config: null },
    })
    expect(client.getTreatmentsByFlagSet('inner')).toEqual({ staff: 'on' })
    expect(client.getTreatmentsByFlagSets(['inner', 'ALL', 'none'])).toEqual({ staff: 'on', plain: 'on' })
    expect(client.getTreatmentsWithConfigByFlagSet('inner')).toEqual({ staff: { treatment: 'on', config } })
    expect(client.getTreatmentsWithConfigByFlagSets([])).toEqual({})
  })

  it('is control before it is ready, with the label not ready', async () => {
    const client = create()
    const impressions: Impression[] = []
    client.on('impression', (impression) => impressions.push(impression))
    expect(client.getTreatment('plain')).toBe('control')
    expect(client.getTreatmentsByFlagSet('all')).toEqual({})
    expect(client.explain('plain')).toBeUndefined()
    await Promise.resolve()
    expect(impressions).toMatchObject([
      { flag: 'plain', treatment: 'control', label: 'not ready', disposition: 'queued' },
    ])
  })

  it('refuses bad calls without an impression, and never throws', async () => {
    const client = create({ fallbackTreatments: { global: 'safe' } })
    await ready(client)
    const heard = vi.fn()
    client.on('impression', heard)
    for (const call of [
      () => client.getTreatment(''),
      () => client.getTreatment(undefined as unknown as string),
      () => client.getTreatment('plain', [] as never),
      () => client.getTreatment('plain', 'x' as never),
    ]) {
      expect(call()).toBe('safe')
    }
    expect(client.getTreatments('plain' as never)).toEqual({})
    expect(client.explain('', {})?.label).toBe('invalid input')
    await Promise.resolve()
    expect(heard).not.toHaveBeenCalled()
    await texts()
    expect(logger.warn).toHaveBeenCalled()
  })

  it('never throws for attributes and options that throw when they are looked at', async () => {
    const client = create({ attributes: { bound: 1 } })
    await ready(client)
    const throwing = Object.defineProperty({}, 'properties', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    expect(client.getTreatment('plain', throwing as never, throwing)).toBe('on')
    expect(client.explain('plain', throwing as never)?.treatment).toBe('on')
    await texts()
    expect(logger.warn).toHaveBeenCalledWith(expect.stringContaining('could not be read'))
  })

  it('let the page go on where an impression listener decides a flag each time', async () => {
    let heard = 0
    const client = create({
      impressionListener() {
        heard++
        if (heard < 10_000) client.getTreatment('plain')
      },
    })
    client.getTreatment('plain')
    await new Promise((resolve) => setTimeout(resolve))
    expect(heard).toBeGreaterThan(0)
    expect(heard).toBeLessThan(10)
    heard = Infinity
  })

  it('serves fallback treatments, and the label tells', async () => {
    const client = create({ fallbackTreatments: { byFlag: { none: { treatment: 'blue', config: 'c' } } } })
    await ready(client)
    const heard: Impression[] = []
    client.on('impression', (impression) => heard.push(impression))
    expect(client.getTreatmentWithConfig('none')).toEqual({ treatment: 'blue', config: 'c' })
    expect(client.explain('none')).toMatchObject({ treatment: 'blue', label: 'fallback - definition not found' })
    await Promise.resolve()
    expect(heard).toMatchObject([{ flag: 'none', treatment: 'blue', label: 'fallback - definition not found' }])
  })

  it('records unknown flags of a ready client unless told not to', async () => {
    const silent = create({ impressionsForUnknownFlags: false })
    await silent.whenReady()
    const heard = vi.fn()
    silent.on('impression', heard)
    silent.getTreatment('none')
    await Promise.resolve()
    expect(heard).not.toHaveBeenCalled()
  })

  it('binds attributes under those of the call', async () => {
    server.setDefinitions(
      definitions(
        flag('twelve', {
          conditions: [
            {
              conditionType: 'ROLLOUT',
              label: 'twelve',
              matcherGroup: {
                combiner: 'AND',
                matchers: [
                  {
                    matcherType: 'EQUAL_TO',
                    negate: false,
                    keySelector: { trafficType: 'user', attribute: 'age' },
                    unaryNumericMatcherData: { dataType: 'NUMBER', value: 12 },
                  },
                ],
              },
              partitions: [{ treatment: 'on', size: 100 }],
            },
          ],
        }),
      ),
    )
    const client = create({ attributes: { age: 12 } })
    await ready(client)
    expect(client.getTreatment('twelve')).toBe('on')
    expect(client.getTreatment('twelve', { age: 13 })).toBe('off')
    expect(client.setAttribute('', 1)).toBe(false)
    expect(client.setAttributes({ age: 13, bad: {} as never })).toBe(false)
    expect(client.getAttributes()).toEqual({ age: 12 })
    expect(client.setAttribute('age', 13)).toBe(true)
    expect(client.getTreatment('twelve')).toBe('off')
    expect(client.getAttribute('age')).toBe(13)
    expect(client.removeAttribute('age')).toBe(true)
    expect(client.removeAttribute('age')).toBe(false)
    client.clearAttributes()
    expect(client.getAttributes()).toEqual({})
  })
})

describe('updates that are held back', () => {
  it('say where the definitions in use came from', async () => {
    const splitChanges = definitions(flag('plain', { changeNumber: 1, killed: true }), staff)
    splitChanges.ff.t = 1
    const client = create({
      updatePolicy: 'manual',
      bootstrap: { splitChanges },
      server: 'poll',
    })
    expect(await ready(client)).toMatchObject({ ready: true, source: 'bootstrap' })
    expect(client.getTreatment('plain')).toBe('off')
    expect(client.update()).toBe(true)
    expect(client.getTreatment('plain')).toBe('on')
    expect(client.status().source).toBe('network')
  })
})

describe('a bootstrap that has no definitions', () => {
  it.each([
    { message: 'rate limited' },
    { ff: { d: [flag('plain')] } },
    { ff: { d: [flag('plain')], t: '1' } },
    { splits: [flag('plain')] },
  ])('is not used, which one line says: %j', async (splitChanges) => {
    // Files of a worker may share a database.
    const client = create({
      updatePolicy: 'nextLoad',
      server: 'poll',
      persistence: 'none',
      bootstrap: { splitChanges },
    })
    expect(client.status()).toMatchObject({ readyFromCache: false, source: 'none' })
    expect(await ready(client)).toMatchObject({ ready: true, source: 'network' })
    expect(client.getTreatment('plain')).toBe('on')
    await texts()
    expect(logger.warn.mock.calls).toEqual([
      ['pennon: bootstrap ignored: its splitChanges are no answer of the service'],
    ])
  })
})

describe('other keys', () => {
  it('shares definitions and owns memberships', async () => {
    const client = create()
    await ready(client)
    const insider = client.forKey('insider')
    // The client must not guess whether a key is in no segment, or is only not known to be in one yet.
    expect(insider.status()).toMatchObject({ ready: false, readyFromCache: false })
    expect(insider.getTreatment('staff')).toBe('control')
    await insider.whenReady()
    expect(insider.getTreatment('plain')).toBe('on')
    expect(insider.getTreatment('staff')).toBe('on')
    expect(client.getTreatment('staff')).toBe('off')
    expect(client.forKey('insider')).toBe(insider)
    expect(client.forKey('user-1')).toBe(client)
    await insider.destroy()
    expect(client.forKey('insider')).not.toBe(insider)
    expect(client.getTreatment('plain')).toBe('on')
    expect(server.received.filter(({ path, method }) => path === '/splitChanges' && method === 'GET')).toHaveLength(1)
  })

  it('with the matching key of a first one see the memberships of the service, not those of the bootstrap again', async () => {
    const splitChanges = definitions({ ...staff, changeNumber: 1 }) as never
    const bootstrap = { splitChanges, memberships: { insider: { ms: { k: [] }, ls: { k: [] } } } }
    const client = create({ key: 'insider', server: 'poll', bootstrap })
    expect(client.getTreatment('staff')).toBe('off')
    await expect.poll(() => client.getTreatment('staff')).toBe('on')
    const other = client.forKey({ matchingKey: 'insider', bucketingKey: 'b' })
    expect([client, other].map((one) => one.getTreatment('staff'))).toEqual(['on', 'on'])
  })

  it('answers control for an invalid key, with one log line, and does not throw', async () => {
    const client = create()
    await ready(client)
    const nobody = client.forKey('')
    expect(nobody.getTreatment('plain')).toBe('control')
    expect(nobody.getTreatments(['plain'])).toEqual({ plain: 'control' })
    expect(nobody.explain('plain')?.label).toBe('invalid input')
    await texts()
    expect(logger.warn.mock.calls.filter(([line]) => String(line).includes('key'))).toHaveLength(1)
  })

  it('gives each client its own impressions', async () => {
    const client = create()
    await ready(client)
    const other = client.forKey({ matchingKey: 'm', bucketingKey: 'b' })
    const heard: string[] = []
    client.on('impression', ({ key }) => heard.push(`main ${key}`))
    other.on('impression', ({ key, bucketingKey }) => heard.push(`other ${key} ${bucketingKey}`))
    client.getTreatment('plain')
    other.getTreatment('plain')
    await Promise.resolve()
    expect(heard).toEqual(['main user-1', 'other m b'])
  })
})

describe('delivery from where there is no page', () => {
  it('posts on flush, with counts, and tells what became of it', async () => {
    const listened: Impression[] = []
    const client = create({ impressionListener: (impression) => listened.push(impression) })
    await ready(client)
    const deliveries: unknown[] = []
    client.on('delivery', (delivery) => deliveries.push(delivery))
    for (let n = 0; n < 3; n++) client.getTreatment('plain', { secret: 'stays' })
    await client.flush()
    expect(server.impressions()).toMatchObject([
      { flag: 'plain', key: 'user-1', treatment: 'on', label: 'default rule', changeNumber: 1000, mode: 'OPTIMIZED' },
    ])
    expect(server.counts()).toMatchObject([{ flag: 'plain', count: 2 }])
    expect(deliveries).toEqual([
      {
        kind: 'impressions',
        count: 1,
        items: [expect.objectContaining({ f: 'plain', k: 'user-1', t: 'on' })],
        reason: 'manual',
        transport: 'fetch',
        outcome: 'sent',
        status: 200,
      },
      {
        kind: 'counts',
        count: 1,
        items: [expect.objectContaining({ f: 'plain', rc: 2 })],
        reason: 'manual',
        transport: 'fetch',
        outcome: 'sent',
        status: 200,
      },
    ])
    expect(listened.map(({ disposition }) => disposition)).toEqual(['queued', 'deduplicated', 'deduplicated'])
    expect(listened[0]).toMatchObject({ attributes: { secret: 'stays' }, trafficType: 'user' })
    expect(JSON.stringify(server.received)).not.toContain('stays')
  })

  it('keeps labels home when told to; listeners still see them', async () => {
    const listened: Impression[] = []
    const client = create({ labelsEnabled: false, impressionListener: (impression) => listened.push(impression) })
    await ready(client)
    client.getTreatment('plain')
    await client.flush()
    expect(server.impressions()).toMatchObject([{ flag: 'plain', label: null }])
    expect(JSON.stringify(server.received)).not.toContain('default rule')
    expect(listened[0]?.label).toBe('default rule')
  })

  it('sends counts and unique keys only where tracking is off: flag, call or mode', async () => {
    server.setDefinitions(definitions(flag('plain'), flag('untracked', { impressionsDisabled: true })))
    const client = create()
    await ready(client)
    client.getTreatment('untracked')
    client.getTreatment('plain', undefined, { impressionsDisabled: true })
    await client.flush()
    expect(server.impressions()).toEqual([])
    expect(server.counts().map(({ flag, count }) => [flag, count])).toEqual([
      ['untracked', 1],
      ['plain', 1],
    ])
    expect(server.uniqueKeys().map(({ key, flag }) => [key, flag])).toEqual([
      ['user-1', 'untracked'],
      ['user-1', 'plain'],
    ])
    const none = create({ key: 'quiet', impressionsMode: 'NONE' })
    await none.whenReady()
    none.getTreatment('plain')
    await none.flush()
    expect(server.impressions()).toEqual([])
  })

  it('sends each impression with properties', async () => {
    const client = create()
    await ready(client)
    const properties = { cart: 3, when: new Date(0) }
    client.getTreatment('plain', undefined, { properties })
    client.getTreatment('plain', undefined, { properties })
    await client.flush()
    expect(server.impressions().map(({ properties }) => properties)).toEqual([
      '{"cart":3,"when":null}',
      '{"cart":3,"when":null}',
    ])
    expect(server.counts()).toEqual([])
  })

  it('holds back without consent, releases with it, and drops after a decline', async () => {
    const client = create({ consent: 'unknown' })
    await ready(client)
    expect(client.consent.get()).toBe('unknown')
    client.getTreatment('plain')
    await client.flush()
    expect(server.impressions()).toEqual([])
    client.consent.set('granted')
    await client.flush()
    expect(server.impressions()).toHaveLength(1)
    const heard = vi.fn()
    client.on('impression', heard)
    client.consent.set('declined')
    expect(client.getTreatment('plain')).toBe('on')
    await client.flush()
    await Promise.resolve()
    expect(heard).not.toHaveBeenCalled()
    expect(server.impressions()).toHaveLength(1)
    expect(server.counts()).toEqual([])
  })

  it('begins anew with a grant after a decline: the same decision is no repetition, and nothing of before is sent', async () => {
    const client = create({ consent: 'unknown' })
    await ready(client)
    const decideTwice = () => {
      for (let n = 0; n < 2; n++) client.getTreatment('plain')
    }
    decideTwice()
    client.getTreatment('staff', {}, { impressionsDisabled: true })
    client.consent.set('declined')
    client.consent.set('granted')
    decideTwice()
    await client.flush()
    expect(server.impressions().map(({ flag }) => flag)).toEqual(['plain'])
    expect(server.counts().map(({ flag, count }) => [flag, count])).toEqual([['plain', 1]])
    expect(server.uniqueKeys()).toEqual([])
  })

  it('of a destroyed client is said and starts nothing', async () => {
    const integration = { name: 'tool', start: vi.fn(), impression: vi.fn(), stop: vi.fn() }
    const client = create({ integrations: [integration] })
    await ready(client)
    await client.destroy()
    client.consent.set('declined')
    expect(client.consent.get()).toBe('declined')
    // What it had started, too, would have been by now.
    await ready(create())
    expect(integration.start).toHaveBeenCalledTimes(1)
    expect(integration.stop).toHaveBeenCalledTimes(1)
    await texts()
    expect(logger.warn).not.toHaveBeenCalled()
  })

  it('takes nothing else for consent, and says so', async () => {
    const client = create()
    await ready(client)
    client.getTreatment('plain')
    for (const wrong of [true, 'unknown', 'GRANTED', undefined]) client.consent.set(wrong as 'granted')
    expect(client.consent.get()).toBe('granted')
    await texts()
    expect(logger.warn.mock.calls).toEqual(
      Array(4).fill([expect.stringContaining("consent must be 'granted' or 'declined'")]),
    )
    await client.flush()
    expect(server.impressions()).toHaveLength(1)
  })

  it('delivers on destroy, and is control ever after', async () => {
    const client = create()
    await ready(client)
    client.getTreatment('plain')
    const done = client.destroy()
    expect(client.destroy()).toBe(done)
    expect(client.status()).toMatchObject({ destroyed: true })
    expect(client.getTreatment('plain')).toBe('control')
    await done
    expect(server.impressions()).toHaveLength(1)
    expect(client.flags.names()).toEqual([])
    expect((await ready(client)).destroyed).toBe(true)
  })

  it('tells listeners of the decisions that were made just before the end', async () => {
    const heard: string[] = []
    const client = create({ impressionListener: ({ flag }) => heard.push(`setting ${flag}`) })
    await ready(client)
    const other = client.forKey('insider')
    await other.whenReady()
    for (const [name, one] of Object.entries({ other, main: client })) {
      one.on('impression', ({ flag }) => {
        heard.push(`${name} ${flag}`)
        void one.destroy()
      })
      one.getTreatment('plain')
      void one.destroy()
    }
    expect(heard).toEqual(['setting plain', 'other plain', 'setting plain', 'main plain'])
    await other.destroy()
  })

  it('of another key, asked for when all were destroyed, is destroyed too: nothing is asked for and no timer is left', async () => {
    const client = create({ readyTimeoutMs: 60_000 })
    await client.destroy()
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const cleared = vi.spyOn(globalThis, 'clearTimeout')
    const late = client.forKey('late')
    expect(late.status()).toMatchObject({ destroyed: true })
    expect(await late.whenReady()).toMatchObject({ ready: false, destroyed: true })
    expect(late.getTreatment('plain')).toBe('control')
    const stopped = cleared.mock.calls.map(([timer]) => timer)
    expect(timers.mock.results.filter(({ value }) => !stopped.includes(value as number))).toEqual([])
    await texts()
    expect(logger.warn.mock.calls).toEqual([[expect.stringContaining('destroyed client')]])
    expect(client.forKey('')).toHaveProperty('key', undefined)
  })

  it('resolves what waits for readiness when it is destroyed before', async () => {
    server.fault('/splitChanges', { hang: true })
    const client = create()
    const waiting = [client.whenReady(), client.whenReadyFromCache()]
    await client.destroy()
    for (const status of await Promise.all(waiting)) expect(status).toMatchObject({ ready: false, destroyed: true })
  })
})

describe('events', () => {
  it('are posted with the key of their client, and their delivery is told', async () => {
    const client = create({ trafficType: 'user' })
    await ready(client)
    const deliveries: unknown[] = []
    client.on('delivery', (delivery) => deliveries.push(delivery))
    expect(client.track('checkout', { value: 49.9, properties: { items: 3 } })).toBe(true)
    expect(client.forKey({ matchingKey: 'acme', bucketingKey: 'b' }).track('renewed', { trafficType: 'account' })).toBe(
      true,
    )
    await client.flush()
    expect(server.events().map(({ key, type, value, properties }) => [key, type, value, properties])).toEqual([
      ['user-1', 'checkout', 49.9, '{"items":3}'],
      ['acme', 'renewed', null, null],
    ])
    expect(deliveries).toEqual([
      {
        kind: 'events',
        count: 2,
        items: [expect.anything(), expect.anything()],
        reason: 'manual',
        transport: 'fetch',
        outcome: 'sent',
        status: 200,
      },
    ])
    await texts()
    expect(logger.warn.mock.calls).toEqual([['pennon: no flag has the traffic type account of an event']])
  })

  it('wait for consent, and are dropped with it', async () => {
    const client = create({ trafficType: 'user', consent: 'unknown' })
    await ready(client)
    expect(client.track('early')).toBe(true)
    await client.flush()
    expect(server.events()).toEqual([])
    client.consent.set('granted')
    await client.flush()
    expect(server.events().map(({ type }) => type)).toEqual(['early'])
    client.track('pending')
    client.consent.set('declined')
    expect(client.track('late')).toBe(false)
    await client.destroy()
    expect(server.events()).toHaveLength(1)
  })

  it('are posted at once when the queue is long', async () => {
    const client = create({ trafficType: 'user', outbox: { flushBytes: 1_000 } })
    for (let n = 0; n < 20; n++) client.track(`event-${n}`)
    await expect.poll(() => server.events().length).toBeGreaterThan(0)
  })

  it('wait while the service does not take them', async () => {
    const undo = server.fault('/events', { status: 503 })
    const client = create({ trafficType: 'user' })
    client.track('checkout')
    await client.flush()
    undo()
    client.track('paid')
    await client.flush()
    expect(server.events().map(({ type }) => type)).toEqual(['checkout', 'paid'])
  })

  it('are refused by a client that cannot have any', async () => {
    const client = create({ trafficType: 'user' })
    expect(client.forKey('').track('checkout')).toBe(false)
    const other = client.forKey('other')
    await other.destroy()
    expect(other.track('checkout')).toBe(false)
    await client.destroy()
    expect(client.track('checkout')).toBe(false)
    expect(server.events()).toEqual([])
  })
})

describe('overrides', () => {
  it('are there only when asked for', async () => {
    expect(create().overrides).toBeUndefined()
    const client = create({ allowOverrides: true })
    await client.whenReadyFromCache()
    expect(client.overrides).toBeDefined()
  })

  it('are served to all keys, before it is ready too, over fallback treatments', async () => {
    let answer!: () => void
    const isAsked = new Promise<void>((resolve) => (answer = resolve))
    const { fetch } = globalThis
    vi.stubGlobal('fetch', (...request: Parameters<typeof fetch>) => isAsked.then(() => fetch(...request)))
    const client = create({ allowOverrides: true, fallbackTreatments: { global: 'safe' } })
    await expect.poll(() => client.overrides).toBeDefined()
    expect(client.status().ready).toBe(false)
    client.overrides?.set('plain', 'control')
    client.overrides?.set('none', 'v1')
    expect(client.getTreatments(['plain', 'none', 'staff'])).toEqual({ plain: 'control', none: 'v1', staff: 'safe' })
    answer()
    await ready(client)
    expect(client.forKey('other').getTreatment('plain')).toBe('control')
    expect(client.getTreatmentsByFlagSet('all')).toEqual({ plain: 'control', staff: 'off' })
    expect(client.getTreatment('')).toBe('safe')
    client.overrides?.clear()
    expect(client.getTreatment('plain')).toBe('on')
  })

  it.each(['none', 'always'] as const)('are not waited for where none can come: server: %s', (where) => {
    const bootstrap = { splitChanges: definitions(flag('plain')) as never }
    const client = create({ allowOverrides: true, server: where, bootstrap })
    expect(client.getTreatment('plain')).toBe('on')
    expect(client.overrides).toBeUndefined()
  })

  it('come with the configuration of their treatment, unless one was given', async () => {
    const client = create({ allowOverrides: true })
    await ready(client)
    client.overrides?.set('staff', 'on')
    expect(client.getTreatmentWithConfig('staff')).toEqual({ treatment: 'on', config: '{"color":"red"}' })
    client.overrides?.set('staff', { treatment: 'on', config: '{"color":"blue"}' })
    expect(client.getTreatmentWithConfig('staff')).toEqual({ treatment: 'on', config: '{"color":"blue"}' })
    client.overrides?.set('staff', { treatment: 'on', config: null })
    expect(client.getTreatmentWithConfig('staff')).toEqual({ treatment: 'on', config: null })
    expect(client.explain('staff')).toEqual({
      flag: 'staff',
      treatment: 'on',
      config: null,
      label: 'override',
      changeNumber: 1000,
      prerequisites: [],
      rules: [],
      matchers: [],
    })
  })

  it('are seen by listeners, and neither sent nor counted', async () => {
    const listened: Impression[] = []
    const client = create({ allowOverrides: true, impressionListener: (impression) => listened.push(impression) })
    await ready(client)
    client.overrides?.set('plain', 'v2')
    for (let n = 0; n < 3; n++) client.getTreatment('plain')
    client.getTreatment('staff')
    await client.flush()
    expect(server.impressions().map(({ flag }) => flag)).toEqual(['staff'])
    expect(server.counts()).toEqual([])
    expect(server.uniqueKeys()).toEqual([])
    expect(listened).toMatchObject([
      ...Array<object>(3).fill({ flag: 'plain', treatment: 'v2', label: 'override', disposition: 'dropped' }),
      { flag: 'staff', disposition: 'queued' },
    ])
    expect(listened[0]).toMatchObject({ changeNumber: 1000, trafficType: 'user', key: 'user-1' })
  })

  it('tell the clients of all keys when they change', async () => {
    const client = create({ allowOverrides: true })
    const other = client.forKey('other')
    await ready(client)
    const updates: unknown[] = []
    client.on('update', (update) => updates.push(['main', update]))
    other.on('update', (update) => updates.push(['other', update]))
    client.overrides?.set('plain', 'v2')
    expect(updates).toEqual([
      ['main', { type: 'flags', names: ['plain'] }],
      ['other', { type: 'flags', names: ['plain'] }],
    ])
  })
})

describe('the manager’s view', () => {
  it('shows flags as they are', async () => {
    const client = create()
    expect(client.flags.all()).toEqual([])
    await ready(client)
    expect(client.flags.names()).toEqual(['plain', 'staff'])
    expect(client.flags.get('plain')).toEqual({
      name: 'plain',
      trafficType: 'user',
      killed: false,
      changeNumber: 1000,
      treatments: ['on'],
      configs: { on: '{"color":"red"}' },
      sets: ['all'],
      defaultTreatment: 'off',
      impressionsDisabled: false,
      prerequisites: [],
    })
    expect(client.flags.get('none')).toBeNull()
    expect(client.flags.all()).toHaveLength(2)
  })
})
