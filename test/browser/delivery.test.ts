import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault, Received } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { can } from './engine'
import { launch } from './launch'
import { flagNames, isBulk, openShop, type Shop } from './shop'
import { visibility } from './site'

// Each test has one thing that goes wrong between a page and the service.

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const isTelemetry = ({ path, method }: Received) => method === 'POST' && /^\/(testImpressions|events|v1)\//.test(path)
const flush = (page: Page) => page.evaluate(() => client.flush())
const ten = flagNames(10)

/** Posts something that the service takes. Posts that were in flight when a page went are judged by that answer. */
async function settledBy(page: Page, name: string, names: readonly string[]) {
  await shop.decide(page, [name])
  await flush(page)
  await shop.settled(page, [...names, name])
}

describe('a server that fails', () => {
  it.each<[string, Fault]>([
    ['with 503', { status: 503 }],
    // Chromium repeats a request by itself when a connection that was used before is cut, even for a page that is gone.
    ['by cutting connections', { reset: true }],
    ['without any answer', { hang: true }],
  ])('slowly %s, while three pages are left: what an earlier page saw fail is kept, each once', async (_, fault) => {
    shop = await openShop(browser)
    const undo = shop.server.fault(isTelemetry, { status: 503 })
    let page = await shop.enter({ impressionsMode: 'DEBUG' })
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await flush(page)
    undo()
    const undoSlow = shop.server.fault(isTelemetry, { ...fault, delayMs: 1_500 })
    for (let n = 0; n < 3; n++) {
      page = await shop.enter({ impressionsMode: 'DEBUG' }, page)
      await shop.decide(page, [`flag_${10 + n}`])
      await page.evaluate(() => void client.flush())
      await shop.server.waitFor(n + 2, isBulk)
    }
    await shop.leave(page)
    undoSlow()
    await settledBy(await shop.enter({ impressionsMode: 'DEBUG' }, page), 'flag_13', flagNames(13))
  })

  it.each([401, 403, 404])('with %d: kept, and tried again', async (status) => {
    shop = await openShop(browser)
    const undo = shop.server.fault(isTelemetry, { status })
    const page = await shop.enter()
    await shop.decide(page, ten)
    await flush(page)
    await shop.leave(page)
    undo()
    const next = await shop.enter({}, page)
    await shop.stored(next, ten)
    // The test flushes by hand some time after the adoption, because the pause before a probe is long.
    await expect
      .poll(async () => (await flush(next), shop.server.impressions().length), { timeout: 15_000 })
      .toBe(ten.length)
    await shop.settled(next, ten)
  })

  it('and a clock that is set back a day: tried again within seconds', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    shop.server.fault(isTelemetry, { status: 503, times: 1 })
    await shop.decide(page, ten)
    await flush(page)
    await page.evaluate(() => {
      const { now } = Date
      Date.now = () => now() - 86_400_000
    })
    await shop.settled(page, ten)
  })

  it('and a clock that was 400 days slow and is set right: nothing of this session is too old', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument(() => {
      const { now } = Date
      Date.now = () => now() - ('isRight' in globalThis ? 0 : 400 * 86_400_000)
    })
    await shop.enter({}, page)
    shop.server.fault(isTelemetry, { status: 503, times: 1 })
    await shop.decide(page, ten)
    await flush(page)
    await page.evaluate(() => void Object.assign(globalThis, { isRight: true }))
    await shop.decide(page, ['flag_10'])
    await flush(page)
    await shop.settled(page, flagNames(11))
    expect(shop.server.impressions().some(({ time }) => Date.now() - time > 399 * 86_400_000)).toBe(true)
  })

  it('and takes no counts: those of an earlier page are kept beside those of this one', async () => {
    shop = await openShop(browser)
    const undo = shop.server.fault(isTelemetry, { status: 503 })
    const page = await shop.enter()
    for (let n = 0; n < 4; n++) await shop.decide(page, ten)
    await flush(page)
    await shop.decide(page, ten)
    await shop.leave(page)
    undo()
    const next = await shop.enter({}, page)
    await expect
      .poll(async () => (await flush(next), shop.server.counts().reduce((sum, { count }) => sum + count, 0)), {
        timeout: 15_000,
      })
      .toBe(40)
    await shop.settled(next, ten)
  })
})

