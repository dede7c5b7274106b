import type { Browser, Page } from 'puppeteer-core'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Received } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { stored } from './cacheRecords'
import { can, engine } from './engine'
import { goBack } from './goBack'
import { inFirefox } from './inFirefox'
import { launch } from './launch'
import { leaveBy } from './leaveBy'
import { flagNames, isBulk, openShop, type Shop } from './shop'
import { definitionsOf, flag, inSegment, rule, visibility } from './site'

// The scripts of the page see these globals.
declare const client: Client

let browser: Browser
let withoutBfcache: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
  withoutBfcache = await launch({ windows: true, bfcache: false })
})
afterAll(() => Promise.all([browser.close(), withoutBfcache.close()]))
afterEach(() => shop.close())

const ten = flagNames(10)
const isBeacon = ({ path, method }: Received) => method === 'POST' && path.endsWith('/beacon')

/** Posts something that the service takes: that tells that it also took what was in flight when a page went. */
async function answered(page: Page, name: string) {
  await shop.decide(page, [name])
  await page.evaluate(() => client.flush())
  return page
}

async function crash(page: Page) {
  if (engine === 'firefox')
    process.kill(Number(await inFirefox(page, 'tab.currentWindowGlobal.domProcess.osPid')), 'SIGKILL')
  else {
    const gone = new Promise((resolve) => page.once('error', resolve))
    const session = await page.createCDPSession()
    session.send('Page.crash').catch(() => undefined)
    await gone
  }
  await page.close().catch(() => undefined)
}

/** Resolves when the browser has released what the page had locked, as the other one sees it. */
async function crashBefore(other: Page, page: Page) {
  await page.evaluate(() => void navigator.locks.request('of the page', () => new Promise(() => undefined)))
  await crash(page)
  await other.evaluate(() => navigator.locks.request('of the page', () => undefined))
}

