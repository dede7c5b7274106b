// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { createTestClient } from '../../../src/testing/createTestClient'
import { PennonSettingsError } from '../../../src/shared/errors'
import type { Client } from '../../../src/client/types/client'
import type { Update } from '../../../src/client/types/events'

const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }

beforeEach(() => {
  vi.clearAllMocks()
})

describe('a client for tests', () => {
  it('is ready at once, with what it was given', async () => {
    const client = createTestClient({ flags: { a: 'on', b: { treatment: 'off', config: '{"x":1}' } } })
    expect(client.status()).toMatchObject({ ready: true, readyFromCache: true, source: 'local' })
    expect(client.getTreatment('a')).toBe('on')
    expect(client.getTreatmentWithConfig('b')).toEqual({ treatment: 'off', config: '{"x":1}' })
    expect(client.getTreatment('none')).toBe('control')
    expect(client.flags.names()).toEqual(['a', 'b'])
    const heard = vi.fn()
    client.on('ready', heard)
    await Promise.resolve()
    expect(heard).toHaveBeenCalledOnce()
  })

  it('needs nothing', () => {
    const client = createTestClient()
    expect(client.getTreatment('a')).toBe('control')
    expect(client.recorded.impressions).toMatchObject([{ flag: 'a', key: 'test-user', label: 'definition not found' }])
  })

  it('leaves what it was given alone', () => {
    const flags: Record<string, string> = { a: 'on' }
    const client = createTestClient({ flags })
    client.set('a', 'off')
    expect(flags).toEqual({ a: 'on' })
  })

  it('takes attributes, a traffic type, fallback treatments and a logger', () => {
    const client = createTestClient({
      key: { matchingKey: 'm', bucketingKey: 'b' },
      attributes: { plan: 'pro' },
      trafficType: 'user',
      fallbackTreatments: { global: 'safe' },
      logger,
    })
    expect(client.getAttribute('plan')).toBe('pro')
    expect(client.getTreatment('none')).toBe('safe')
    expect(client.track('e')).toBe(true)
    expect(client.track('not a name')).toBe(false)
    expect(logger.warn.mock.calls).toEqual([
      ['pennon: there is no flag none'],
      [expect.stringContaining('an event was not recorded')],
    ])
    expect(client.recorded.impressions).toMatchObject([
      { key: 'm', bucketingKey: 'b', attributes: { plan: 'pro' }, label: 'fallback - definition not found' },
    ])
  })

  it('refuses what is no setting', () => {
    expect(() => createTestClient({ flags: { a: '' } })).toThrow(PennonSettingsError)
    expect(() => createTestClient({ key: '' })).toThrow(PennonSettingsError)
    expect(() => createTestClient({ urls: {} } as object)).not.toThrow('is no setting')
  })
})

describe('set', () => {
  it('changes a treatment for every key and tells all of them, before it returns', () => {
    const client = createTestClient({ flags: { a: 'on', b: 'on' } })
    const other = client.forKey('other')
    const updates: Update[] = []
    client.on('update', (update) => updates.push(update))
    other.on('update', (update) => updates.push(update))
    client.set('a', { treatment: 'off', config: '{}' })
    expect(updates).toEqual(Array(2).fill({ type: 'flags', names: ['a'] }))
    expect(other.getTreatmentWithConfig('a')).toEqual({ treatment: 'off', config: '{}' })
    client.set('a', { treatment: 'off', config: '{}' })
    expect(updates).toHaveLength(2)
    client.set('b', undefined)
    expect(client.getTreatment('b')).toBe('control')
    expect(updates.slice(2)).toEqual(Array(2).fill({ type: 'flags', names: ['b'] }))
  })

  it.each(['', 'a b', null, { treatment: 'on', config: {} }])('throws for %j, and nothing changes', (treatment) => {
    const client = createTestClient({ flags: { a: 'on' } })
    expect(() => client.set('a', treatment as string)).toThrow('flag a must be a treatment')
    expect(client.getTreatment('a')).toBe('on')
  })
})

