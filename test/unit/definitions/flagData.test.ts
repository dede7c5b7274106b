import 'fake-indexeddb/auto'
import { afterEach, expect, it, vi } from 'vitest'
import { cacheSign } from '../../../src/browser/cacheSign'
import { createFlagData } from '../../../src/definitions/flagData'
import { createHub } from '../../../src/shared/hub'
import { createStops } from '../../../src/shared/stops'
import { createDatabase, createFakeClock, settle } from './fakes'

afterEach(() => vi.unstubAllGlobals())

/** A page whose database is watched. `hasStored`: definitions were stored on the site before. */
function openPage(hasStored: boolean) {
  const stored = new Map<string, string>()
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => stored.set(name, value),
  })
  if (hasStored) cacheSign.put()

  vi.stubGlobal('fetch', () => new Promise(() => {}))
  const { transact } = createDatabase()
  const watched = vi.fn(transact)
  const stops = createStops()
  const { keys, cache, start } = createFlagData({
    settings: {
      sdkKey: 'sdk-key',
      key: { matchingKey: 'user0' },
      urls: { sdk: 'https://sdk.test' },
      flagSets: undefined,
      flagNames: undefined,
      flagPrefixes: undefined,
      localFlags: undefined,
      persistence: 'all',
      cacheMaxAgeMs: 86_400_000,
      requestTimeoutMs: 5_000,
    },
    databases: { open: () => ({ transact: watched }), onFault: vi.fn() } as never,
    endpoints: { definitions: 'https://sdk.test/splitChanges', memberships: 'https://sdk.test/memberships' } as never,
    headers: () => ({}),
    clock: createFakeClock(),
    hub: createHub({ error: vi.fn() } as never),
    stops,
    log: { once: vi.fn() } as never,
  })
  start()
  const read = vi.spyOn(cache as NonNullable<typeof cache>, 'read')
  watched.mockClear()
  return { keys, stops, watched, reads: () => read.mock.calls.map(([names]) => names.length) }
}

it('reads the keys that are registered in one go in one transaction, and none after the end', async () => {
  const { keys, stops, watched, reads } = openPage(true)
  for (let i = 0; i < 400; i++) keys.register(`user${i}`)
  await settle()
  keys.register('later')
  await settle()
  expect(reads()).toEqual([400, 1])
  expect(watched).toHaveBeenCalledTimes(2)
  keys.register('at the end')
  stops.stop()
  await settle()
  expect(watched).toHaveBeenCalledTimes(2)
})

it('does not look for further keys before definitions were ever stored', async () => {
  const { keys, reads } = openPage(false)
  for (let i = 0; i < 400; i++) keys.register(`user${i}`)
  await settle()
  expect(reads()).toEqual([])
  cacheSign.put()
  keys.register('later')
  await settle()
  expect(reads()).toEqual([1])
})
