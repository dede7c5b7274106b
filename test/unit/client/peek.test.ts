// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../../src/client/createClient'
import { definitionsOf, flag } from '../../browser/site'
import type { Client } from '../../../src/client/types/client'
import type { Settings } from '../../../src/client/types/settings'
import type { Impression } from '../../../src/impressions/types'

const clients: Client[] = []
const impressions: Impression[] = []
const create = (over: Partial<Settings> = {}) => {
  const impressionListener = (impression: Impression) => impressions.push(impression)
  const client = createClient({ sdkKey: 'sdk-key', key: 'u', logLevel: 'none', impressionListener, ...over })
  clients.push(client)
  return client
}
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.destroy()))
  impressions.length = 0
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('peek', () => {
  it('decides as getTreatmentWithConfig, without an impression', async () => {
    const client = create({ localFlags: { a: { treatment: 'on', config: '{}' } } })
    expect(client.peek('a')).toEqual(client.getTreatmentWithConfig('a'))
    await client.flush()
    expect(impressions).toHaveLength(1)
  })

  it('gives the same frozen object while the answer is unchanged, whatever attributes and other flags do', () => {
    const localFlags: Record<string, string> = { a: 'on', b: 'on' }
    const client = create({ localFlags })
    const first = client.peek('a', { plan: 'pro' })
    expect(Object.isFrozen(first)).toBe(true)
    localFlags['b'] = 'off'
    client.update()
    expect(client.peek('a', { plan: 'free' })).toBe(first)
    localFlags['a'] = 'off'
    client.update()
    expect(client.peek('a')).toEqual({ treatment: 'off', config: null })
  })

  it.each<[string, Partial<Settings>, unknown]>([
    ['before it is ready', { server: 'always' }, 'a'],
    ['for an override or a flag that nobody defined', { localFlags: {} }, 'a'],
    ['for a fallback treatment', { localFlags: {}, fallbackTreatments: { global: 'calm' } }, 'a'],
    ['for what is no name', { localFlags: {} }, ''],
  ])('gives one object %s', (_when, settings, name) => {
    const client = create(settings)
    expect(client.peek(name as string)).toBe(client.peek(name as string))
  })

  it('of an override makes none of the impressions that its listeners would see', async () => {
    const client = create({ localFlags: { a: 'off' }, allowOverrides: true })
    await expect.poll(() => client.overrides?.set('a', 'on')).toBe(true)
    expect(client.peek('a')).toBe(client.peek('a'))
    expect(client.peek('a').treatment).toBe('on')
    await client.flush()
    expect(impressions).toEqual([])
  })
})

describe("server: 'always'", () => {
  it.each([false, true])('decides in a browser by bootstrap alone (overrides allowed: %s)', async (allowOverrides) => {
    // There is no request, listener or storage, and no timer is left.
    vi.useFakeTimers()
    const begun = [
      vi.spyOn(globalThis, 'fetch'),
      vi.spyOn(window, 'addEventListener'),
      vi.spyOn(document, 'addEventListener'),
    ]
    const client = create({
      server: 'always',
      bootstrap: { splitChanges: definitionsOf([flag('a')]) },
      allowOverrides,
    })
    expect(client.getTreatment('a')).toBe('on')
    expect(await client.whenReady()).toMatchObject({
      readyFromCache: true,
      ready: false,
      updates: 'none',
      storage: 'none',
    })
    for (const spy of begun) expect(spy).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('keeps nobody waiting for a client of a further key, whenever it is made, and leaves no timer of it', async () => {
    vi.useFakeTimers()
    const client = create({ server: 'always', bootstrap: { splitChanges: definitionsOf([flag('a')]) } })
    await client.whenReady()
    const other = client.forKey('other')
    const onTimeout = vi.fn()
    other.on('timeout', onTimeout)
    expect(await other.whenReady()).toMatchObject({ readyFromCache: true, timedOut: true })
    expect(onTimeout).toHaveBeenCalledTimes(1)
    expect(other.getTreatment('a')).toBe('on')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('ends the wait without bootstrap', async () => {
    const client = create({ server: 'always' })
    expect(await client.whenReady()).toMatchObject({ readyFromCache: false, timedOut: true })
  })
})
