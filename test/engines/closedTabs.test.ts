import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launch } from '../browser/launch'
import { leaveBy } from '../browser/leaveBy'
import { flagNames, openShop, type Shop } from '../browser/shop'
import { deliveredOnce } from './deliveredOnce'

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const nextPage = () => new URL('/next.html', shop.server.pageUrl).href

describe.each([300, 1_000, 5_000])('%i impressions', (count) => {
  const flags = flagNames(count)

  it.each([
    ['as soon as they are recorded', 0],
    ['a second later', 1_000],
  ])(
    'all arrive from twelve tabs that are closed %s, each once',
    async (_when, ms) => {
      shop = await openShop(browser, { flags })
      // A browser may end with its last tab, and lose what it still had to do.
      const other = await shop.context.newPage()
      await other.goto(nextPage())
      const visitors = Array.from({ length: 12 }, (_, n) => `visitor-${n}`)
      for (const key of visitors) {
        const page = await shop.enter({ key })
        await shop.decide(page, flags)
        await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), ms)
        await leaveBy('close', page, nextPage())
      }
      await deliveredOnce(
        shop,
        await shop.enter({ key: 'nobody' }, other),
        visitors.flatMap((key) => flags.map((flag) => `${key} ${flag}`)),
      )
    },
    240_000,
  )
})