describe('what was recorded', () => {
  it('is there at once, of all keys, and can be forgotten', () => {
    const client = createTestClient({ flags: { a: 'on' }, trafficType: 'user' })
    client.getTreatment('a', { plan: 'pro' })
    client.getTreatment('a')
    client.forKey('other').getTreatment('a')
    expect(client.recorded.impressions).toMatchObject([
      { flag: 'a', key: 'test-user', treatment: 'on', attributes: { plan: 'pro' }, disposition: 'dropped' },
      { flag: 'a', key: 'test-user' },
      { flag: 'a', key: 'other' },
    ])
    client.track('paid', { value: 5, properties: { items: 1 } })
    client.forKey('other').track('seen', { trafficType: 'account' })
    client.track('no name')
    expect(client.recorded.events).toEqual([
      { event: 'paid', key: 'test-user', value: 5, properties: { items: 1 } },
      { event: 'seen', key: 'other', trafficType: 'account' },
    ])
    const before = client.recorded.impressions
    client.getTreatment('a')
    client.recorded.clear()
    expect(client.recorded.impressions).toEqual([])
    expect(client.recorded.events).toEqual([])
    expect(before).toHaveLength(3)
  })

  it('is nothing after a decline', () => {
    const client = createTestClient({ flags: { a: 'on' }, consent: 'declined' })
    expect(client.getTreatment('a')).toBe('on')
    expect(client.track('paid', { trafficType: 'user' })).toBe(false)
    expect(client.recorded.impressions).toEqual([])
    expect(client.recorded.events).toEqual([])
  })

  it('reaches the listeners of the application as well', async () => {
    const client = createTestClient({ flags: { a: 'on' } })
    const heard = vi.fn()
    client.on('impression', heard)
    client.getTreatment('a')
    await client.flush()
    expect(heard).toHaveBeenCalledOnce()
  })
})

describe('other keys', () => {
  it('have one client each, the first one too', () => {
    const client = createTestClient({ key: 'u' })
    expect(client.forKey('other')).toBe(client.forKey('other'))
    expect(client.forKey('u')).toBe(client)
    expect(client.forKey('other').forKey('u')).toBe(client)
  })
})

describe('what it leaves behind', () => {
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
  })

  it('is nothing: no timer, no request, no storage, no listener on the page', () => {
    vi.useFakeTimers()
    const request = vi.fn()
    const open = vi.fn()
    vi.stubGlobal('fetch', request)
    vi.stubGlobal('indexedDB', { open })
    const count = () => ({ now: 0 })
    const listening = count()
    for (const target of [globalThis, document]) {
      const { addEventListener, removeEventListener } = target
      vi.spyOn(target, 'addEventListener').mockImplementation((...args: unknown[]) => {
        listening.now++
        Reflect.apply(addEventListener, target, args)
      })
      vi.spyOn(target, 'removeEventListener').mockImplementation((...args: unknown[]) => {
        listening.now--
        Reflect.apply(removeEventListener, target, args)
      })
    }
    const client = createTestClient({ flags: { a: 'on' }, trafficType: 'user' })
    client.getTreatment('a')
    client.track('paid')
    client.set('a', 'off')
    expect(client.recorded.impressions).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
    expect(listening.now).toBe(0)
    expect(request).not.toHaveBeenCalled()
    expect(open).not.toHaveBeenCalled()
  })
})

describe('its types', () => {
  interface Flags {
    a: 'on' | 'off'
    b: { treatment: 'x'; config: { n: number } | null }
  }

  it('are those of the flags', () => {
    const client = createTestClient<Flags>({ flags: { a: 'on' } })
    expectTypeOf(client.getTreatment('a')).toEqualTypeOf<'on' | 'off' | 'control'>()
    expectTypeOf(client).toExtend<Client<Flags>>()
    expectTypeOf(client.set<'a'>)
      .parameter(1)
      .extract<string>()
      .toEqualTypeOf<'on' | 'off' | 'control'>()
    // @ts-expect-error no flag of this name
    client.set('c', 'on')
    // @ts-expect-error no treatment of this flag
    client.set('a', 'x')
    expect(client.getTreatment('a')).toBe('x')
  })
})
