import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { encodePayload } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { can } from './engine'
import { launch } from './launch'
import {
  definitionsOf,
  flag,
  hurry,
  inLargeSegment,
  inRuleBasedSegment,
  openSite,
  rule,
  staff,
  type Site,
} from './site'

declare const client: Client

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
afterEach(() => site.close())

const definitions = definitionsOf([
  flag('plain'),
  staff,
  flag('large', { conditions: [rule('on', inLargeSegment('everyone'))] }),
])

/** A page that is ready and connected, and quiet since. */
async function connected(settings: object = {}, options: Parameters<typeof openSite>[1] = {}) {
  site = await openSite(browser, { definitions, ...options })
  const page = await site.open(settings)
  await site.ready(page)
  await inSync()
  return page
}

/** As `open`, on a page whose time runs fast, with a CDN that is behind from then on. */
async function connectedBehindCdn() {
  site = await openSite(browser, { definitions })
  const page = await site.context.newPage()
  await hurry(page, 400)
  // No poll before the stream is open: time runs too fast to tell its answer from the one that follows the opening.
  await site.open(
    {
      persistence: 'none',
      requestTimeoutMs: 4_000_000,
      readyTimeoutMs: 0,
      definitionsRefreshMs: 1e9,
      membershipsRefreshMs: 1e9,
    },
    { into: page },
  )
  await site.ready(page)
  await inSync()
  site.server.setCdnBehind(true)
  return page
}

/** Waits until the stream is open and everything was fetched after that. */
async function inSync(visits = 1) {
  await site.server.streaming.connected()
  await site.server.waitFor(2 * visits, answered('/splitChanges'))
  await site.server.waitFor(2 * visits, answered('/memberships'))
  site.server.clearReceived()
}
const answered = (path: string) => (request: { method: string; path: string }) =>
  request.method === 'GET' && request.path.startsWith(path)

describe('a stream', () => {
  it('is asked for when the client is ready, opened with what the token says, and followed by a fetch', async () => {
    site = await openSite(browser)
    const page = await site.open()
    await site.ready(page)
    await site.server.waitFor(2, answered('/splitChanges'))
    const order = site.server.received.filter(({ method }) => method === 'GET').map(({ path }) => path)
    expect(order.slice(0, 2).sort()).toEqual(['/memberships/user-1', '/splitChanges'])
    expect(order.slice(2, 4)).toEqual(['/v2/auth', '/sse'])
    // No flag uses segments.
    expect(order.slice(4)).toEqual(['/splitChanges'])
    expect(site.asked('/v2/auth')).toEqual(['/v2/auth?s=1.3&users=user-1'])
    const [sse = ''] = site.asked('/sse')
    expect([...new URL(sse, 'http://x').searchParams.keys()]).toEqual([
      'channels',
      'accessToken',
      'v',
      'heartbeats',
      'SplitSDKVersion',
      'SplitSDKClientKey',
    ])
    const { headers } = site.server.received.find(({ path }) => path === '/sse') ?? { headers: {} }
    expect(headers).not.toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('cookie')
  })

  it('also from the script tag’s one file', async () => {
    site = await openSite(browser)
    const page = await site.open({}, { path: '/script.html' })
    await site.ready(page)
    await site.server.streaming.connected()
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
  })

  describe.skipIf(!can.interception)('whose code cannot be loaded', () => {
    /** @returns what lets the code be loaded */
    const openWithoutStream = async (): Promise<() => void> => {
      site = await openSite(browser)
      const page = await site.context.newPage()
      let isBlocked = true
      await page.setRequestInterception(true)
      page.on('request', (request) => {
        void (isBlocked && request.url().endsWith('/stream.js') ? request.abort() : request.continue())
      })
      await site.open({ definitionsRefreshMs: 1000 }, { into: page })
      await site.ready(page)
      site.server.changeFlag('plain', { killed: true })
      await site.becomes(page, 'plain', 'off')
      expect(site.asked('/v2/auth')).toEqual([])
      expect(await site.logged(page)).toEqual([])
      return () => {
        isBlocked = false
      }
    }

    it('is done without: polled, without a word to the user', async () => {
      await openWithoutStream()
    })

    it('is asked for again with the next answer of the service', async () => {
      const unblock = await openWithoutStream()
      unblock()
      await site.server.streaming.connected()
    })
  })
})

