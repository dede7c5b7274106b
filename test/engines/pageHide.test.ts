import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { goBack } from '../browser/goBack'
import { launch } from '../browser/launch'
import { leaveBy, LEAVINGS } from '../browser/leaveBy'
import { flagNames, openShop, type Shop } from '../browser/shop'
import { deliveredOnce, patient } from './deliveredOnce'
import { flagsIn } from './flagsIn'
import type { Received } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see these globals.
declare const client: Client

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const nextPage = () => new URL('/next.html', shop.server.pageUrl).href
const arrived = () => shop.server.impressions().map(({ key, flag }) => `${key} ${flag}`)

/** When a page leaves after it recorded: so many ms later, or while several posts are under way that do not outlive it. */
type Leaving = number | 'posting'

/** Records, leaves, and checks that the next page delivers what is left. */
async function recordAndLeave(flags: string[], how: 'navigation' | 'reload', when: Leaving) {
  shop = await openShop(browser, { flags })
  const page = await shop.enter()
  const leaving = page.evaluate(
    (names, url, when) => {
      Object.assign(globalThis, { isOld: true })
      const leave = () => (url ? location.assign(url) : location.reload())
      const underWay: string[] = []
      const send = globalThis.fetch
      globalThis.fetch = async (target, init) => {
        if (init?.keepalive || !init?.body) return send(target, init)
        const at = underWay.push(init.body as string) - 1
        if (when === 'posting' && underWay.filter(Boolean).length === 2) leave()
        return send(target, init).finally(() => (underWay[at] = ''))
      }
      addEventListener('beforeunload', () => sessionStorage.setItem('cut', underWay.join()))
      for (const name of names) client.getTreatment(name)
      if (when === 0) leave()
      else if (when !== 'posting') setTimeout(leave, when)
    },
    flags,
    how === 'navigation' ? nextPage() : '',
    when,
  )
  // The page may go before the driver has its answer.
  await leaving.catch(() => undefined)
  // Between both pages Firefox may show `about:blank`, which has no session storage.
  const isNext = () => !('isOld' in globalThis) && location.protocol === 'http:' && document.readyState === 'complete'
  await page.waitForFunction(isNext, { polling: 10 })
  const cut = await page.evaluate(() => sessionStorage.getItem('cut') ?? '')
  const inCut = flagsIn(cut).map((flag) => `user-1 ${flag}`)
  const wanted = flags.map((flag) => `user-1 ${flag}`)
  // What was in flight is asked about after a minute, where nothing else tells what became of it.
  await deliveredOnce(shop, await shop.enter({ key: 'nobody', ...patient }, page), wanted, inCut)
  return inCut
}

describe('a page that goes while posts are under way that do not outlive it', () => {
  it.each(['navigation', 'reload'] as const)(
    'by %s: all arrive, and twice at most what was in these',
    async (how) => {
      expect(await recordAndLeave(flagNames(5_000), how, 'posting')).not.toEqual([])
    },
    120_000,
  )
})

describe.each([300, 1_000, 5_000])('%i impressions', (count) => {
  const flags = flagNames(count)

  describe.each([
    ['in the task that recorded them', 0],
    ['a second later', 1_000],
  ])('of a page that is left %s', (_when, ms) => {
    it.each(['navigation', 'reload'] as const)(
      'all arrive after a %s, each once',
      async (how) => void (await recordAndLeave(flags, how, ms)),
      120_000,
    )
  })
})

