// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../src/client/createFullClient'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'
import type { Update } from '../../../src/client/types/events'
import type { Impression } from '../../../src/impressions/types'

const fetchSpy = vi.fn()
const openSpy = vi.fn()
const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
const clients: Client[] = []
const create = (over: Partial<Settings> = {}) => {
  const client = createClient({ sdkKey: 'localhost', key: 'u', logger, localFlags: { a: 'on' }, ...over })
  clients.push(client)
  return client
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.clearAllMocks()
  vi.stubGlobal('fetch', fetchSpy)
  vi.stubGlobal('indexedDB', { open: openSpy })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.destroy()))
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('flags given in code', () => {
  it('answer at once, every key alike', async () => {
    const client = create({ localFlags: { a: 'on', b: { treatment: 'off', config: '{"x":1}' } } })
    expect(client.getTreatmentWithConfig('a')).toEqual({ treatment: 'on', config: null })
    expect(client.forKey('other').getTreatmentWithConfig('b')).toEqual({ treatment: 'off', config: '{"x":1}' })
    expect(client.getTreatment('none')).toBe('control')
    expect(client.status()).toMatchObject({
      key: 'u',
      ready: true,
      readyFromCache: true,
      source: 'local',
      stale: false,
      updates: 'none',
      storage: 'none',
    })
    await client.flush()
    expect(client.explain('a')).toMatchObject({ treatment: 'on', label: 'default rule', ruleIndex: 0 })
  })

  it('are ready in the next microtask, in every way', async () => {
    const client = create({ readyTimeoutMs: 1 })
    const heard: string[] = []
    for (const event of ['readyFromCache', 'ready', 'timeout'] as const) client.on(event, () => heard.push(event))
    await Promise.resolve()
    expect(heard).toEqual(['readyFromCache', 'ready'])
    expect((await client.whenReady()).ready).toBe(true)
    expect((await client.whenReadyFromCache()).source).toBe('local')
  })

  it('make no request, no timer and no storage, whatever is asked', async () => {
    const client = create({ trafficType: 'user', outbox: { flushBytes: 1 }, persistence: 'all' })
    for (let n = 0; n < 100; n++) client.getTreatment('a')
    client.getTreatment('none')
    client.forKey('other').getTreatment('a', undefined, { properties: { x: 1 } })
    expect(client.track('checkout')).toBe(true)
    client.consent.set('granted')
    dispatchEvent(new Event('online'))
    document.dispatchEvent(new Event('visibilitychange'))
    dispatchEvent(new Event('pagehide'))
    await client.flush()
    client.update()
    expect(vi.getTimerCount()).toBe(0)
    await client.destroy()
    expect(vi.getTimerCount()).toBe(0)
    expect(fetchSpy).not.toHaveBeenCalled()
    expect(openSpy).not.toHaveBeenCalled()
    expect(logger.warn.mock.calls).toEqual([['pennon: there is no flag none']])
  })

  it('show impressions to listeners, as what goes nowhere', async () => {
    const listened: Impression[] = []
    const client = create({ impressionListener: (impression) => listened.push(impression) })
    client.getTreatment('a', { plan: 'pro' }, { properties: { cart: 3 } })
    client.getTreatment('a')
    await Promise.resolve()
    expect(listened).toMatchObject([
      {
        flag: 'a',
        key: 'u',
        treatment: 'on',
        disposition: 'dropped',
        attributes: { plan: 'pro' },
        properties: { cart: 3 },
      },
      { flag: 'a', key: 'u', treatment: 'on', disposition: 'dropped' },
    ])
    client.consent.set('declined')
    client.getTreatment('a')
    await Promise.resolve()
    expect(listened).toHaveLength(2)
  })

  it('change when the application says so, and tell what changed', () => {
    const localFlags: Record<string, string> = { a: 'on', b: 'on', gone: 'on' }
    const client = create({ localFlags, updatePolicy: 'manual' })
    const updates: Update[] = []
    client.on('update', (update) => updates.push(update))
    expect(client.update()).toBe(false)
    localFlags['a'] = 'off'
    delete localFlags['gone']
    expect(client.getTreatment('a')).toBe('on')
    expect(client.update()).toBe(true)
    expect(client.getTreatments(['a', 'b', 'gone'])).toEqual({ a: 'off', b: 'on', gone: 'control' })
    expect(updates).toEqual([{ type: 'flags', names: ['a', 'gone'] }])
  })

  it('leave out what is no treatment when it is changed, with one line', async () => {
    const localFlags: Record<string, string> = { a: 'on' }
    const client = create({ localFlags })
    localFlags['a'] = ''
    client.update()
    expect(client.getTreatment('a')).toBe('control')
    await client.flush()
    expect(logger.warn.mock.calls).toEqual([
      ['pennon: local flag ignored, it has no treatment: a'],
      ['pennon: there is no flag a'],
    ])
  })

  it('are seen by the manager as the official SDK shows them', () => {
    const client = create({ localFlags: { b: { treatment: 'off', config: '{"x":1}' } } })
    expect(client.flags.all()).toEqual([
      {
        name: 'b',
        trafficType: 'localhost',
        killed: false,
        changeNumber: 0,
        treatments: ['off'],
        configs: { off: '{"x":1}' },
        sets: [],
        defaultTreatment: 'control',
        impressionsDisabled: false,
        prerequisites: [],
      },
    ])
  })

  it('come before filters and a bootstrap', () => {
    const bootstrap = { splitChanges: { ff: { d: [{ name: 'a', defaultTreatment: 'x', killed: true }], t: 9 } } }
    expect(create({ flagNames: ['z'], bootstrap }).getTreatment('a')).toBe('on')
  })

  it('serve fallback treatments for what is not there', () => {
    expect(create({ fallbackTreatments: { global: 'safe' } }).getTreatment('none')).toBe('safe')
  })
})