describe('a page that goes away', () => {
  it('hands over everything on a navigation, into the bfcache, and works on when it comes back', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    expect(await shop.leave(page)).toBe(true)
    await shop.arrived(ten)
    expect(shop.server.received.filter(isBulk)).toEqual([])
    await goBack(page)
    await shop.decide(page, [...ten, 'flag_10'])
    await shop.leave(page)
    await shop.arrived([...ten, 'flag_10'])
    await shop.counted(10)
  })

  it.skipIf(!can.noBfcache)('hands over everything on a navigation without bfcache', async () => {
    shop = await openShop(withoutBfcache)
    const page = await shop.enter()
    await shop.decide(page, ten)
    expect(await shop.leave(page)).toBe(false)
    await shop.arrived(ten)
    await shop.settled(await shop.enter({}, page), ten)
  })

  it('hands over events as well, and keeps on disk what the browser does not take', async () => {
    shop = await openShop(browser)
    const track = (page: Page, prefix: string, count: number, length: number) =>
      page.evaluate(
        (prefix, count, length) => {
          for (let n = 0; n < count; n++) client.track(`${prefix}-${n}`, { properties: { text: 'x'.repeat(length) } })
        },
        prefix,
        count,
        length,
      )
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}-${n}`)
    const received = () => shop.server.events().map(({ type }) => type)
    const settings = { trafficType: 'user', outbox: { flushBytes: 10_000_000 } }
    const page = await shop.enter(settings)
    await track(page, 'small', 3, 10)
    await shop.leave(page)
    await expect.poll(() => received().sort()).toEqual(names('small', 3))
    const [beacon] = shop.server.received.filter(isBeacon)
    expect(beacon?.path).toBe('/events/beacon')

    await shop.enter(settings, page)
    await track(page, 'big', 20, 10_000)
    await shop.leave(page)
    const next = await shop.enter(settings, page)
    await expect.poll(() => received().length, { timeout: 10_000 }).toBe(23)
    await next.evaluate(() => client.destroy())
    expect(new Set(received())).toEqual(new Set([...names('small', 3), ...names('big', 20)]))
    expect(received()).toHaveLength(23)
  })

  it.each(['reload', 'close', 'context'] as const)('hands over everything on %s', async (how) => {
    shop = await openShop(browser, how === 'context' ? { profile: await browser.createBrowserContext() } : {})
    const page = await shop.enter()
    await shop.decide(page, ten)
    if (how === 'reload') await page.reload()
    else if (how === 'close') await page.close({ runBeforeUnload: true })
    // In Firefox these tabs hear no `beforeunload`, and the script of `pagehide` may be ended at any of its functions.
    else await shop.context.close()
    await shop.arrived(ten)
  })

  it('sends what is more than the browser takes with the next page, each once', async () => {
    shop = await openShop(browser, { flags: flagNames(2_000) })
    const page = await shop.enter({ impressionsMode: 'DEBUG', outbox: { flushBytes: 10_000_000 } })
    await shop.decide(page, flagNames(2_000))
    await shop.leave(page)
    if (can.beaconLimit) expect(shop.server.impressions().length).toBeLessThan(1_000)
    await shop.settled(await shop.enter({ impressionsMode: 'DEBUG' }, page), flagNames(2_000))
  })

  it.each([
    ['2,000 impressions', 2_000, 0],
    ['400 KiB', 400, 1_000],
  ])('loses none of %s when it is closed while another tab writes', async (_, count, padding) => {
    const names = flagNames(count)
    shop = await openShop(browser, { flags: names })
    const page = await shop.enter({ impressionsMode: 'DEBUG', outbox: { flushBytes: 10_000_000 } })
    const other = await shop.context.newPage()
    await other.goto(new URL('/next.html', shop.server.pageUrl).href)
    // Whatever would use that database now has to wait, longer than a page lives that is closed.
    await other.evaluate(async () => {
      const open = indexedDB.open('pennon-outbox-2')
      await new Promise((resolve) => (open.onsuccess = resolve))
      const entries = open.result.transaction('entries', 'readwrite').objectStore('entries')
      const end = performance.now() + 2_000
      const hold = () => {
        entries.get(0).onsuccess = () => (performance.now() < end ? hold() : open.result.close())
      }
      hold()
    })
    await page.bringToFront()
    const decide = (asked: string[], length: number) => {
      for (const name of asked) client.getTreatment(name, {}, { properties: { text: name.padEnd(length, '.') } })
    }
    await page.evaluate(decide, names, padding)
    await page.close({ runBeforeUnload: true })
    await shop.settled(await shop.enter({ impressionsMode: 'DEBUG' }), names)
  })

  it('hands over what is recorded between pagehide and visibilitychange', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ['flag_0'])
    await page.evaluate(() => addEventListener('pagehide', () => client.getTreatment('flag_1')))
    await shop.leave(page)
    await shop.arrived(['flag_0', 'flag_1'])
    expect(shop.server.received.filter(isBeacon)).toHaveLength(2)
  })

  it.skipIf(!can.crash)('loses nothing that was on disk when the renderer crashes', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await crash(page)
    await shop.settled(await shop.enter(), ten)
  })

  it.skipIf(!can.crash)('leaves to another open tab what it could not send', async () => {
    shop = await openShop(browser)
    const other = await shop.enter()
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await crashBefore(other, page)
    await other.bringToFront()
    await other.evaluate(() => dispatchEvent(new Event('online')))
    await shop.settled(other, ten)
  })

  it.skipIf(!can.crash)('leaves it to an open tab that looks, and keeps none out of the bfcache', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    const other = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await crashBefore(other, page)
    // The user comes back to the tab.
    await other.bringToFront()
    await other.evaluate(() => document.dispatchEvent(new Event('visibilitychange')))
    await shop.arrived(ten)
    const last = await shop.enter()
    expect(await shop.leave(last)).toBe(true)
    await other.bringToFront()
    expect(await shop.leave(other)).toBe(true)
  })

  it.skipIf(!can.crash)('and was only hidden, posts what it kept, and is discarded: each once', async () => {
    shop = await openShop(browser)
    const undo = shop.server.fault(({ path }) => path.startsWith('/testImpressions/'), { status: 503 })
    const page = await shop.enter({ impressionsFlushMs: 1_000 })
    await shop.decide(page, ten)
    await page.evaluate(() => client.flush())
    const other = await shop.context.newPage()
    await visibility(page, 'hidden')
    undo()
    await shop.arrived(ten)
    // A process that is killed before it saw the answer would leave them in doubt, and the next page may send them again.
    await shop.forgotten(page)
    await crash(page)
    await shop.settled(await shop.enter({}, other), ten)
  })

  it.each(['is well', 'was failing'])(
    'and stays after all, at a mail link, an answer without a page, a download, a dialog: each once; the server %s',
    async (how) => {
      shop = await openShop(browser)
      const nowhere = createServer(({ url }, response) => {
        const download = { 'content-disposition': 'attachment', 'content-type': 'application/octet-stream' }
        response.writeHead(url === '/none' ? 204 : 200, url === '/none' ? {} : download).end()
      })
      try {
        await new Promise<void>((listening) => nowhere.listen(0, '127.0.0.1', listening))
        const away = `http://127.0.0.1:${(nowhere.address() as AddressInfo).port}`
        const isFailing = how === 'was failing'
        const undo = isFailing ? shop.server.fault(({ method }) => method === 'POST', { status: 503 }) : () => undefined
        const page = await shop.enter()
        await shop.decide(page, ['flag_0'])
        await page.evaluate(() => client.flush())
        const go = (to: string) => page.evaluate((address) => void (location.href = address), to)
        const answered = (path: string) =>
          Promise.all([new Promise<void>((resolve) => nowhere.once('request', () => resolve())), go(away + path)])
        await shop.decide(page, ['flag_1'])
        if (can.mailLinks) await go('mailto:somebody@example.com')
        await shop.decide(page, ['flag_2'])
        await answered('/none')
        await shop.decide(page, ['flag_3'])
        await answered('/download')
        await shop.decide(page, ['flag_4'])
        if (can.dialogs) {
          await page.evaluate(() => addEventListener('beforeunload', (event) => event.preventDefault(), { once: true }))
          // A browser lets only a page that the user touched ask before it goes.
          await page.mouse.click(10, 10)
          const asked = new Promise<void>((resolve) => page.once('dialog', (dialog) => resolve(dialog.dismiss())))
          await Promise.all([asked, go('/next.html')])
        }
        await shop.decide(page, ['flag_5'])
        // After an answer without a page, Firefox's driver waits in vain in its own `goto()`.
        await go('/next.html')
        await page.waitForFunction(() => location.pathname === '/next.html', { polling: 20 })
        undo()
        await shop.settled(await shop.enter(), flagNames(6))
      } finally {
        nowhere.closeAllConnections()
        nowhere.close()
      }
    },
  )

  it('sends nothing twice over 20 tab switches, and makes no storm of requests', async () => {
    shop = await openShop(browser)
    const other = await shop.context.newPage()
    const page = await shop.enter()
    await page.bringToFront()
    // A page that is hidden before it holds its lock begins anew at each switch, ten seconds after the last.
    await shop.decide(page, ['flag_0'])
    await shop.stored(page, ['flag_0'])
    for (let n = 1; n <= 20; n++) {
      await shop.decide(page, [`flag_${n}`])
      await other.bringToFront()
      await visibility(page, 'hidden')
      await page.bringToFront()
      await visibility(page, 'visible')
    }
    await shop.arrived(flagNames(21))
    const before = shop.server.received.length
    for (let n = 0; n < 3; n++) {
      await other.bringToFront()
      await visibility(page, 'hidden')
      await page.bringToFront()
      await visibility(page, 'visible')
    }
    expect(shop.server.received).toHaveLength(before)
    expect(shop.server.received.filter(isBeacon)).toHaveLength(21)
    await shop.settled(page, flagNames(21))
  })
})

