import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DemoServerOptions, Received } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { can, engine } from './engine'
import { launch } from './launch'
import { definitionsOf, flag, hurry, openSite, staff, visibility, type Site } from './site'

declare const client: Client
declare const asked: unknown[]

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
afterEach(() => site.close())

const count = (path: string) => site.asked(path).length
const isOfDefinitions = ({ path, method }: Received) => path === '/splitChanges' && method === 'GET'

/** A page whose client polls each second. */
async function open(settings: object = {}, into?: Page) {
  return site.open(
    { streaming: false, definitionsRefreshMs: 1000, membershipsRefreshMs: 1000, ...settings },
    { ...(into && { into }) },
  )
}
/** As `open`, once it is ready. */
async function ready(options: DemoServerOptions = {}, settings: object = {}, on = browser) {
  site = await openSite(on, options)
  const page = await open(settings)
  await site.ready(page)
  return page
}

describe('polling', () => {
  it('brings what changed, and goes on', async () => {
    const page = await ready()
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
    site.server.changeFlag('plain', { killed: false })
    await site.becomes(page, 'plain', 'on')
    expect(await site.heard(page, 'update')).toEqual([
      { type: 'flags', names: ['plain'] },
      { type: 'flags', names: ['plain'] },
    ])
  })

  it('asks for memberships only while a flag asks for segments, and at once when one does', async () => {
    const page = await ready({ memberships: { 'user-1': { segments: ['employees'] } } })
    await site.server.waitFor(4, '/splitChanges')
    expect(count('/memberships')).toBe(1)
    site.server.setDefinitions(definitionsOf([flag('plain'), { ...staff, changeNumber: 200 }], 200))
    await site.becomes(page, 'staff', 'on')
    await site.server.waitFor(3, '/memberships')
    site.server.setDefinitions(definitionsOf([flag('plain')], 300))
    await site.becomes(page, 'staff', 'control')
    const before = count('/memberships')
    await site.server.waitFor(count('/splitChanges') + 2, '/splitChanges')
    expect(count('/memberships') - before).toBeLessThanOrEqual(1)
  })

  it.each<[string, object, string]>([
    ['sets', { flagSets: ['two', 'One'] }, '&sets=one,two'],
    ['names and prefixes', { flagNames: ['b', 'a,c'], flagPrefixes: ['ñ'] }, '&names=a%2Cc,b&prefixes=%C3%B1'],
  ])('asks by %s, in the encoding of the service', async (_what, settings, query) => {
    await ready({}, settings)
    expect(site.asked('/splitChanges')[0]).toBe(`/splitChanges?s=1.3&since=-1&rbSince=-1${query}`)
  })
})

describe('requests that fail', () => {
  it.each([
    ['no answer', { hang: true }],
    ['a cut connection', { reset: true }],
    ['status 500', { status: 500 }],
    ['an answer that is none', { body: '{"ff":' }],
  ])('%s: tried again, one log line, ready', async (_what, fault) => {
    site = await openSite(browser)
    const undo = site.server.fault('/splitChanges', fault)
    // Only what hangs needs a short deadline, and a busy machine answers the rest within a longer one.
    const page = await open({ requestTimeoutMs: 'hang' in fault ? 2_000 : 5_000 })
    await expect.poll(() => site.heard(page, 'error'), { timeout: 10_000 }).toHaveLength(1)
    undo()
    expect((await site.ready(page)).ready).toBe(true)
    expect(await site.logged(page)).toHaveLength(1)
    expect(await site.heard(page, 'error')).toHaveLength(1)
  })

  it.skipIf(!can.interception)('that hang are given up: the browser closes them', async () => {
    site = await openSite(browser)
    site.server.fault('/splitChanges', { hang: true, times: 1 })
    const page = await site.context.newPage()
    const failed = new Promise((resolve) =>
      page.on('requestfailed', (request) => resolve(request.failure()?.errorText)),
    )
    await open({ requestTimeoutMs: 500 }, page)
    expect(await failed).toBe(engine === 'firefox' ? 'NS_BINDING_ABORTED' : 'net::ERR_ABORTED')
  })

  it.each([
    ['that a page may read', true],
    ['that it may not read, as with the service: at least half a minute', false],
  ])('status 429 with a Retry-After %s', async (_what, exposeRetryAfter) => {
    site = await openSite(browser, { exposeRetryAfter })
    site.server.fault('/splitChanges', { status: 429, headers: { 'Retry-After': '2' }, times: 1 })
    const page = await site.context.newPage()
    await hurry(page, 10)
    await open({ persistence: 'none', requestTimeoutMs: 100_000, readyTimeoutMs: 0 }, page)
    await site.ready(page)
    const [first, second] = site.server.received.filter(isOfDefinitions)
    const waited = ((second?.at ?? 0) - (first?.at ?? 0)) * 10
    expect(waited).toBeGreaterThanOrEqual(exposeRetryAfter ? 2000 : 30_000)
  })

  it.each([401, 403])(
    'status %i: asked no more for a minute, with one clear error, and nobody waits for the deadline',
    async (status) => {
      site = await openSite(browser)
      site.server.fault('/splitChanges', { status })
      const page = await site.context.newPage()
      await hurry(page, 60)
      await open(
        { persistence: 'none', readyTimeoutMs: 0, requestTimeoutMs: 600_000, membershipsRefreshMs: 3_600_000 },
        page,
      )
      expect(await site.ready(page)).toMatchObject({ ready: false, timedOut: true })
      await site.server.waitFor(1, ({ path, method }) => path.startsWith('/memberships/') && method === 'GET')
      const [error] = await site.heard(page, 'error')
      expect(error).toContain(`definitions could not be fetched (status ${status}`)
      expect(await site.logged(page)).toHaveLength(1)
      const before = site.asked('/').length
      await page.evaluate(() => {
        for (const event of ['online', 'pageshow']) dispatchEvent(new Event(event))
        document.dispatchEvent(new Event('visibilitychange'))
      })
      await page.evaluate(() => client.flush())
      const [first, second] = await site.server.waitFor(2, isOfDefinitions)
      expect(((second?.at ?? 0) - (first?.at ?? 0)) * 60).toBeGreaterThanOrEqual(59_000)
      const others = site.asked('/').slice(before)
      expect(others.filter((address) => !address.startsWith('/splitChanges'))).toEqual([])
    },
  )
})

