// @vitest-environment happy-dom
import 'fake-indexeddb/auto'
import { expect, it } from 'vitest'
import { traceWalks, type Walk } from './traceWalks'
import type * as Full from '../../src/full'

/**
 * The most files that each event of a page that goes may enter, which a reader has to open to understand it, and the most changes from
 * one to another. On a navigation, `beforeunload` comes first.
 */
const MOST: [events: string, [event: string, files: number, changes: number][]][] = [
  ['pagehide', [['pagehide', 12, 60]]],
  [
    'beforeunload and pagehide',
    [
      ['beforeunload', 12, 70],
      ['pagehide', 10, 32],
    ],
  ],
]

const flag = (name: string) => ({
  name,
  trafficTypeName: 'user',
  changeNumber: 10,
  status: 'ACTIVE',
  killed: true,
  defaultTreatment: 'off',
  conditions: [],
})

it.each(MOST)('the walk of %s enters few files', { timeout: 120_000 }, async (name, most) => {
  const beacons: string[] = []
  let asked = ''
  localStorage.clear()
  Object.assign(navigator, { sendBeacon: (url: string) => beacons.push(url) > 0 })
  // The lock is granted at once, as one that nobody else has.
  Object.defineProperty(navigator, 'locks', {
    // Locks of other tests in this process do not count.
    configurable: true,
    value: {
      request(lock: string, _options: object, use: (lock: object) => Promise<void>) {
        asked = lock
        return Promise.resolve(use({}))
      },
      query: () => Promise.resolve({ held: [] }),
    },
  })
  const traced = await traceWalks<typeof Full>('src/full.ts')
  const nowhere = 'http://127.0.0.1:1'
  const client = traced.module.createClient({
    sdkKey: `walk of ${name}`,
    key: 'user',
    bootstrap: { splitChanges: { ff: { d: ['a', 'b', 'c'].map(flag), t: 10 } } },
    urls: { sdk: nowhere, auth: nowhere, streaming: nowhere, events: nowhere, telemetry: nowhere },
    logLevel: 'none',
  })
  await client.whenReadyFromCache()
  await expect.poll(() => asked).toContain('pennon:2:')
  for (let n = 0; n < 20; n++) for (const each of ['a', 'b', 'c']) client.getTreatment(each)
  const walks: Walk[] = []
  for (const [event] of most) {
    walks.push(traced.walk(() => dispatchEvent(new Event(event))))
    // A browser runs microtasks after each listener.
    await Promise.resolve()
  }
  await client.destroy()
  // The first event hands everything over, so that the second finds nothing.
  expect(beacons).toEqual([`${nowhere}/testImpressions/beacon`, `${nowhere}/testImpressions/count/beacon`])
  expect(localStorage.length).toBeGreaterThan(0)
  for (const [at, { files, changes }] of walks.entries()) {
    const [event = '', mostFiles = 0, mostChanges = 0] = most[at] ?? []
    expect(files[0]).toBe('browser/page.ts')
    expect(files.length, `${event}: ${files.join(' > ')}`).toBeLessThanOrEqual(mostFiles)
    expect(changes, `${event}: ${files.join(' > ')}`).toBeLessThanOrEqual(mostChanges)
  }
})
