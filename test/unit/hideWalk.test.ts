// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { traceWalks } from './traceWalks'
import type * as Full from '../../src/full'

/** The most files that a page hide may enter, which a reader has to open to understand it, and the most changes from one to another. */
const MOST_FILES = 12
const MOST_CHANGES = 60

const flag = (name: string) => ({
  name,
  trafficTypeName: 'user',
  changeNumber: 10,
  status: 'ACTIVE',
  killed: true,
  defaultTreatment: 'off',
  conditions: [],
})

it('the walk of a page hide enters few files', async () => {
  const beacons: string[] = []
  let asked = ''
  Object.assign(navigator, { sendBeacon: (url: string) => beacons.push(url) > 0 })
  // The lock is granted at once, as one that nobody else has.
  Object.defineProperty(navigator, 'locks', {
    // Locks of other tests in this process do not count.
    configurable: true,
    value: {
      request(name: string, _options: object, use: (lock: object) => Promise<void>) {
        asked = name
        return Promise.resolve(use({}))
      },
      query: () => Promise.resolve({ held: [] }),
    },
  })
  const traced = await traceWalks<typeof Full>('src/full.ts')
  const nowhere = 'http://127.0.0.1:1'
  const client = traced.module.createClient({
    sdkKey: 'walks',
    key: 'user',
    bootstrap: { splitChanges: { ff: { d: ['a', 'b', 'c'].map(flag), t: 10 } } },
    urls: { sdk: nowhere, auth: nowhere, streaming: nowhere, events: nowhere, telemetry: nowhere },
    logLevel: 'none',
  })
  await client.whenReadyFromCache()
  await expect.poll(() => asked).toContain('pennon:2:')
  for (let n = 0; n < 20; n++) for (const name of ['a', 'b', 'c']) client.getTreatment(name)
  const { files, changes } = traced.walk(() => dispatchEvent(new Event('pagehide')))
  await client.destroy()
  expect(beacons).toEqual([`${nowhere}/testImpressions/beacon`, `${nowhere}/testImpressions/count/beacon`])
  expect(localStorage.length).toBeGreaterThan(0)
  expect(files[0]).toBe('browser/page.ts')
  expect(files.length, files.join(' > ')).toBeLessThanOrEqual(MOST_FILES)
  expect(changes, files.join(' > ')).toBeLessThanOrEqual(MOST_CHANGES)
}, 120_000)