describe('a page that goes while the service refuses', () => {
  it.each(LEAVINGS)('by %s: its impressions and its counts come with the next one', async (how) => {
    const flags = flagNames(20)
    shop = await openShop(browser, { flags })
    const other = await shop.context.newPage()
    await other.goto(nextPage())
    const undo = shop.server.fault(({ path }) => path.startsWith('/testImpressions'), { status: 503 })
    const page = await shop.enter()
    await page.bringToFront()
    await shop.decide(page, flags.slice(0, 10))
    await shop.decide(page, flags.slice(0, 10))
    await page.evaluate(() => client.flush())
    await shop.stored(page, flags.slice(0, 10))
    // The rest is recorded right before the page goes, and is neither on disk nor at the server.
    await shop.decide(page, flags)
    await leaveBy(how, page, nextPage())
    undo()
    const next = await shop.enter({ key: 'nobody' }, other)
    await next.bringToFront()
    await shop.counted(20)
    await deliveredOnce(
      shop,
      next,
      flags.map((flag) => `user-1 ${flag}`),
    )
  })
})

describe('a page that the browser keeps for “back” while it writes', () => {
  it.each(['pennon-definitions', 'pennon-outbox-2'])('keeps no other page from %s', async (database) => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    // A slow disk: the next write, once it is wanted, does not end before the page goes.
    await page.evaluateOnNewDocument((name) => {
      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = function (stores, mode) {
        const made = transaction.call(this, stores, mode)
        if (this.name !== name || mode !== 'readwrite' || !('isSlow' in globalThis)) return made
        const store = made.objectStore(made.objectStoreNames[0] as string)
        const goOn = () => void (store.count().onsuccess = goOn)
        goOn()
        Object.assign(globalThis, { isWriting: true })
        return made
      }
    }, database)
    await shop.enter({ definitionsRefreshMs: 1_000 }, page)
    await page.evaluate(() => void Object.assign(globalThis, { isSlow: true }))
    shop.server.changeFlag('flag_1', { killed: true })
    await shop.decide(page, flagNames(10))
    await page.waitForFunction(() => 'isWriting' in globalThis, { polling: 10 })
    await page.goto(nextPage())
    const isFree = (name: string) =>
      new Promise<boolean>((resolve) => {
        const open = indexedDB.open(name)
        open.onsuccess = () => {
          const { result } = open
          const store = result.transaction('entries', 'readwrite').objectStore('entries')
          store.getAllKeys().onsuccess = () => resolve(true)
        }
        setTimeout(resolve, 5_000, false)
      })
    expect(await page.evaluate(isFree, database)).toBe(true)
    // If the bfcache did not keep the page, a new one is loaded.
    await goBack(page)
    const isBack = await page.evaluate(() => Reflect.deleteProperty(globalThis, 'isSlow') && 'client' in globalThis)
    if (!isBack) await shop.enter({}, page)
    await shop.decide(page, ['flag_10'])
    await page.evaluate(() => client.flush())
    expect(await shop.logged(page)).toEqual([])
    await shop.settled(page, flagNames(11))
  })
})

describe('a page that goes while its post waits for the answer to its preflight', () => {
  it.each(LEAVINGS)('by %s: what it recorded since goes with it, and all arrive, each once', async (how) => {
    const flags = flagNames(21)
    shop = await openShop(browser, { flags })
    const other = await shop.context.newPage()
    await other.goto(nextPage())
    const isPreflight = ({ method, path }: Received) => method === 'OPTIONS' && path.startsWith('/testImpressions')
    const undo = shop.server.fault(isPreflight, { delayMs: 700 })
    const page = await shop.enter()
    await page.bringToFront()
    await shop.decide(page, flags.slice(0, 10))
    await page.evaluate(() => void client.flush())
    await shop.server.waitFor(1, isPreflight)
    const since = flags.slice(10, 20)
    await shop.decide(page, since)
    await leaveBy(how, page, nextPage())
    // No client runs that could deliver what this one left.
    await expect.poll(() => since.filter((flag) => arrived().includes(`user-1 ${flag}`))).toEqual(since)
    undo()
    const next = await shop.enter({ key: 'user-1' }, other)
    await next.bringToFront()
    // The next answer decides on what was in flight.
    await shop.decide(next, flags.slice(20))
    await next.evaluate(() => client.flush())
    await deliveredOnce(
      shop,
      next,
      flags.map((flag) => `user-1 ${flag}`),
    )
  })
})
