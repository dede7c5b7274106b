import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SplitFactory } from '../../../src/compat/SplitFactory'
import { answerTo, flag, splitChanges } from '../definitions/fakes'
import type { SplitIO } from '../../../src/compat/types'

const FLAGS = [flag('plain', 1)]

const fetched = vi.fn((url: string, _init?: { body?: string }) =>
  Promise.resolve(new Response(JSON.stringify(answerTo(url, FLAGS)))),
)
/** The bodies that were posted to a path. */
const posted = (path: string) =>
  fetched.mock.calls.flatMap(([url, init]) =>
    url.includes(path) && init?.body ? (JSON.parse(init.body) as { eventTypeId?: string }[]) : [],
  )

beforeEach(() => {
  fetched.mockClear()
  vi.stubGlobal('fetch', fetched)
})
afterEach(() => vi.unstubAllGlobals())

const settings = (changes?: Partial<SplitIO.IClientSideSettings>): SplitIO.IClientSideSettings => ({
  core: { authorizationKey: 'key', key: 'user-1' },
  streamingEnabled: false,
  ...changes,
})
/** A factory as the React binding makes it. */
const lazy = (changes?: Partial<SplitIO.IClientSideSettings>) =>
  SplitFactory(settings(changes), (modules) => {
    modules.lazyInit = true
  }) as SplitIO.IBrowserSDK & { init(): void }

describe('a factory with lazyInit', () => {
  it('asks nothing, keeps no timer and answers by the fallbacks before init()', async () => {
    const timers = vi.spyOn(globalThis, 'setTimeout')
    const factory = lazy({ fallbackTreatments: { byFlag: { plain: 'safe' } } })
    const client = factory.client()
    expect(factory.client('user-1')).toBe(client)
    expect(factory.client('user-2')).toBe(factory.client('user-2'))
    expect([client.getTreatment('plain'), client.getTreatments(['plain', 'other'])]).toEqual([
      'safe',
      { plain: 'safe', other: 'control' },
    ])
    expect(client.getStatus()).toEqual({
      isReady: false,
      isReadyFromCache: false,
      isTimedout: false,
      hasTimedout: false,
      isDestroyed: false,
      isOperational: false,
      lastUpdate: 0,
    })
    expect(factory.manager().names()).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect([fetched.mock.calls, timers.mock.calls]).toEqual([[], []])
  })

  it('says a mistake in the settings where it is made', () => {
    expect(() => lazy({ core: { authorizationKey: '', key: 'user-1' } })).toThrow(/sdkKey/)
  })

  it('starts with init(), once: who listens and waits hears of it, attributes stay, what was tracked goes', async () => {
    const factory = lazy()
    const client = factory.client()
    const other = factory.client('user-2')
    const ready = vi.fn()
    client.on(client.Event.SDK_READY, ready)
    const promises = [client.whenReady(), other.whenReady(), factory.manager().whenReady()]
    client.setAttribute('plan', 'pro')
    expect(client.track('user', 'seen')).toBe(true)
    factory.init()
    factory.init()
    expect(await Promise.all(promises)).toHaveLength(3)
    expect(ready).toHaveBeenCalledOnce()
    expect([client.getTreatment('plain'), other.getTreatment('plain')]).toEqual(['on', 'on'])
    expect(client.getAttributes()).toEqual({ plan: 'pro' })
    expect(factory.manager().names()).toEqual(['plain'])
    await factory.destroy()
    expect(posted('/events/bulk').map(({ eventTypeId }) => eventTypeId)).toEqual(['seen'])
  })

  it('lives again after destroy(), with the same clients', async () => {
    const factory = lazy()
    const client = factory.client()
    const other = factory.client('user-2')
    const ready = vi.fn()
    client.on(client.Event.SDK_READY, ready)
    // StrictMode ends an effect and begins it again in this way.
    factory.init()
    const gone = factory.destroy()
    expect([client.getStatus().isDestroyed, client.getTreatment('plain')]).toEqual([true, 'control'])
    factory.init()
    expect(client.getStatus()).toMatchObject({ isDestroyed: false, isReady: false })
    expect([factory.client(), factory.client('user-2')]).toEqual([client, other])
    await Promise.all([client.whenReady(), other.whenReady(), gone])
    expect(ready).toHaveBeenCalledOnce()
    expect([client.getTreatment('plain'), other.getTreatment('plain')]).toEqual(['on', 'on'])
    await factory.destroy()
    expect(client.getTreatment('plain')).toBe('control')
  })

  it('hands its settings to what is built on it, log and all', () => {
    const warn = vi.fn()
    const sink = { debug: warn, info: warn, warn, error: warn }
    let isGiven = false
    const factory = SplitFactory(settings({ debug: 'WARN', logger: sink }), (modules) => {
      isGiven = modules.settings.version.startsWith('pennon-')
      modules.settings.version = 'react-1.0.0'
      modules.lazyInit = true
    })
    factory.settings.log.warn('config is ignored')
    expect([isGiven, factory.settings.version, warn.mock.calls]).toEqual([true, 'react-1.0.0', [['config is ignored']]])
  })
})