describe('a page that comes with a decline', () => {
  it('drops what pages before it left on disk', async () => {
    shop = await openShop(browser)
    const undo = shop.server.fault('/testImpressions', { status: 503 })
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await page.evaluate(() => client.flush())
    await shop.leave(page)
    expect((await shop.disk(page)).flags).toHaveLength(10)
    undo()

    await shop.enter({ consent: 'declined' }, page)
    await expect.poll(async () => (await shop.disk(page)).namesUser).toBe(false)
    await shop.leave(page)
    await shop.settled(await shop.enter({}, page), [])
  })
})

describe('beacons that are not taken', () => {
  it.skipIf(!can.shareBeaconLimit)('another script spent what the browser takes', async () => {
    shop = await openShop(browser)
    shop.server.fault(({ path }) => path === '/sink', { hang: true })
    const page = await shop.enter()
    await shop.decide(page, ten)
    const isTaken = await page.evaluate(
      (url) => navigator.sendBeacon(url, 'x'.repeat(65_536)),
      `${shop.server.apiUrl}/sink`,
    )
    expect(isTaken).toBe(true)
    await shop.leave(page)
    expect(shop.server.received.filter(isBeacon)).toEqual([])
    await shop.settled(await shop.enter({}, page), ten)
    expect(shop.server.impressions().map(({ transport }) => transport)).toEqual(ten.map(() => 'fetch'))
  })

  it.each(['false', 'throws'])('sendBeacon: %s', async (how) => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument((throws) => {
      navigator.sendBeacon = () => {
        if (throws) throw new TypeError('no')
        return false
      }
    }, how === 'throws')
    await shop.enter({}, page)
    await shop.decide(page, ten)
    await shop.leave(page)
    await shop.settled(await shop.enter({}, page), ten)
    expect(shop.server.received.filter(isBeacon)).toEqual([])
  })

  it('sendBeacon is missing: a fetch that outlives the page, to the same address', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument(() => Object.assign(Navigator.prototype, { sendBeacon: undefined }))
    await shop.enter({}, page)
    expect(await page.evaluate(() => typeof navigator.sendBeacon)).toBe('undefined')
    await shop.decide(page, ten)
    await shop.leave(page)
    // What outlives the page arrives without a next page, which takes over what lies there seconds later.
    await expect.poll(() => shop.server.impressions()).toHaveLength(ten.length)
    expect(shop.server.received.filter(isBeacon)).toHaveLength(1)
    await shop.settled(await shop.enter({}, page), ten)
  })
})

