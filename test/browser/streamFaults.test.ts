import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { DemoServerOptions } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { launch } from './launch'
import { hurry, openSite, type Site } from './site'

declare const client: Client

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => site.close())

const gets = (path: string) => (request: { method: string; path: string }) =>
  request.method === 'GET' && request.path.startsWith(path)
const count = (path: string) => site.asked(path).length

/** A page whose client is ready. It polls each second while it has no stream. */
async function ready(options: DemoServerOptions = {}, settings: object = {}) {
  site = await openSite(browser, options)
  const page = await site.open({ definitionsRefreshMs: 1000, ...settings })
  await site.ready(page)
  return page
}

/** As `ready`, but the page has a stream. */
async function connected(options: DemoServerOptions = {}, settings: object = {}) {
  const page = await ready(options, settings)
  await site.server.streaming.connected()
  await site.server.waitFor(2, gets('/splitChanges'))
  return page
}

let version = 0
const shows = (page: Page, config: string) =>
  expect.poll(() => page.evaluate(() => client.getTreatmentWithConfig('plain').config)).toBe(config)
/** Changes the flag without a word to streams: only a fetch finds it. @returns its new configuration */
function changeSilently() {
  const config = String(++version)
  site.server.changeFlag('plain', { configurations: { on: config } }, { announce: 'silent' })
  return config
}
/** Changes the flag silently, and waits until the page has fetched that. */
async function found(page: Page) {
  await shows(page, changeSilently())
}
/** Changes the flag and tells streams; whoever polls is not answered meanwhile. */
async function told(page: Page) {
  const config = String(++version)
  const undo = site.server.fault('/splitChanges', { hang: true })
  site.server.changeFlag('plain', { configurations: { on: config } })
  await shows(page, config)
  undo()
}

describe('while a stream brings nothing, polling does', () => {
  it('no publishers in either region, and some again', async () => {
    const page = await connected()
    site.server.streaming.occupancy(0)
    await found(page)
    await found(page)
    site.server.streaming.occupancy(1, 'sec')
    await told(page)
    expect(count('/v2/auth')).toBe(1)
  })

  it('paused, and resumed', async () => {
    const page = await connected()
    site.server.streaming.control('STREAMING_PAUSED')
    await found(page)
    await found(page)
    site.server.streaming.control('STREAMING_RESUMED')
    await told(page)
    expect(count('/v2/auth')).toBe(1)
  })

  it('paused when the connection is lost: the next one begins anew', async () => {
    const page = await connected()
    site.server.streaming.control('STREAMING_PAUSED')
    await found(page)
    site.server.streaming.drop()
    await site.server.waitFor(2, gets('/sse'))
    await site.server.streaming.connected()
    await told(page)
  })

  it('disabled, for good', async () => {
    const page = await connected()
    site.server.streaming.control('STREAMING_DISABLED')
    await found(page)
    await found(page)
    expect(site.server.streaming.connections()).toBe(0)
    expect([count('/v2/auth'), count('/sse')]).toEqual([1, 1])
  })

  it('reset: a new token and a new stream, what came in between is fetched', async () => {
    const page = await connected()
    site.server.streaming.control('STREAMING_RESET')
    await site.server.waitFor(2, gets('/sse'))
    await expect.poll(() => site.server.streaming.connections()).toBe(1)
    await told(page)
    expect(count('/v2/auth')).toBe(2)
  })
})

describe('a stream that ends', () => {
  it.each([
    ['the connection is cut', () => site.server.streaming.drop()],
    ['the token ran out', () => site.server.streaming.expireTokens()],
    ['the push network failed', () => site.server.streaming.error(50000)],
  ])('%s: connected anew, and nothing is missed', async (_what, end) => {
    const page = await connected()
    end()
    await found(page)
    await site.server.waitFor(2, gets('/sse'))
    await site.server.streaming.connected()
    await told(page)
    expect(await site.logged(page)).toEqual([])
  })

  it('with an error that will not get better: polled for good', async () => {
    const page = await connected()
    site.server.streaming.error(40160)
    await found(page)
    await found(page)
    expect([count('/v2/auth'), count('/sse')]).toEqual([1, 1])
  })

  it('because a server of another address stands in its place', async () => {
    site = await openSite(browser)
    const undo = site.server.fault('/sse', { status: 503 })
    const page = await site.open({ definitionsRefreshMs: 1000 })
    await site.ready(page)
    await site.server.waitFor(2, gets('/sse'))
    await found(page)
    undo()
    await site.server.streaming.connected()
    await told(page)
  })

  it('tokens that live for seconds make no loop of requests', async () => {
    site = await openSite(browser, { streaming: { tokenLifeS: 2 } })
    const page = await site.open({ definitionsRefreshMs: 1000 })
    await site.ready(page)
    await site.server.streaming.connected()
    await site.server.waitFor(1, ({ path, status }) => path === '/sse' && status === 200)
    await expect.poll(() => site.server.streaming.connections(), { timeout: 5_000 }).toBe(0)
    await site.server.waitFor(2, gets('/sse'))
    expect(count('/v2/auth')).toBe(2)
    await found(page)
  })
})