describe('updates of definitions', () => {
  const text = `{"text":"größer – 日本語 😀"}`
  it.each([
    ['none', text],
    ['gzip', text],
    ['zlib', text],
    ['gzip', JSON.stringify('é'.repeat(1_000_000))],
  ] as const)('in the message itself, compression %s', async (announce, config) => {
    const page = await connected()
    site.server.changeFlag('plain', { configurations: { on: config } }, { announce })
    await expect
      .poll(() => page.evaluate((wanted) => client.getTreatmentWithConfig('plain').config === wanted, config))
      .toBe(true)
    expect(await site.heard(page, 'update')).toEqual([{ type: 'flags', names: ['plain'] }])
    expect(site.server.received).toEqual([])
  })

  it('that were only announced are fetched past the HTTP caches', async () => {
    const page = await connected()
    site.server.changeFlag('plain', { killed: true }, { announce: 'bare' })
    await site.becomes(page, 'plain', 'off')
    const [request] = await site.server.waitFor(1, answered('/splitChanges'))
    expect(request?.headers['cache-control']).toBe('no-cache')
  })

  it('after a gap are fetched, those that cannot be read as well', async () => {
    const page = await connected()
    const { t } = site.server.definitions.ff
    site.server.setDefinitions(definitionsOf([flag('plain', { changeNumber: t + 2, killed: true })], t + 2), {
      announce: 'silent',
    })
    const payload = encodePayload(JSON.stringify(flag('plain')), 'gzip')
    site.server.streaming.publish({ type: 'SPLIT_UPDATE', changeNumber: t + 2, pcn: t + 1, ...payload })
    await site.becomes(page, 'plain', 'off')
    site.server.setDefinitions(definitionsOf([flag('plain', { changeNumber: t + 3 })], t + 3), { announce: 'silent' })
    site.server.streaming.publish({ type: 'SPLIT_UPDATE', changeNumber: t + 3, pcn: t + 2, c: 1, d: 'bm90IGd6aXA=' })
    await site.becomes(page, 'plain', 'on')
  })

  it('of rule-based segments, and of flags that ask for them', async () => {
    const page = await connected()
    const segment = {
      name: 'adults',
      changeNumber: 200,
      status: 'ACTIVE',
      conditions: [rule('', { matcherType: 'ALL_KEYS' })],
    }
    const asking = flag('asking', { changeNumber: 200, conditions: [rule('on', inRuleBasedSegment('adults'))] })
    site.server.setDefinitions(definitionsOf([...definitions.ff.d, asking], 200, [segment]))
    await site.becomes(page, 'asking', 'on')
    expect(site.server.received).toEqual([])
    const archived = { ...segment, status: 'ARCHIVED', changeNumber: 300 }
    site.server.setDefinitions({ ...site.server.definitions, rbs: { s: 200, t: 300, d: [archived] } })
    await site.becomes(page, 'asking', 'off')
    expect(await site.heard(page, 'update')).toEqual([
      { type: 'segments', names: [] },
      { type: 'flags', names: ['asking'] },
      { type: 'segments', names: [] },
    ])
  })

  it('that archive a flag remove it', async () => {
    const page = await connected()
    site.server.setDefinitions(definitionsOf(definitions.ff.d.slice(1), 200))
    await site.becomes(page, 'plain', 'control')
    expect(site.server.received).toEqual([])
  })

  it('that kill count at once, and are confirmed by a fetch', async () => {
    const page = await connected()
    const undo = site.server.fault('/splitChanges', { hang: true })
    site.server.kill('plain', 'gone')
    await site.becomes(page, 'plain', 'gone')
    expect(await page.evaluate(() => client.explain('plain')?.label)).toBe('killed')
    expect(await site.heard(page, 'update')).toEqual([{ type: 'flags', names: ['plain'] }])
    await site.server.waitFor(1, answered('/splitChanges'))
    undo()
  })

  it('from a CDN that is behind are asked for again, and then past it', async () => {
    const page = await connectedBehindCdn()
    site.server.changeFlag('plain', { killed: true }, { announce: 'bare' })
    await site.becomes(page, 'plain', 'off')
    const asked = site.asked('/splitChanges')
    const till = `&till=${site.server.definitions.ff.t}`
    expect(asked.map((url) => url.endsWith(till))).toEqual([...Array<boolean>(10).fill(false), true])
  })
})

describe('updates of memberships', () => {
  it('by lists of keys, without a request, each key for itself', async () => {
    const page = await connected()
    expect(await site.treatments(page, ['staff', 'large'])).toEqual(['off', 'off'])
    site.server.setMemberships({ 'user-1': { segments: ['employees'], largeSegments: ['everyone'] } })
    await site.becomes(page, 'staff', 'on')
    await site.becomes(page, 'large', 'on')
    expect(await site.heard(page, 'update')).toEqual([
      { type: 'segments', names: [] },
      { type: 'segments', names: [] },
    ])
    site.server.setMemberships({ 'user-2': { segments: ['employees'] } }, { announce: 'removal', compression: 'zlib' })
    await site.becomes(page, 'staff', 'off')
    await site.becomes(page, 'large', 'off')
    expect(site.server.received).toEqual([])
  })

  it('by a bitmap: only who is in it asks', async () => {
    const page = await connected()
    await page.evaluate(() => client.forKey('user-2').whenReady())
    await site.server.waitFor(2, '/memberships/user-2')
    await site.server.waitFor(1, answered('/splitChanges'))
    site.server.clearReceived()
    site.server.setMemberships({ 'user-2': { segments: ['employees'] } }, { announce: 'bounded' })
    await site.becomes(page, 'staff', 'on', 'user-2')
    expect(await site.treatments(page, ['staff'])).toEqual(['off'])
    expect(site.asked('/')).toEqual(['/memberships/user-2'])
  })

  it('for everybody: fetched after a delay', async () => {
    const page = await connected()
    site.server.setMemberships({ 'user-1': { segments: ['employees'] } }, { announce: 'unbounded', spreadMs: 400 })
    await site.becomes(page, 'staff', 'on')
    expect(site.asked('/')).toEqual(['/memberships/user-1'])
  })

  it('from a CDN that is behind are asked for again, and then past it', async () => {
    const page = await connectedBehindCdn()
    site.server.setMemberships({ 'user-1': { segments: ['employees'] } }, { announce: 'unbounded' })
    await site.becomes(page, 'staff', 'on')
    expect(site.asked('/memberships').map((url) => url.includes('?till='))).toEqual([
      ...Array<boolean>(10).fill(false),
      true,
    ])
  })
})
