import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer, type Received } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { SDK_VERSION } from '../../src/shared/version'
import { launch } from './launch'
import { openProfile, type Profile } from './openProfile'
import { flag as siteFlag, rule as siteRule, shiftClock, untilHalfPast } from './site'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client

const flag = (name: string, over: object = {}) =>
  siteFlag(name, { changeNumber: 1_700_000_000_123, conditions: [everybody], ...over })

const rule = (label: string, matcher: object, partitions: object[]) => ({
  ...siteRule('on', matcher),
  conditionType: 'WHITELIST',
  label,
  partitions,
})

const everybody = { ...siteRule('on', { matcherType: 'ALL_KEYS' }), label: 'default rule' }
const halves = [
  { treatment: 'on', size: 50 },
  { treatment: 'off', size: 50 },
]
const all = [{ treatment: 'on', size: 100 }]

const definitions = {
  ff: {
    s: -1,
    t: 1_700_000_000_999,
    d: [
      flag('everyone'),
      flag('killed', { killed: true, defaultTreatment: 'gone' }),
      flag('half', { conditions: [{ ...everybody, label: 'half', partitions: halves }] }),
      flag('staff', {
        conditions: [
          rule(
            'in segment employees',
            { matcherType: 'IN_SEGMENT', userDefinedSegmentMatcherData: { segmentName: 'employees' } },
            all,
          ),
        ],
      }),
      flag('named', {
        conditions: [
          rule('whitelisted', { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['someone'] } }, all),
        ],
      }),
      flag('twelve', {
        conditions: [
          rule(
            'age is 12',
            {
              matcherType: 'EQUAL_TO',
              keySelector: { trafficType: 'user', attribute: 'age' },
              unaryNumericMatcherData: { dataType: 'NUMBER', value: 12 },
            },
            all,
          ),
        ],
      }),
      flag('broken', { conditions: [{ ...everybody, partitions: [{ treatment: 'on', size: 99 }] }] }),
    ],
  },
  rbs: { s: -1, t: -1, d: [] },
}

/** The flags that are asked for, with the expected treatment and label. */
const expected: Record<string, [string, string]> = {
  everyone: ['on', 'default rule'],
  killed: ['gone', 'killed'],
  half: ['on', 'half'],
  staff: ['on', 'in segment employees'],
  named: ['off', 'no rule matched'],
  twelve: ['on', 'age is 12'],
  broken: ['control', 'exception'],
  unheard_of: ['control', 'definition not found'],
}

/** The headers that Chromium adds to requests by itself. No others may be there (docs/privacy.md lists them too). */
const BROWSER_HEADERS = [
  'host',
  'connection',
  'content-length',
  'user-agent',
  'accept-encoding',
  'accept-language',
  'origin',
  'sec-ch-ua',
  'sec-ch-ua-mobile',
  'sec-ch-ua-platform',
  'sec-fetch-site',
  'sec-fetch-mode',
  'sec-fetch-dest',
  'sec-fetch-storage-access',
  'priority',
]
const OWN_HEADERS: Record<string, RegExp> = {
  accept: /^application\/json$/,
  'content-type': /^application\/json$/,
  authorization: /^Bearer sdk-key$/,
  splitsdkversion: new RegExp(`^${SDK_VERSION}$`),
  splitsdkimpressionsmode: /^(OPTIMIZED|DEBUG|NONE)$/,
  'cache-control': /^no-cache$/,
}
/** On a beacon the browser sets these, not pennon. */
const BEACON_HEADERS: Record<string, RegExp> = {
  accept: /^\*\/\*$/,
  'content-type': /^text\/plain;charset=UTF-8$/,
  referer: /^http:\/\/127\.0\.0\.1:\d+\/$/,
  'cache-control': /^max-age=0$/,
}

let browser: Browser
let server: DemoServer
let page: Page
let profile: Profile

beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
beforeEach(async () => {
  server = await createDemoServer({ definitions, memberships: { 'user-1': { segments: ['employees'] } } })
  server.serve('/shop.html', '<!doctype html><title>shop</title><script src="/dist/pennon.min.js"></script>')
  server.serve('/next.html', '<!doctype html><title>next</title>')
  profile = await openProfile(browser)
  page = await profile.newPage()
})
afterEach(async () => {
  await profile.close()
  await server.close()
})

/** All pages of the test live in the same hour, because after its end equal impressions are sent again. */
const shift = untilHalfPast()
const open = (path: string) => page.goto(new URL(path, server.pageUrl).href)

/** Makes `window.client`, and waits for it. */
async function start(settings: object = {}) {
  await shiftClock(page, shift)
  await open('/shop.html')
  return page.evaluate(
    async (apiUrl, settings) => {
      const made = pennon.createClient({
        sdkKey: 'sdk-key',
        key: 'user-1',
        streaming: false,
        urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
        ...settings,
      })
      Object.assign(globalThis, { client: made })
      return made.whenReady()
    },
    server.apiUrl,
    settings,
  )
}

