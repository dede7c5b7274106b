// @vitest-environment happy-dom
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createClient } from '../../src/client/createFullClient'
import { SDK_VERSION } from '../../src/shared/version'
import type { TrackOptions } from '../../src/client/types/client'
import type { ImpressionsMode } from '../../src/impressions/types'

/** A recording of what the official SDK was asked and what it sent. Times are relative to the start. */
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

/** The arguments and results of `track`, and the events that were sent. */
interface EventsRecording {
  name: string
  startMs: number
  calls: { event: string; options: TrackOptions; key2?: boolean; result: boolean }[]
  hide?: boolean
  posts?: Omit<Recording['posts'][number], 'afterMs'>[]
  beacons?: { url: string; payload: object }[]
}

const read = (name: string): unknown => JSON.parse(readFileSync(`test/conformance/recordings/${name}.json`, 'utf8'))
const recordings = read('impressions') as Recording[]
const eventsRecordings = read('events') as EventsRecording[]
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

/** Records what goes out, and answers as the service does. */
function standIn(startMs: number) {
  const posts: Recording['posts'] = []
  const beacons: NonNullable<Recording['beacons']> = []
  vi.useFakeTimers({ now: startMs })
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const { method, headers, body } = init
    if (method === 'POST') {
      posts.push({
        afterMs: Date.now() - startMs,
        url,
        // `Headers` makes the names lower case, as on the wire.
        headers: Object.fromEntries(new Headers(headers)),
        body: JSON.parse(body as string),
      })
    }
    return Promise.resolve(Response.json(url.includes('/memberships/') ? memberships : definitions))
  })
  vi.stubGlobal(
    'navigator',
    Object.assign(Object.create(navigator) as Navigator, {
      sendBeacon: (url: string, body: string) => beacons.push({ url, payload: JSON.parse(body) as object }) > 0,
    }),
  )
  return { posts, beacons }
}

function hidePage() {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  dispatchEvent(new Event('pagehide'))
}

const asPennon = <Value>(value: Value) => JSON.parse(JSON.stringify(value).replaceAll(OFFICIAL, SDK_VERSION)) as Value

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('what is sent is what the official SDK sent', () => {
  it.each(recordings.map((recording) => [recording.name, recording] as const))('%s', async (_name, recording) => {
    const { mode, labelsEnabled, startMs, calls, hideAtMs } = recording
    const { posts, beacons } = standIn(startMs)
    const client = createClient({
      sdkKey: 'sdk-key-1234abcd',
      key: 'user1',
      impressionsMode: mode,
      labelsEnabled,
      streaming: false,
      // The official SDK makes no impression here.
      impressionsForUnknownFlags: false,
    })
    const second = client.forKey({ matchingKey: 'user2', bucketingKey: 'bucket2' })
    await vi.advanceTimersByTimeAsync(5)
    expect(client.status().ready).toBe(true)
    for (const { atMs, flag, user2, options } of calls) {
      await vi.advanceTimersByTimeAsync(startMs + atMs - Date.now())
      ;(user2 ? second : client).getTreatment(flag, undefined, options)
    }
    if (hideAtMs !== undefined) hidePage()
    await vi.advanceTimersByTimeAsync(2 * 3_600_000)

    const expected = asPennon(recording.posts)
    const until = Math.max(...expected.map(({ afterMs }) => afterMs), 0)
    expect(posts.filter(({ afterMs }) => afterMs <= until)).toEqual(expected)
    expect(beacons).toEqual(asPennon(recording.beacons ?? []))
    await client.destroy()
  })
  it.each(eventsRecordings.map((recording) => [recording.name, recording] as const))('%s', async (_name, recording) => {
    const { startMs, calls, hide } = recording
    const { posts, beacons } = standIn(startMs)
    const client = createClient({ sdkKey: 'sdk-key-1234abcd', key: 'user1', streaming: false })
    const second = client.forKey({ matchingKey: 'm2', bucketingKey: 'b2' })
    const results = calls.map(({ event, options, key2 }) => (key2 ? second : client).track(event, options))
    expect(results).toEqual(calls.map(({ result }) => result))
    if (hide) hidePage()
    await vi.advanceTimersByTimeAsync(60_000)

    expect(posts.map(({ afterMs: _at, ...post }) => post)).toEqual(asPennon(recording.posts ?? []))
    expect(beacons).toEqual(asPennon(recording.beacons ?? []))
    await client.destroy()
  })
})
