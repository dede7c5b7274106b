import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { goBack } from '../browser/goBack'
import { launch } from '../browser/launch'
import { openShop, type Shop } from '../browser/shop'
import type { Client } from '../../src/client/types/client'

// What the page's scripts see.
declare const client: Client
declare const shows: boolean[]

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

// The page that is left runs until the first byte of the next document: its locks must not be taken back meanwhile.
it.each([0, 500, 3_000])(
  'a page that polls comes back from the bfcache; its successor answered after %i ms',
  async (ms) => {
    shop = await openShop(browser)
    const slow = createServer((_request, response) => {
      setTimeout(
        () => response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>slow</title>'),
        ms,
      )
    })
    try {
      await new Promise<void>((listening) => slow.listen(0, '127.0.0.1', listening))
      const page = await shop.enter()
      // Firefox keeps no page that hands something over as it goes.
      await shop.decide(page, ['flag_0'])
      await page.evaluate(() => client.flush())
      await shop.forgotten(page)
      await page.evaluate(() => {
        Object.assign(globalThis, { shows: [] })
        addEventListener('pageshow', ({ persisted }) => shows.push(persisted))
      })
      await expect.poll(() => page.evaluate(async () => (await navigator.locks.query()).held?.length)).toBe(1)
      await page.goto(`http://127.0.0.1:${(slow.address() as AddressInfo).port}/`)
      await goBack(page)
      expect(await page.evaluate(() => ('shows' in globalThis ? shows : 'loaded anew'))).toEqual([true])
      // It works on.
      await shop.decide(page, ['flag_1'])
      await page.evaluate(() => client.flush())
      await shop.settled(page, ['flag_0', 'flag_1'])
    } finally {
      slow.closeAllConnections()
      slow.close()
    }
  },
)