describe('posts', () => {
  it('what is recorded meanwhile goes with the next, or at hide', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ['flag_0'])
    const undo = shop.server.fault(isBulk, { delayMs: 300 })
    await page.evaluate(() => void client.flush())
    await shop.server.waitFor(1, isBulk)
    await shop.decide(page, ['flag_1'])
    await page.evaluate(() => client.flush())
    undo()
    await shop.arrived(['flag_0', 'flag_1'])
    await shop.decide(page, ['flag_2'])
    await page.evaluate(() => void client.flush())
    await shop.decide(page, ['flag_3'])
    await shop.leave(page)
    await shop.arrived(flagNames(4))
    await shop.settled(await answered(await shop.enter({}, page), 'flag_4'), flagNames(5))
  })

  it.each(can.noBfcache ? [true, false] : [true])(
    'one in flight when the page goes away is neither lost nor doubled; bfcache: %s',
    async (bfcache) => {
      shop = await openShop(bfcache ? browser : withoutBfcache)
      const page = await shop.enter()
      await shop.decide(page, ten)
      shop.server.fault(isBulk, { delayMs: 500, times: 1 })
      await page.evaluate(() => void client.flush())
      await shop.server.waitFor(1, isBulk)
      const isKept = await shop.leave(page)
      if (can.bfcacheWhilePosting) expect(isKept).toBe(bfcache)
      await shop.settled(await answered(await shop.enter({}, page), 'flag_10'), [...ten, 'flag_10'])
    },
  )

  it('destroy() in the middle of one neither loses nor doubles', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ['flag_0'])
    shop.server.fault(isBulk, { delayMs: 300, times: 1 })
    await page.evaluate(() => void client.flush())
    await shop.server.waitFor(1, isBulk)
    await shop.decide(page, ['flag_1'])
    await page.evaluate(() => client.destroy())
    await shop.arrived(['flag_0', 'flag_1'])
    expect((await shop.disk(page)).flags).toEqual([])
    await shop.settled(await shop.enter({}, page), ['flag_0', 'flag_1'])
  })

  it('503: kept, and sent later', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    shop.server.fault(isBulk, { status: 503, times: 2 })
    await page.evaluate(() => client.flush())
    expect(shop.server.impressions()).toEqual([])
    await page.evaluate(() => client.flush())
    await shop.settled(page, ten)
    expect(await shop.logged(page)).toHaveLength(1)
  })

  it('429: not before the time that the server asked for, not even by hand', async () => {
    shop = await openShop(browser, { exposeRetryAfter: true })
    const page = await shop.enter()
    await shop.decide(page, ten)
    shop.server.fault(isBulk, { status: 429, headers: { 'Retry-After': '2' }, times: 1 })
    await page.evaluate(async () => {
      await client.flush()
      await client.flush()
      await client.flush()
    })
    await shop.arrived(ten)
    const [first, second, ...more] = shop.server.received.filter(isBulk) as [Received, Received]
    expect(second.at - first.at).toBeGreaterThanOrEqual(1_990)
    expect(more).toEqual([])
    await shop.settled(page, ten)
  })

  it('413: in halves, until they fit', async () => {
    const names = flagNames(100)
    shop = await openShop(browser, { maxBodyBytes: 2_000 })
    const page = await shop.enter()
    await shop.decide(page, names)
    await page.evaluate(() => client.flush())
    await shop.settled(page, names)
    expect(shop.server.received.filter(isBulk).some(({ status }) => status === 413)).toBe(true)
  })

  it('another 4xx: dropped, with one log line', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    // A batch that gets a 400 is tried once more before it is dropped.
    shop.server.fault(isBulk, { status: 400, times: 4 })
    for (const name of flagNames(3)) {
      await shop.decide(page, [name])
      await page.evaluate(() => client.flush())
    }
    await shop.settled(page, ['flag_2'])
    expect(await shop.logged(page)).toHaveLength(1)
  })

  it('a server that never answers: kept after the time-out, and sent again', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ requestTimeoutMs: 500 })
    await shop.decide(page, ten)
    shop.server.fault(isBulk, { hang: true, times: 1 })
    await page.evaluate(() => client.flush())
    expect(shop.server.impressions()).toEqual([])
    await page.evaluate(() => client.flush())
    await shop.settled(page, ten)
  })
})

