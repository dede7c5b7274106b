import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../browser/launch'
import { flagNames, openShop, type Shop } from '../browser/shop'
import { allOnce, tally } from '../browser/tally'
import type { Client } from '../../src/client/types/client'

// What the page's scripts see.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const FLAGS_PER_CLIENT = 10

/** Decides all flags by each of the page's clients: the first one is there already. */
function decideByAll(page: Page, visitor: string, clients: number, names: readonly string[]): Promise<void> {
  return page.evaluate(
    async (apiUrl, visitor, clients, names) => {
      const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
      const made = [client]
      for (let n = 1; n < clients; n++) {
        made.push(pennon.createClient({ sdkKey: `sdk-key-${n}`, key: `${visitor}-${n}`, streaming: false, urls }))
      }
      for (const each of made) {
        await each.whenReady()
        for (const name of names) each.getTreatment(name)
      }
    },
    shop.server.apiUrl,
    visitor,
    clients,
    names,
  )
}

describe.each([1, 2])('tabs with %i clients each', (clients) => {
  it.each([1, 8, 12, 30])(
    '%i of them, closed at once: everything arrives, each once',
    async (tabs) => {
      const names = flagNames(FLAGS_PER_CLIENT)
      shop = await openShop(browser, { flags: names })
      // With its last tab a browser may go, and with it what it still had to do.
      const last = await shop.context.newPage()
      const opened: Page[] = []
      const wanted: string[] = []
      for (let n = 0; n < tabs; n++) {
        const visitor = `visitor-${n}`
        const page = await shop.enter({ key: `${visitor}-0` })
        await decideByAll(page, visitor, clients, names)
        opened.push(page)
        for (let number = 0; number < clients; number++) {
          wanted.push(...names.map((name) => `${visitor}-${number} ${name}`))
        }
      }
      await Promise.all(opened.map((page) => page.close({ runBeforeUnload: true })))

      // A client takes over what was left under its own SDK key alone.
      // A hidden page leaves what others left to visible ones for a minute.
      await last.bringToFront()
      const next = await shop.enter({ key: 'nobody' }, last)
      await decideByAll(next, 'nobody', clients, [])
      const arrived = () => shop.server.impressions().map(({ key, flag }) => `${key} ${flag}`)
      await expect.poll(() => tally(wanted, arrived()), { timeout: 100_000 }).toEqual(allOnce(wanted.length))
      await shop.forgotten(next)
      expect(tally(wanted, arrived())).toEqual(allOnce(wanted.length))
    },
    240_000,
  )
})