describe('an answer', () => {
  let events: Server | undefined
  afterEach(() => {
    events?.closeAllConnections()
    events?.close()
  })
  /** A receiver that takes every post and answers as told. @returns its address, and the flags that it took */
  const receive = async (answer: (response: ServerResponse) => void) => {
    const taken: string[] = []
    events = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += String(chunk)))
      request.on('end', () => {
        response.setHeader('access-control-allow-origin', '*')
        response.setHeader('access-control-allow-headers', '*, authorization')
        if (request.method !== 'POST' || !request.url?.includes('bulk')) return response.end()
        taken.push(...(JSON.parse(body) as { f: string }[]).map(({ f }) => f))
        answer(response)
      })
    })
    await new Promise<void>((resolve) => events?.listen(0, '127.0.0.1', resolve))
    return { url: `http://127.0.0.1:${(events?.address() as AddressInfo | undefined)?.port}`, taken }
  }

  it.each<[string, (response: ServerResponse) => void]>([
    [
      'whose body is cut',
      (response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('{"', () => response.destroy())
      },
    ],
    [
      'whose encoding is none',
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('this is not gzip'),
    ],
    [
      'whose body never ends',
      (response) => {
        response.writeHead(200)
        response.write('{')
      },
    ],
  ])('%s: its status decides', async (_, answer) => {
    shop = await openShop(browser)
    const { url, taken } = await receive(answer)
    const { apiUrl } = shop.server
    const page = await shop.enter({ urls: { sdk: apiUrl, auth: apiUrl, events: url, telemetry: apiUrl } })
    await shop.decide(page, ten)
    await flush(page)
    await flush(page)
    await page.evaluate(() => client.destroy())
    expect(taken.sort()).toEqual([...ten].sort())
    expect(await shop.disk(page)).toMatchObject({ flags: [] })
  })

  it('that redirects to what answers 200 is no delivery: kept, with one line', async () => {
    shop = await openShop(browser)
    shop.server.fault('/elsewhere', { status: 200 })
    const undo = shop.server.fault(isTelemetry, {
      status: 302,
      headers: { location: `${shop.server.apiUrl}/elsewhere` },
    })
    const page = await shop.enter()
    await shop.decide(page, ten)
    await flush(page)
    await flush(page)
    await shop.stored(page, ten)
    const lines = await shop.logged(page)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('redirects')
    undo()
    await flush(page)
    await shop.settled(page, ten)
  })
})

describe('destroy()', () => {
  it.each(['in a click', 'in beforeunload'])('%s, and the page is left: each once', async (moment) => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, flagNames(50))
    await shop.stored(page, flagNames(50))
    shop.server.fault(isBulk, { delayMs: 300 })
    if (moment === 'in a click') await page.evaluate(() => void client.destroy())
    else await page.evaluate(() => addEventListener('beforeunload', () => void client.destroy()))
    await shop.leave(page)
    await settledBy(await shop.enter({}, page), 'flag_50', flagNames(50))
  })
})