describe('without a network', () => {
  it('nothing is tried offline, and all goes by itself when the network is back', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    // A first visit asks for memberships that no flag uses, and is ready before they are there: a line would tell that they did not come.
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/memberships/')),
    )
    await page.setOfflineMode(true)
    await shop.decide(page, ten)
    await page.evaluate(() => client.flush())
    await shop.stored(page, ten)
    await page.setOfflineMode(false)
    await shop.settled(page, ten)
    expect(await shop.logged(page)).toEqual([])
  })

  it('a page that is closed offline keeps all for the next one', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    const other = await shop.context.newPage()
    await page.bringToFront()
    await page.setOfflineMode(true)
    await shop.decide(page, ten)
    await other.bringToFront()
    await visibility(page, 'hidden')
    await leaveBy('close', page, '')
    expect(shop.server.received.filter(isBeacon)).toEqual([])
    await shop.settled(await shop.enter(), ten)
  })

  it.skipIf(!can.cdp)('telemetry that is blocked stays bounded and quiet, and flags work', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ outbox: { maxItems: 50 } })
    const session = await page.createCDPSession()
    await session.send('Network.enable')
    await session.send('Network.setBlockedURLs', { urls: ['*testImpressions*'] })
    for (let n = 0; n < 200; n += 20) {
      const treatments = await shop.decide(page, flagNames(300).slice(n, n + 20))
      expect(new Set(treatments)).toEqual(new Set(['on']))
      await page.evaluate(() => client.flush())
    }
    const dropped = await page.evaluate(() => client.status().dropped)
    // A limit costs the oldest batch, which is an eighth of all at most.
    expect(dropped).toBeGreaterThanOrEqual(150)
    expect(dropped).toBeLessThanOrEqual(150 + 7)
    const lines = await shop.logged(page)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('impressions')
    await session.send('Network.setBlockedURLs', { urls: [] })
    await page.evaluate(() => client.flush())
    await shop.settled(page, flagNames(300).slice(dropped, 200))
  })
})

describe('one hour, many pages', () => {
  const hundred = flagNames(100)

  it('ten page loads send each flag once, and count the others', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    for (let n = 0; n < 10; n++) {
      await shop.enter({}, page)
      await shop.decide(page, hundred)
      await shop.leave(page)
    }
    // A page that was left before it had read what others sent leaves its repetitions to the next page to find.
    await shop.settled(await shop.enter({}, page), hundred)
    await shop.counted(900)
  })

  it('a second tab sends nothing again that the first one has on disk', async () => {
    shop = await openShop(browser)
    const first = await shop.enter()
    await shop.decide(first, hundred)
    await shop.stored(first, hundred)
    const second = await shop.enter()
    await shop.decide(second, [...hundred, 'flag_100'])
    await second.evaluate(() => client.flush())
    await first.evaluate(() => client.flush())
    await shop.arrived(flagNames(101))
    await shop.counted(100)
  })

  it('two tabs at the same moment send each flag at most twice, and lose no count', async () => {
    shop = await openShop(browser)
    const tabs = [await shop.enter(), await shop.enter()]
    await Promise.all(tabs.map((tab) => shop.decide(tab, hundred)))
    for (const tab of tabs) await tab.evaluate(() => client.destroy())
    const sent = shop.server.impressions().map(({ flag }) => flag)
    expect(new Set(sent).size).toBe(100)
    expect(sent.length).toBeLessThanOrEqual(200)
    // The impressions that were not sent a second time were counted.
    await shop.counted(200 - sent.length)
  })
})