describe('no token', () => {
  it.each([408, 429, 500, 503])('status %i: polled, and asked for again', async (status) => {
    site = await openSite(browser, { exposeRetryAfter: true })
    site.server.fault('/v2/auth', { status, headers: { 'Retry-After': '1' }, times: 1 })
    // The new stream opens at once, however slow the page is: an old one could not show that.
    const changed = site.server.waitFor(1, '/v2/auth').then(changeSilently)
    const page = await site.open({ definitionsRefreshMs: 1000 })
    await site.ready(page)
    await shows(page, await changed)
    await site.server.streaming.connected()
    await told(page)
    expect(count('/v2/auth')).toBe(2)
  })

  it.each([
    ['status 400', { status: 400 }],
    ['status 401', { status: 401 }],
    ['status 403', { status: 403 }],
    ['streaming is switched off', { body: { pushEnabled: false, token: '' } }],
  ])('%s: polled for good', async (_what, fault) => {
    site = await openSite(browser)
    site.server.fault('/v2/auth', fault)
    const page = await site.open({ definitionsRefreshMs: 1000 })
    await site.ready(page)
    await site.server.waitFor(1, '/v2/auth')
    await found(page)
    await found(page)
    expect([count('/v2/auth'), count('/sse')]).toEqual([1, 0])
    expect(await site.logged(page)).toEqual([])
  })

  it.each([
    ['no JSON', { body: '{"pushEnabled":tr' }],
    ['a token that is none', { body: { pushEnabled: true, token: 'a.b.c' } }],
    ['a cut connection', { reset: true }],
    ['no answer at all', { hang: true }],
  ])('%s: asked for again', async (_what, fault) => {
    site = await openSite(browser)
    site.server.fault('/v2/auth', { ...fault, times: 1 })
    const page = await site.open({ definitionsRefreshMs: 1000, requestTimeoutMs: 1000 })
    await site.ready(page)
    await site.server.streaming.connected()
    await told(page)
    expect(count('/v2/auth')).toBe(2)
  })
})

describe('messages that are none', () => {
  it('change nothing, are made up for by one fetch, which one line says, and the next one counts', async () => {
    const page = await connected()
    const { streaming } = site.server
    site.server.clearReceived()
    for (const data of ['', 'null', '7', '{"type":"SPLIT_UPDATE"', '{}', '{"type":"UNHEARD_OF","changeNumber":9e15}']) {
      streaming.publish(data)
    }
    streaming.write('data: not an envelope\n\ndata: {"data":7}\n\nevent: something\ndata: {}\n\n: a comment\n\n')
    streaming.publish({ type: 'SPLIT_UPDATE', changeNumber: 'newest' })
    streaming.publish({ type: 'SPLIT_KILL', changeNumber: 1e15, splitName: { toString: null }, defaultTreatment: 1 })
    streaming.publish({ type: 'MEMBERSHIPS_MS_UPDATE', cn: null, u: 2, n: 'x', d: 7 })
    await site.server.waitFor(1, '/splitChanges')
    await told(page)
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    expect(count('/splitChanges')).toBe(1)
    expect(await site.logged(page)).toEqual([
      'pennon: a message of the stream cannot be read: everything is fetched anew',
    ])
  })
})

describe('keys that come later', () => {
  it('are told of by one new stream, while the old one goes on', async () => {
    const page = await connected()
    await page.evaluate(() => Promise.all(['user-2', 'user-3'].map((key) => client.forKey(key).whenReady())))
    await site.server.waitFor(2, gets('/sse'))
    expect(site.asked('/v2/auth')[1]).toBe('/v2/auth?s=1.3&users=user-1&users=user-2&users=user-3')
    await expect.poll(() => site.server.streaming.connections()).toBe(1)
    await told(page)
  })
})

describe('a page that nobody looks at', () => {
  it('lets go of its stream after a minute, and catches up when it is looked at again', async () => {
    const windows = await launch({ windows: true })
    onTestFinished(() => windows.close())
    site = await openSite(windows)
    const page = await site.context.newPage()
    // A minute in three seconds. Faster, and the half minute that a stream may take to open would be too short for a busy browser.
    await hurry(page, 20)
    await site.open({ persistence: 'none', requestTimeoutMs: 1_000_000, readyTimeoutMs: 0 }, { into: page })
    await site.ready(page)
    await site.server.streaming.connected()
    const other = await site.context.newPage()
    await other.bringToFront()
    await expect.poll(() => site.server.streaming.connections(), { timeout: 10_000 }).toBe(0)
    site.server.changeFlag('plain', { killed: true })
    site.server.clearReceived()
    await page.bringToFront()
    await site.becomes(page, 'plain', 'off')
    await site.server.streaming.connected()
    expect(count('/v2/auth')).toBe(1)
  })
})