describe('many tabs', () => {
  it('twelve with two clients each, closed at once: each once', async () => {
    const names = flagNames(120)
    shop = await openShop(browser, { flags: [...names, 'last'] })
    const settings = { impressionsMode: 'DEBUG' }
    for (let n = 0; n < 12; n++) {
      const tab = await shop.enter(settings)
      await tab.evaluate(
        async (given, apiUrl, own) => {
          const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
          const second = pennon.createClient({ ...given, sdkKey: 'sdk-key', key: 'user-2', streaming: false, urls })
          await second.whenReady()
          own.forEach((name, n) => (n % 2 ? second : client).getTreatment(name))
        },
        settings,
        shop.server.apiUrl,
        names.slice(n * 10, n * 10 + 10),
      )
    }
    // A page that stays open keeps the profile.
    const last = await shop.context.newPage()
    const tabs = (await shop.context.pages()).filter((tab) => tab !== last)
    await Promise.all(tabs.map((tab) => tab.close({ runBeforeUnload: true })))
    await shop.settled(await shop.enter(settings, last), names)
  })

  it('the limits of the outbox cost nothing of what other pages left and nobody tried to send', async () => {
    const names = flagNames(600)
    shop = await openShop(browser, { flags: names })
    const settings = { impressionsMode: 'DEBUG', outbox: { maxItems: 120, flushBytes: 10_000_000 } }
    const tabs: Page[] = []
    for (let n = 0; n < 6; n++) {
      const tab = await shop.context.newPage()
      await tab.evaluateOnNewDocument(() => (navigator.sendBeacon = () => false))
      await shop.enter(settings, tab)
      await shop.decide(tab, names.slice(n * 100, n * 100 + 100))
      tabs.push(tab)
    }
    const last = await shop.context.newPage()
    await Promise.all(tabs.map((tab) => tab.close({ runBeforeUnload: true })))
    await shop.settled(await shop.enter(settings, last), names)
  })
})

describe('a browser that', () => {
  it('counts what was posted until its answer has ended: refuses none of many posts in a row', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    const names = Array.from({ length: 6_000 }, (_, n) => `one_of_many_${n}`)
    for (let n = 0; n < names.length; n += 500) await shop.decide(page, names.slice(n, n + 500))
    await page.evaluate(() => client.flush())
    await shop.arrived(names)
    const lines = await shop.logged(page)
    expect(lines.filter((line) => !line.includes('there is no flag'))).toEqual([])
  })

  it('never answers a request for a lock: sent from memory, with one line', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument(() => (navigator.locks.request = () => new Promise(() => undefined)))
    await shop.enter({}, page)
    await shop.decide(page, ten)
    await flush(page)
    await shop.arrived(ten)
    expect(await shop.logged(page)).toHaveLength(1)
  })

  it('loses its database again and again: stored anew each time, without a line', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    for (let n = 0; n < 6; n++) {
      await shop.decide(page, [`flag_${n}`])
      await shop.stored(page, [`flag_${n}`])
      await page.evaluate(
        () =>
          new Promise<void>((resolve, reject) => {
            const request = indexedDB.deleteDatabase('pennon-outbox-2')
            request.onsuccess = () => resolve()
            request.onerror = request.onblocked = () => reject(new Error('not deleted'))
          }),
      )
    }
    expect(await shop.logged(page)).toEqual([])
  })

  it.skipIf(!can.cdp)('blocks the events host by the page’s own policy: kept, with one line', async () => {
    shop = await openShop(browser)
    const { apiUrl, pageUrl } = shop.server
    const blocked = apiUrl.replace('127.0.0.1', 'localhost')
    const urls = { sdk: apiUrl, auth: apiUrl, events: blocked, telemetry: blocked }
    const page = await shop.context.newPage()
    shop.server.serve('/shop.html', '<!doctype html><title>shop</title><script src="/dist/pennon.min.js"></script>', {
      'content-security-policy': `connect-src ${pageUrl} ${new URL(apiUrl).origin}`,
    })
    await shop.enter({ urls }, page)
    await shop.decide(page, flagNames(5))
    // A switch of tabs leaves the page the time to hear what became of its beacon.
    const other = await shop.context.newPage()
    await other.bringToFront()
    await expect.poll(() => shop.logged(page)).toEqual([expect.stringContaining('add that to connect-src')])
    await page.bringToFront()
    await shop.leave(page)
    shop.server.serve('/shop.html', '<!doctype html><title>shop</title><script src="/dist/pennon.min.js"></script>')
    const next = await shop.enter({ urls }, page)
    await expect.poll(async () => (await flush(next), shop.server.impressions().length), { timeout: 15_000 }).toBe(5)
    await shop.settled(next, flagNames(5))
  })
})

