import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { launch } from '../browser/launch'
import { flagNames, openShop, type Shop } from '../browser/shop'
import type { Client } from '../../src/client/types/client'

declare const client: Client

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true, private: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

it('a private window decides, delivers, and has a cache for its next page', async () => {
  const flags = flagNames(10)
  shop = await openShop(browser)
  const page = await shop.enter()
  expect(new Set(await shop.decide(page, flags))).toEqual(new Set(['on']))
  await shop.stored(page, flags)
  await page.evaluate(() => client.flush())
  await shop.decide(page, ['flag_10'])
  await shop.leave(page)
  await shop.arrived(flagNames(11))
  const next = await shop.enter({}, page)
  expect(await next.evaluate(() => client.status())).toMatchObject({ ready: true, readyFromCache: true })
  expect(await shop.logged(next)).toEqual([])
})