describe('consent', () => {
  it('unknown: nothing about the user on disk or on the wire, also at hide; granted: all of it', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ consent: 'unknown' })
    const other = await shop.context.newPage()
    await page.bringToFront()
    await visibility(page, 'visible')
    await shop.decide(page, ten)
    await page.evaluate(() => client.flush())
    await other.bringToFront()
    await visibility(page, 'hidden')
    expect((await shop.disk(page)).namesUser).toBe(false)
    expect(shop.server.received.filter(({ path }) => path.startsWith('/testImpressions'))).toEqual([])
    await page.bringToFront()
    // The impressions that were held back are sent within seconds, and may be gone from the disk before the test looks.
    await page.evaluate(() => client.consent.set('granted'))
    await shop.settled(page, ten)
  })

  it('unknown when the page goes away: nothing remains', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ consent: 'unknown' })
    await shop.decide(page, ten)
    await shop.leave(page)
    expect((await shop.disk(page)).namesUser).toBe(false)
    const next = await shop.enter({}, page)
    await shop.settled(next, [])
  })

  it('declined: forgotten in memory and on disk, and nothing is recorded from then on', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    await shop.decide(page, ['flag_10'])
    await page.evaluate(() => client.consent.set('declined'))
    await shop.stored(page, [])
    await shop.decide(page, ['flag_11'])
    await shop.leave(page)
    const { flags, outbox } = await shop.disk(page)
    expect(flags).toEqual([])
    expect(outbox).not.toContain('flag_')
    const next = await shop.enter({}, page)
    await shop.settled(next, [])
    expect(shop.server.received.filter(isBeacon)).toEqual([])
  })
})

describe('what is on disk', () => {
  it.each([
    ['none', []],
    ['definitions', ['pennon-definitions']],
    ['all', ['pennon-definitions', 'pennon-outbox-2']],
  ] as const)('persistence %s: nothing that it forbids', async (persistence, databases) => {
    const inStaff = flagNames(11).map((name) => flag(name, { conditions: [rule('on', inSegment('staff'))] }))
    shop = await openShop(browser, {
      definitions: definitionsOf(inStaff),
      memberships: { 'user-1': { segments: ['staff'] } },
    })
    const page = await shop.enter({ persistence })
    const other = await shop.context.newPage()
    await page.bringToFront()
    await visibility(page, 'visible')
    expect(new Set(await shop.decide(page, ten))).toEqual(new Set(['on']))
    await page.evaluate(() => client.flush())
    await shop.decide(page, ['flag_10'])
    await other.bringToFront()
    await visibility(page, 'hidden')
    await shop.arrived([...ten, 'flag_10'])
    // Where it may be, the user's key is stored with the memberships that were answered, and nothing else names it once all was sent.
    if (persistence === 'all') await stored(page)
    else await shop.forgotten(page)
    const disk = await shop.disk(page)
    expect(databases).toEqual(expect.arrayContaining(disk.databases))
    expect(disk.namesUser).toBe(persistence === 'all')
  })

  it('labels that must stay home are neither there nor on the wire', async () => {
    shop = await openShop(browser)
    const page = await shop.enter({ labelsEnabled: false })
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    const { outbox } = await shop.disk(page)
    expect(outbox).toContain('user-1')
    expect(outbox).not.toMatch(/"r":|default rule/)
    await page.evaluate(() => client.flush())
    await shop.decide(page, ['flag_10'])
    await shop.leave(page)
    await shop.arrived([...ten, 'flag_10'])
    expect(shop.server.impressions().map(({ label }) => label)).toEqual(Array(11).fill(null))
  })
})