/** Has a page prepare another one, which decides ten flags. @returns the page that the user sees */
async function prerender(): Promise<Page> {
  const { apiUrl } = shop.server
  const urls = JSON.stringify({ sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl })
  shop.server.serve(
    '/prepared.html',
    `<!doctype html><title>prepared</title><script src="/dist/pennon.min.js"></script><script>
      globalThis.heard = []
      const impressionListener = ({ flag }) => void heard.push(flag)
      globalThis.client = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls: ${urls}, impressionListener })
      client.whenReady().then(async () => {
        for (let n = 0; n < 10; n++) client.getTreatment('flag_' + n)
        await client.flush()
        await fetch('${apiUrl}/decided?' + document.prerendering + heard.length, { mode: 'no-cors' })
      })
      document.addEventListener('prerenderingchange', async () => {
        await client.flush()
        await fetch('${apiUrl}/heard?' + heard.join(), { mode: 'no-cors' })
      })
    </script>`,
  )
  const page = await shop.enter({ sdkKey: 'another', key: 'user-2' })
  await page.evaluate(() => {
    const rules = document.createElement('script')
    rules.type = 'speculationrules'
    rules.textContent = JSON.stringify({ prerender: [{ urls: ['/prepared.html'], eagerness: 'immediate' }] })
    document.head.append(rules)
  })
  const [decided] = await shop.server.waitFor(1, ({ path }) => path === '/decided')
  expect(decided?.url).toContain('true0')
  return page
}

describe.skipIf(!can.cdp)('a page that is prerendered', () => {
  it('says nothing before it is shown, and each once then', async () => {
    shop = await openShop(browser)
    const page = await prerender()
    // The user switches to another tab, and comes back.
    const other = await shop.context.newPage()
    await other.bringToFront()
    await page.bringToFront()
    expect(shop.server.received.filter(isTelemetry)).toEqual([])
    expect(shop.server.received.filter(({ path }) => path === '/memberships/user-1')).not.toEqual([])
    expect(shop.server.received.filter(({ path }) => path === '/v2/auth')).toEqual([])
    const disk = await shop.disk(page)
    expect(disk.outbox).not.toContain('flag_')
    expect(disk.namesUser).toBe(false)
    await page.evaluate(() => void (location.href = '/prepared.html'))
    await shop.arrived(ten)
    const [told] = await shop.server.waitFor(1, ({ path }) => path === '/heard')
    expect(told?.url).toContain(`?${ten.join()}`)
    await shop.server.waitFor(1, ({ path }) => path === '/v2/auth')
    await shop.settled(await shop.enter(), ten)
  })

  it('and never shown says and stores nothing', async () => {
    shop = await openShop(browser)
    const page = await prerender()
    await shop.leave(page)
    // A page that is discarded hands over before its browser makes the next one.
    const next = await shop.enter()
    expect(shop.server.received.filter(isTelemetry)).toEqual([])
    const { flags, notes, outbox } = await shop.disk(next)
    expect({ flags, notes }).toEqual({ flags: [], notes: 0 })
    expect(outbox).not.toContain('flag_')
    await shop.settled(next, [])
  })
})