describe('a page that is', () => {
  let windows: Browser
  beforeAll(async () => {
    windows = await launch({ windows: true })
  })
  afterAll(() => windows.close())

  it('offline asks for nothing, and looks when it is online again', async () => {
    site = await openSite(browser)
    const page = await site.context.newPage()
    await hurry(page, 10)
    await open({ persistence: 'none', requestTimeoutMs: 50_000, readyTimeoutMs: 0 }, page)
    await site.ready(page)
    await page.setOfflineMode(true)
    await expect.poll(() => page.evaluate(() => navigator.onLine)).toBe(false)
    // A request that was under way is cut, and may be logged. What counts is what the page asks for from now on.
    await page.evaluate(() => {
      const { fetch } = globalThis
      const asked: unknown[] = []
      globalThis.fetch = (input, init) => {
        asked.push(input)
        return fetch(input, init)
      }
      Object.assign(globalThis, { asked })
    })
    site.server.changeFlag('plain', { killed: true })
    const ageOf = async () => (await site.status(page)).age ?? 0
    const age = await ageOf()
    // By then two polls would have been due.
    await expect.poll(ageOf).toBeGreaterThan(age + 2_500)
    expect(await page.evaluate(() => asked)).toEqual([])
    await page.setOfflineMode(false)
    await site.becomes(page, 'plain', 'off')
  })

  it('hidden asks for nothing, and looks when it is seen again, if its definitions are old enough', async () => {
    const page = await ready({}, { definitionsRefreshMs: 2000 }, windows)
    const other = await site.context.newPage()
    await other.bringToFront()
    await visibility(page, 'hidden')
    site.server.changeFlag('plain', { killed: true })
    site.server.clearReceived()
    await expect.poll(async () => (await site.status(page)).age, { timeout: 10_000 }).toBeGreaterThan(4000)
    expect(site.asked('/splitChanges')).toEqual([])
    await page.bringToFront()
    await site.becomes(page, 'plain', 'off')
  })

  it('seen again while its definitions are young asks for none', async () => {
    const page = await ready({}, { definitionsRefreshMs: 600_000 }, windows)
    const other = await site.context.newPage()
    await other.bringToFront()
    await visibility(page, 'hidden')
    site.server.clearReceived()
    await page.bringToFront()
    await visibility(page, 'visible')
    // What the page asked for when it was seen has arrived when this has.
    await page.evaluate((url) => fetch(url), site.address('/next.html'))
    expect(site.server.received.filter(({ path }) => path === '/splitChanges')).toEqual([])
  })
})

describe('a proxy', () => {
  it('of an older spec is spoken to in that, and in the newer one when it learnt it', async () => {
    site = await openSite(browser, { spec: '1.2' })
    const page = await site.context.newPage()
    await hurry(page, 2000)
    await open(
      { persistence: 'none', definitionsRefreshMs: 600_000, requestTimeoutMs: 40_000_000, readyTimeoutMs: 0 },
      page,
    )
    await site.ready(page)
    expect(site.asked('/splitChanges').slice(0, 2)).toEqual([
      '/splitChanges?s=1.3&since=-1&rbSince=-1',
      '/splitChanges?s=1.2&since=-1',
    ])
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    expect(await site.logged(page)).toEqual([])
    site.server.setSpec('1.3')
    // The change numbers mean something else from now on, so that everything is fetched anew.
    await site.server.waitFor(2, ({ method, url }) => method === 'GET' && url.includes('s=1.3&since=-1'))
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
    expect(site.asked('/splitChanges').at(-1)).toContain('s=1.3&since=')
  })
})
