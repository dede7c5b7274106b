import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { can } from './engine'
import { goBack } from './goBack'
import { launch } from './launch'
import { definitionsOf, flag, openSite, staff, type Site } from './site'

declare const pennon: { createClient(settings: object): Client }
declare const client: Client
declare const shows: boolean[]

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => site.close())

const locks = (page: Page) =>
  page.evaluate(
    async () => (await navigator.locks.query()).held?.filter(({ name }) => name?.startsWith('pennon')).length,
  )

it('is not in the way of the bfcache: lets go of stream and locks, takes them up again, and looks for what is new', async () => {
  site = await openSite(browser, { definitions: definitionsOf([flag('plain'), staff]) })
  const page = await site.open()
  await site.ready(page)
  await site.server.streaming.connected()
  await site.server.waitFor(2, ({ method, path }) => method === 'GET' && path === '/splitChanges')
  expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'off'])
  await expect.poll(() => locks(page)).toBe(1)
  await page.evaluate(() => {
    Object.assign(globalThis, { shows: [] })
    addEventListener('pageshow', ({ persisted }) => shows.push(persisted))
  })

  await page.goto(site.address('/next.html'))
  await expect.poll(() => site.server.streaming.connections()).toBe(0)
  expect(await locks(page)).toBe(0)
  // A page in the bfcache does not hear of these changes.
  site.server.changeFlag('plain', { killed: true })
  site.server.setMemberships({ 'user-1': { segments: ['employees'] } })
  site.server.clearReceived()

  await goBack(page)
  expect(await page.evaluate(() => shows)).toEqual([true])
  await site.server.streaming.connected()
  await site.becomes(page, 'plain', 'off')
  await site.becomes(page, 'staff', 'on')
  await expect.poll(() => locks(page)).toBe(1)
  expect((await site.heard(page, 'update')).map(({ type }) => type).sort()).toEqual(['flags', 'segments'])
  // The new stream brings changes as the first one did.
  site.server.changeFlag('plain', { killed: false })
  await site.becomes(page, 'plain', 'on')
  expect(await site.logged(page)).toEqual([])

  // It works a second time as well.
  await page.goto(site.address('/next.html'))
  await goBack(page)
  expect(await page.evaluate(() => shows)).toEqual([true, true])
  await site.server.streaming.connected()
})

it('polls again after the bfcache where there is no stream, at once when its definitions are old', async () => {
  site = await openSite(browser)
  const page = await site.open({ streaming: false, definitionsRefreshMs: 1500 })
  await site.ready(page)
  await expect.poll(() => locks(page)).toBe(1)
  await page.evaluate(() => {
    Object.assign(globalThis, { shows: [] })
    addEventListener('pageshow', ({ persisted }) => shows.push(persisted))
  })
  const { age = 0 } = await site.status(page)
  await page.goto(site.address('/next.html'))
  const leftAt = Date.now()
  site.server.changeFlag('plain', { killed: true })
  await expect.poll(() => Date.now() - leftAt + age, { timeout: 5_000 }).toBeGreaterThan(1600)
  await goBack(page)
  expect(await page.evaluate(() => shows)).toEqual([true])
  await site.becomes(page, 'plain', 'off')
})

it('a client that was destroyed stays so', async () => {
  site = await openSite(browser)
  const page = await site.open()
  await site.ready(page)
  await site.server.streaming.connected()
  await page.evaluate(() => client.destroy())
  // The server hears that a connection ended some time after the page closed it.
  await expect.poll(() => site.server.streaming.connections()).toBe(0)
  await page.goto(site.address('/next.html'))
  site.server.clearReceived()
  await goBack(page)
  // What the page asked for when it was shown has arrived when this has.
  await page.evaluate((url) => fetch(url), site.address('/next.html'))
  expect(site.server.received).toEqual([])
  expect(site.server.streaming.connections()).toBe(0)
})

it('a first visit that is left while its databases are made, into the bfcache, costs the next page none', async () => {
  site = await openSite(browser)
  const page = await site.context.newPage()
  await page.goto(site.address('/module.html'))
  const left = page.waitForNavigation()
  await page.evaluate((url) => {
    // The browser opens the databases while the page is busy, so that the page does not hear of it before it goes.
    addEventListener('pagehide', () => {
      const urls = { sdk: url, events: url, telemetry: url, auth: url, streaming: url }
      pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls })
      for (const start = performance.now(); performance.now() - start < 200;);
    })
    location.href = '/next.html'
  }, site.server.apiUrl)
  await left
  await site.open({}, { into: page })
  await site.ready(page)
  const made = () => page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name).sort())
  await expect.poll(made).toEqual(['pennon-definitions', 'pennon-outbox-2'])
  expect(await site.logged(page)).toEqual([])
})

it.skipIf(!can.cdp)(
  'Chromium throws out a page that went there while its databases were made, when the next one opens them',
  async () => {
    site = await openSite(browser)
    const page = await site.context.newPage()
    await page.goto(site.address('/next.html'))
    await page.evaluate(
      () =>
        new Promise<void>((granted) => {
          Object.assign(globalThis, { isOld: true })
          // As whoever opens a database does, until that is open.
          void navigator.locks.request('pennon-opening', { mode: 'shared' }, () => {
            granted()
            return new Promise(() => undefined)
          })
        }),
    )
    await site.open({}, { into: page })
    await site.ready(page)
    await goBack(page)
    expect(await page.evaluate(() => 'isOld' in globalThis)).toBe(false)
  },
)

it('a tab whose database takes for ever to open is waited for by no other one', async () => {
  site = await openSite(browser)
  const slow = await site.context.newPage()
  await slow.goto(site.address('/next.html'))
  await slow.evaluate(
    () =>
      new Promise<void>((granted) => {
        const hold = () => (granted(), new Promise(() => undefined))
        void navigator.locks.request('pennon-opening', { mode: 'shared' }, hold)
      }),
  )
  const page = await site.open()
  await site.ready(page)
  await expect.poll(() => locks(page)).toBe(1 + 1)
  const waiting = () => page.evaluate(async () => (await navigator.locks.query()).pending?.map(({ name }) => name))
  expect(await waiting()).toEqual([])
})