it('an integration that adds more than the outbox takes as it starts costs its own items and nothing else', async () => {
  shop = await openShop(browser)
  const page = await shop.enter()
  const told = await page.evaluate(async (apiUrl) => {
    const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
    const lines: string[] = []
    const say = (line: string) => void lines.push(line)
    const greedy = {
      name: 'greedy',
      start({ outbox }: { outbox: (name: string) => { add(item: unknown): void } }) {
        for (let n = 0; n < 500; n++) outbox('greedy').add({ n })
      },
      impression: () => undefined,
      stop: () => undefined,
    }
    const second = pennon.createClient({
      sdkKey: 'sdk-key',
      key: 'user-2',
      streaming: false,
      urls,
      integrations: [greedy],
      outbox: { maxItems: 100 },
      logger: { debug: say, info: say, warn: say, error: say },
    })
    await second.whenReady()
    const treatment = second.getTreatment('flag_0')
    await second.flush()
    return { treatment, dropped: second.status().dropped, errors: lines.filter((line) => line.includes('Error')) }
  }, shop.server.apiUrl)
  expect(told).toMatchObject({ treatment: 'on', errors: [] })
  expect(told.dropped).toBeGreaterThanOrEqual(400)
  await shop.arrived(['flag_0'])
})

describe('what is known of the user', () => {
  it('is sent within seconds of the grant', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ consent: 'unknown' })
    await shop.decide(page, ten)
    await page.evaluate(() => client.consent.set('granted'))
    await shop.arrived(ten)
  })

  it('is on disk as hashes alone once it is sent', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    await flush(page)
    await shop.arrived(ten)
    await expect.poll(async () => (await shop.disk(page)).flags).toEqual([])
    const { outbox } = await shop.disk(page)
    expect(outbox).toContain('seen')
    expect(outbox).not.toMatch(/user-1|flag_|default rule/)
  })

  it.each(['definitions', 'none'])('is deleted by a page under persistence %s', async (persistence) => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await page.setOfflineMode(true)
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await page.setOfflineMode(false)
    shop.server.fault(isTelemetry, { hang: true })
    const next = await shop.enter({ persistence }, page)
    await expect.poll(async () => (await shop.disk(next)).namesUser).toBe(false)
    expect((await shop.disk(next)).flags).toEqual([])
  })

  it('is deleted by a decline under persistence none', async () => {
    shop = await openShop(browser)
    shop.server.fault(isTelemetry, { status: 503 })
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await flush(page)
    await shop.leave(page)
    // This page never has the time in which it deletes what it may not store.
    await page.evaluateOnNewDocument(() => (globalThis.requestIdleCallback = () => 0))
    const next = await shop.enter({ persistence: 'none' }, page)
    expect((await shop.disk(next)).flags).toHaveLength(10)
    await next.evaluate(() => client.consent.set('declined'))
    await expect.poll(async () => (await shop.disk(next)).namesUser).toBe(false)
    expect((await shop.disk(next)).flags).toEqual([])
  })

  it('is forgotten by every open tab when one declines, and no tab sends any more', async () => {
    shop = await openShop(browser)
    const sent = () => shop.server.received.filter(isTelemetry).map(({ path }) => path)
    const [one, other] = [await shop.enter(), await shop.enter()]
    const hide = async () => {
      await other.bringToFront()
      await visibility(other, 'visible')
      await one.bringToFront()
      await visibility(other, 'hidden')
    }
    // With consent, the other tab sends what it recorded by hand and when it is hidden.
    await shop.decide(other, ['flag_0'])
    await flush(other)
    await shop.decide(other, ['flag_1'])
    await hide()
    await shop.arrived(['flag_0', 'flag_1'])
    expect(sent()).toEqual(['/testImpressions/bulk', '/testImpressions/beacon'])
    await shop.decide(one, ['flag_2'])
    await shop.decide(other, ['flag_3'])
    await shop.stored(one, ['flag_2', 'flag_3'])
    shop.server.clearReceived()
    await one.evaluate(() => client.consent.set('declined'))
    await other.waitForFunction(() => client.consent.get() === 'declined', { polling: 10 })
    await expect.poll(async () => (await shop.disk(one)).namesUser).toBe(false)
    await shop.decide(other, ['flag_4'])
    await flush(other)
    await hide()
    await other.evaluate(() => client.destroy())
    expect((await shop.disk(one)).namesUser).toBe(false)
    expect(sent()).toEqual([])
  })
})
