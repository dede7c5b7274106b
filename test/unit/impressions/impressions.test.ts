// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { resolveSettings } from '../../../src/client/settings'
import { createImpressions } from '../../../src/impressions/impressions'
import { createConsentState } from '../../../src/shared/consent'
import { createEndpoints } from '../../../src/shared/endpoints'
import { createHub } from '../../../src/shared/hub'
import { createLog, plainly } from '../../../src/shared/log'
import type { Settings } from '../../../src/client/types/settings'

const NOW = 1_700_000_000_000
const evaluation = (flag: string, impressionsDisabled = false) => ({
  flag,
  treatment: 'on',
  config: null,
  label: 'rule',
  changeNumber: 7,
  trafficType: 'user',
  impressionsDisabled,
})
const key = { matchingKey: 'user-1', bucketingKey: undefined }

let beacons: { url: string; body: { entries: unknown; sim?: string } }[] = []
beforeEach(() => {
  beacons = []
  localStorage.clear()
  Object.assign(navigator, {
    sendBeacon: (url: string, body: string) => beacons.push({ url, body: JSON.parse(body) as never }) > 0,
  })
})
afterEach(() => {
  Reflect.deleteProperty(navigator, 'locks')
})

function open(given: Partial<Settings> = {}, hasLocks = true) {
  const value = hasLocks ? { request() {} } : undefined
  Object.defineProperty(navigator, 'locks', { value, configurable: true })
  const settings = resolveSettings({ sdkKey: 'sdk-key', key: 'user-1', ...given })
  const log = createLog({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }, 'error')
  log.speak(plainly)
  return createImpressions({
    settings,
    endpoints: createEndpoints(settings),
    page: { isOnline: () => true, soon: queueMicrotask },
    clock: { now: () => NOW },
    consent: createConsentState('granted'),
    hub: createHub(log),
    log,
  })
}

it('records for a page that goes early: impressions, counts and unique keys, each to its address', () => {
  const { recorder, tray } = open()
  recorder.record(evaluation('a'), key)
  recorder.record(evaluation('a'), key)
  recorder.record(evaluation('untracked', true), key)
  tray.hide()
  expect(beacons.map(({ url }) => new URL(url).pathname.replace(/^.*(testImpressions|keys)/, '$1'))).toEqual([
    'testImpressions/beacon',
    'testImpressions/count/beacon',
    'keys/cs/beacon',
  ])
  expect(beacons[1]?.body.entries).toEqual({
    pf: [
      { f: 'a', m: NOW - (NOW % 3_600_000), rc: 1 },
      { f: 'untracked', m: NOW - (NOW % 3_600_000), rc: 1 },
    ],
  })
  expect(beacons[2]?.body.entries).toEqual({ keys: [{ k: 'user-1', fs: ['untracked'] }] })
})

it.each([
  ['persistence: all, with locks', {}, true, true],
  ['persistence: definitions', { persistence: 'definitions' }, true, false],
  ['persistence: none', { persistence: 'none' }, true, false],
  ['no locks', {}, false, false],
] as const)('leaves a note where somebody will find it and may: %s', (_what, given, hasLocks, isNoted) => {
  const { recorder, tray } = open(given, hasLocks)
  recorder.record(evaluation('a'), key)
  tray.hide()
  expect(Object.keys(localStorage).some((name) => name.startsWith('pennon:note:'))).toBe(isNoted)
})

it('leaves no note of a user who declines', () => {
  const { recorder, tray, notes, forget } = open()
  recorder.record(evaluation('a'), key)
  tray.hide()
  expect(notes.lives()).toHaveLength(1)
  forget()
  expect(notes.lives()).toEqual([])
})

it('leaves a note to pages of the same SDK key and the same service alone', () => {
  const { recorder, tray, notes } = open()
  recorder.record(evaluation('a'), key)
  tray.hide()
  expect(notes.lives()).toHaveLength(1)
  expect(open().notes.lives()).toEqual(notes.lives())
  expect(open({ sdkKey: 'another' }).notes.lives()).toEqual([])
  expect(open({ urls: { events: 'https://events.example' } }).notes.lives()).toEqual([])
})

it('hands every impression to the listener of the settings, and keeps them for integrations and for a log that follows', () => {
  const heard: string[] = []
  const { recorder, listeners } = open({ impressionListener: ({ flag }) => heard.push(flag) })
  recorder.record(evaluation('a'), key)
  listeners.deliverNow()
  expect(heard).toEqual(['a'])
  expect(listeners.takeKept()).toEqual([])

  const integration = { name: 'tool', start() {}, impression() {}, stop() {} }
  for (const given of [{ integrations: [integration] }, { logLevel: 'debug' }] as const) {
    const late = open(given)
    late.recorder.record(evaluation('b'), key)
    late.listeners.deliverNow()
    expect(late.listeners.takeKept()).toHaveLength(1)
  }
  expect(open().listeners.take).toBeUndefined()
})

it('forgets what was seen and counted: what comes after begins anew', () => {
  const { recorder, tray, forget } = open()
  const record = () => {
    for (let n = 0; n < 3; n++) recorder.record(evaluation('a'), key)
  }
  record()
  recorder.record(evaluation('untracked', true), key)
  forget()
  record()
  tray.hide()
  expect(beacons.map(({ body }) => body.entries)).toMatchObject([
    [{ f: 'a', i: [{ k: 'user-1' }] }],
    { pf: [{ f: 'a', rc: 2 }] },
  ])
})

it('forgets what waits for the service and for listeners', () => {
  const heard: string[] = []
  const { recorder, tray, listeners, forget } = open({ impressionListener: ({ flag }) => heard.push(flag) })
  recorder.record(evaluation('a'), key)
  forget()
  tray.hide()
  listeners.deliverNow()
  expect(beacons).toEqual([])
  expect(heard).toEqual([])
})
