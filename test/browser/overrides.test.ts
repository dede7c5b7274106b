import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { launch } from './launch'
import { openShop, type Shop } from './shop'

// The scripts of the page see these globals.
declare const client: Client

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const settings = { allowOverrides: true }
const decided = (page: Page) => shop.decide(page, ['flag_0', 'flag_1', 'flag_2'])

describe('overrides of a tab', () => {
  it('come from the link that opened it, stay for its next pages, and leave other tabs alone', async () => {
    shop = await openShop(browser)
    const page = await shop.enter(settings, undefined, '?a=1&pennon=flag_0:off,flag_1:<b>#x')
    expect(await decided(page)).toEqual(['off', 'on', 'on'])
    const ofOverrides = (await shop.logged(page)).filter((line) => line.includes('override'))
    expect(ofOverrides).toEqual(['pennon: override ignored: flag_1'])

    await shop.enter(settings, page, '?pennon=flag_2%3Ablue%2Cflag_1:green')
    expect(await decided(page)).toEqual(['off', 'green', 'blue'])
    await shop.leave(page)
    await shop.enter(settings, page)
    expect(await decided(page)).toEqual(['off', 'green', 'blue'])
    expect(await decided(await shop.enter(settings))).toEqual(['on', 'on', 'on'])

    await page.evaluate(() => client.overrides?.clear('flag_0'))
    await shop.enter(settings, page)
    expect(await decided(page)).toEqual(['on', 'green', 'blue'])
    await shop.enter(settings, page, '?pennon=')
    expect(await decided(page)).toEqual(['on', 'on', 'on'])
  })

  it('are not sent, also at page hide', async () => {
    shop = await openShop(browser)
    const page = await shop.enter(settings, undefined, '?pennon=flag_0:off')
    await decided(page)
    await shop.leave(page)
    await shop.arrived(['flag_1', 'flag_2'])
    await shop.settled(await shop.enter(settings, page), ['flag_1', 'flag_2'])
    expect(shop.server.counts()).toEqual([])
  })

  it('are passed over by a page that does not allow them', async () => {
    shop = await openShop(browser)
    const page = await shop.enter(settings, undefined, '?pennon=flag_0:off')
    expect(await decided(page)).toEqual(['off', 'on', 'on'])
    await shop.enter({}, page, '?pennon=flag_1:off')
    expect(await decided(page)).toEqual(['on', 'on', 'on'])
  })

  it('work on a page whose storage is refused', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument(() => {
      const refuse = () => {
        throw new DOMException('no', 'SecurityError')
      }
      Object.defineProperty(globalThis, 'sessionStorage', { get: refuse })
    })
    await shop.enter(settings, page, '?pennon=flag_0:off')
    expect(await decided(page)).toEqual(['off', 'on', 'on'])
  })
})