const decide = () =>
  page.evaluate(
    (names) =>
      Object.fromEntries(names.map((name) => [name, client.getTreatment(name, { age: 12, note: 'stays here' })])),
    Object.keys(expected),
  )

describe('the main job', () => {
  it('decides on the page, and delivers every impression with its label when the page goes away', async () => {
    const status = await start()
    expect(status).toMatchObject({ ready: true, source: 'network' })
    const before = Date.now() + shift
    const treatments = await decide()
    expect(treatments).toEqual(Object.fromEntries(Object.entries(expected).map(([name, [on]]) => [name, on])))
    await decide()

    await open('/next.html')
    const isBeacon = ({ path }: Received) => path.endsWith('/beacon')
    await server.waitFor(2, isBeacon)

    const impressions = server.impressions()
    expect(Object.fromEntries(impressions.map(({ flag, treatment, label }) => [flag, [treatment, label]]))).toEqual(
      expected,
    )
    expect(impressions).toHaveLength(Object.keys(expected).length)
    for (const { key, sdk, transport, time, changeNumber, flag } of impressions) {
      expect({ key, sdk, transport }).toEqual({ key: 'user-1', sdk: SDK_VERSION, transport: 'beacon' })
      expect(changeNumber).toBe(flag === 'unheard_of' ? null : 1_700_000_000_123)
      expect(time).toBeGreaterThanOrEqual(before)
      expect(time).toBeLessThanOrEqual(Date.now() + shift)
    }
    // The second round is counted, not sent again.
    expect(Object.fromEntries(server.counts().map(({ flag, count }) => [flag, count]))).toEqual(
      Object.fromEntries(Object.keys(expected).map((name) => [name, 1])),
    )
  })

  it('sends no machine field: only its own headers, the browser’s, and the bodies of the protocol', async () => {
    await start({ impressionsMode: 'DEBUG' })
    await decide()
    await page.evaluate(() => client.flush())
    await decide()
    await open('/next.html')
    await server.waitFor(1, ({ path }) => path === '/testImpressions/beacon')

    const requests = server.received.filter(({ method }) => method !== 'OPTIONS')
    expect(requests.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        '/splitChanges',
        '/memberships/user-1',
        '/testImpressions/bulk',
        '/testImpressions/beacon',
      ]),
    )
    for (const { path, url, headers, body } of requests) {
      const own = path.endsWith('/beacon') ? BEACON_HEADERS : OWN_HEADERS
      for (const [name, value] of Object.entries(headers)) {
        if (BROWSER_HEADERS.includes(name)) continue
        expect(own, `${path} sends ${name}: ${value}`).toHaveProperty(name)
        expect(value, `${path} ${name}`).toMatch(own[name] as RegExp)
      }
      const sent = `${url} ${body} ${JSON.stringify(Object.entries(headers).filter(([name]) => own[name]))}`
      for (const machine of ['stays here', 'Mozilla', 'HeadlessChrome', 'X11', 'en-US']) {
        expect(sent.includes(machine) && machine, `${path}: ${sent.slice(0, 200)}`).toBe(false)
      }
      const members = new Set(keysOf(body))
      for (const member of members) expect(WIRE_MEMBERS, `${path} sends ${member}`).toContain(member)
    }
  })

  it('is ready from IndexedDB on the second visit, with the server stopped, and decides the same', async () => {
    await start()
    const first = await decide()
    await page.evaluate(() => client.destroy())
    await server.stop('api')

    await open('/shop.html')
    const second = await page.evaluate(async (apiUrl) => {
      const made = pennon.createClient({
        sdkKey: 'sdk-key',
        key: 'user-1',
        streaming: false,
        logLevel: 'none',
        urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
      })
      Object.assign(globalThis, { client: made })
      return made.whenReadyFromCache()
    }, server.apiUrl)
    expect(second).toMatchObject({ ready: false, readyFromCache: true, source: 'cache' })
    expect(await decide()).toEqual(first)
  })

  it('hears nothing of another SDK key’s cache', async () => {
    await start()
    await page.evaluate(() => client.destroy())
    await server.stop('api')
    const status = await start({ sdkKey: 'another', readyTimeoutMs: 500, logLevel: 'none' })
    expect(status).toMatchObject({ ready: false, readyFromCache: false, timedOut: true })
  })
})

const WIRE_MEMBERS = ['f', 'i', 'k', 't', 'm', 'c', 'r', 'pt', 'pf', 'rc', 'entries', 'token', 'sdk', 'sim']

/** The names of all members at any depth. */
function keysOf(body: string): string[] {
  if (!body) return []
  const names: string[] = []
  JSON.parse(body, (name, value: unknown) => {
    if (name && !/^\d+$/.test(name)) names.push(name)
    return value
  })
  return names
}
