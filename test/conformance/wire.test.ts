// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/createClient'
import { SDK_VERSION } from '../../src/shared/version'
import type { ImpressionsMode } from '../../src/impressions/types'

/** What the official SDK was asked and what it sent, recorded; times are relative to the start. */
interface Recording {
  name: string
  mode: ImpressionsMode
  labelsEnabled: boolean
  startMs: number
  calls: { atMs: number; flag: string; user2?: boolean; options?: object }[]
  hideAtMs?: number
  posts: { afterMs: number; url: string; headers: Record<string, string>; body: unknown }[]
  beacons?: { url: string; payload: object }[]
}

const recordings = JSON.parse(readFileSync('test/conformance/recordings/impressions.json', 'utf8')) as Recording[]
const OFFICIAL = 'browserjs-1.7.1'

const matchers = (...list: object[]) => ({ combiner: 'AND', matchers: list })
const flag = (name: string, label: string, matcher: object, over: object = {}) => ({
  name,
  trafficTypeName: 'user',
  seed: 2,
  status: 'ACTIVE',
  killed: false,
  defaultTreatment: 'off',
  changeNumber: 1000,
  trafficAllocation: 100,
  conditions: [
    {
      conditionType: 'ROLLOUT',
      label,
      matcherGroup: matchers({ negate: false, keySelector: null, ...matcher }),
      partitions: [{ treatment: 'on', size: 100 }],
    },
  ],
  ...over,
})
const definitions = {
  ff: {
    s: -1,
    t: 1000,
    d: [
      flag('plain', 'in segment all', { matcherType: 'ALL_KEYS' }),
      flag('seg_flag', 'in segment employees', {
        matcherType: 'IN_SEGMENT',
        userDefinedSegmentMatcherData: { segmentName: 'employees' },
      }),
      flag('noimp_flag', 'default rule', { matcherType: 'ALL_KEYS' }, { impressionsDisabled: true }),
    ],
  },
}
const memberships = { ms: { k: [{ n: 'employees' }] }, ls: { k: [] } }

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('what is sent is what the official SDK sent', () => {
  it.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (_name, recording) => {
    const { mode, labelsEnabled, startMs, calls, hideAtMs } = recording
    vi.useFakeTimers({ now: startMs })
    const posts: Recording['posts'] = []
    const beacons: Recording['beacons'] = []
    vi.stubGlobal('fetch', async (request: Request) => {
      const { method, url, headers } = request
      if (method === 'POST') {
        posts.push({
          afterMs: Date.now() - startMs,
          url,
          headers: Object.fromEntries(headers),
          body: JSON.parse(await request.text()),
        })
      }
      return Response.json(url.includes('/memberships/') ? memberships : definitions)
    })
    vi.stubGlobal(
      'navigator',
      Object.assign(Object.create(navigator) as Navigator, {
        sendBeacon: (url: string, body: string) => beacons.push({ url, payload: JSON.parse(body) as object }) > 0,
      }),
    )

    const client = createClient({
      sdkKey: 'sdk-key-1234abcd',
      key: 'user1',
      impressionsMode: mode,
      labelsEnabled,
      streaming: false,
      // The official SDK makes none.
      impressionsForUnknownFlags: false,
    })
    const second = client.forKey({ matchingKey: 'user2', bucketingKey: 'bucket2' })
    await vi.advanceTimersByTimeAsync(5)
    expect(client.status().ready).toBe(true)
    for (const { atMs, flag, user2, options } of calls) {
      await vi.advanceTimersByTimeAsync(startMs + atMs - Date.now())
      ;(user2 ? second : client).getTreatment(flag, undefined, options)
    }
    if (hideAtMs !== undefined) {
      vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
      document.dispatchEvent(new Event('visibilitychange'))
      dispatchEvent(new Event('pagehide'))
    }
    await vi.advanceTimersByTimeAsync(2 * 3_600_000)

    const asPennon = (value: unknown) =>
      JSON.parse(JSON.stringify(value).replaceAll(OFFICIAL, SDK_VERSION)) as typeof posts
    const expected = asPennon(recording.posts)
    const until = Math.max(...expected.map(({ afterMs }) => afterMs), 0)
    expect(posts.filter(({ afterMs }) => afterMs <= until)).toEqual(expected)
    expect(beacons).toEqual(asPennon(recording.beacons ?? []))
    await client.destroy()
  })
})