describe('a factory without', () => {
  it('has no init(), and is there for good', async () => {
    const factory = SplitFactory(settings())
    expect('init' in factory).toBe(false)
    await factory.client().whenReady()
    await factory.destroy()
  })

  it('shows every setting in use', async () => {
    const factory = SplitFactory(settings())
    expect(factory.settings).toMatchObject({
      debug: false,
      features: {},
      storage: { type: 'MEMORY' },
      runtime: { ip: false, hostname: false },
      sync: { flagSpecVersion: '1.3' },
    })
    await factory.destroy()
  })

  it.each([
    ['a deadline that never comes', { startup: { readyTimeout: 9_999_999, requestTimeoutBeforeReady: 9_999_999 } }],
    ['a negative deadline', { startup: { readyTimeout: -1, requestTimeoutBeforeReady: -1 } }],
    ['groups that are null', { startup: null, scheduler: null }],
    ['a rollout plan with a list for definitions', { initialRolloutPlan: { splitChanges: [] } }],
  ])('throws nothing for %s', async (_, given) => {
    const factory = SplitFactory(settings(given as object))
    expect(factory.client().getTreatment('a')).toBeTypeOf('string')
    await factory.destroy()
  })

  it('with a rollout plan knows at once when it was updated', async () => {
    const initialRolloutPlan = { splitChanges: splitChanges(1, FLAGS), memberships: {} }
    const factory = SplitFactory(settings({ initialRolloutPlan }))
    const { isReadyFromCache, lastUpdate } = factory.client().getStatus()
    expect([isReadyFromCache, lastUpdate > 0]).toEqual([true, true])
    await factory.destroy()
  })
})

describe('ready()', () => {
  const timedOut = () => {
    vi.stubGlobal('fetch', () => new Promise(() => {}))
    return SplitFactory(settings({ startup: { readyTimeout: 0.01, requestTimeoutBeforeReady: 0.01 } }))
  }
  const unhandled = vi.fn()
  beforeEach(() => {
    unhandled.mockClear()
    process.on('unhandledRejection', unhandled)
  })
  afterEach(() => void process.off('unhandledRejection', unhandled))

  it.each([
    ['a listener of success alone', (promise: Promise<void>) => promise.then(() => 1)],
    ['two of them', (promise: Promise<void>) => promise.then(() => 1).then(() => 2)],
    ['nothing', (promise: Promise<void>) => promise],
  ])('rejects quietly at the time-out, with %s', async (_, chain) => {
    const factory = timedOut()
    const client = factory.client()
    const chained = chain(client.ready())
    await expect(client.whenReady()).rejects.toThrow('init::timeout')
    // In this turn of the event loop Node looks for rejections that nobody handles.
    await new Promise((resolve) => setImmediate(resolve))
    expect(unhandled).not.toHaveBeenCalled()
    await expect(chained).rejects.toThrow('Split SDK emitted SDK_READY_TIMED_OUT event.')
    await factory.destroy()
  })

  it('reaches listeners, with the official text', async () => {
    const factory = timedOut()
    const client = factory.client()
    const text = await new Promise((resolve) => client.on(client.Event.SDK_READY_TIMED_OUT, resolve))
    expect(text).toBe('Split SDK emitted SDK_READY_TIMED_OUT event.')
    await factory.destroy()
  })

  it('reaches those who ask for the rejection', async () => {
    const factory = timedOut()
    const onFault = vi.fn()
    await factory.client().ready().then(undefined, onFault)
    await factory
      .client()
      .ready()
      .then(() => 1)
      .catch(onFault)
    expect(onFault).toHaveBeenCalledTimes(2)
    await factory.destroy()
  })
})

describe('settings that are null', () => {
  it('are no labels on the wire where labelsEnabled is, and no fallback treatments where those are', async () => {
    const factory = SplitFactory(
      settings({
        core: { authorizationKey: 'key', key: 'user-1', labelsEnabled: null as never },
        fallbackTreatments: null as never,
      }),
    )
    const client = factory.client()
    await client.whenReady()
    expect(client.getTreatment('plain')).toBe('on')
    expect(client.getTreatment('unknown')).toBe('control')
    await factory.destroy()
    const sent = JSON.stringify(posted('/testImpressions/bulk'))
    expect(sent).toContain('"t":"on"')
    expect(sent).not.toContain('"r":')
  })
})
