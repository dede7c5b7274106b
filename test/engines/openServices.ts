import type { Browser, Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { openShop, type Shop } from '../browser/shop'
import { allOnce, tally } from '../browser/tally'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const clients: Record<string, Client>

/**
 * A shop, and several services beside each other. A page has a client for each of them, so that it shows as many cases at
 * once, each with its own outcome.
 */
export interface Services {
  readonly shop: Shop
  /** The services by the names of their cases. */
  readonly servers: ReadonlyMap<string, DemoServer>
  /** Opens a page of the shop with these clients, as its `clients`. Resolves once each of them can store and send. */
  enter(into?: Page): Promise<Page>
  /** Has every client ask for these flags and begin to post. `isAwaited`: resolves once the posts are answered, or kept. */
  post(page: Page, flags: readonly string[], isAwaited?: boolean): Promise<void>
  /** Lets the clients of the page deliver all that is left, and checks that each service got these flags, each once. */
  settled(page: Page, flags: readonly string[]): Promise<void>
  close(): Promise<void>
}

export async function openServices(browser: Browser, names: readonly string[]): Promise<Services> {
  const shop = await openShop(browser)
  const { definitions } = shop.server
  const servers = new Map<string, DemoServer>()
  for (const name of names) servers.set(name, await createDemoServer({ definitions, exposeRetryAfter: true }))
  const urls = [...servers].map(([name, { apiUrl }]) => [name, apiUrl] as const)
  const each = <Value>(of: (server: DemoServer) => Value) =>
    Object.fromEntries([...servers].map(([name, server]) => [name, of(server)]))

  return {
    shop,
    servers,
    async enter(into) {
      const page = await shop.enter({ key: 'nobody' }, into)
      await page.evaluate(async (given) => {
        const quiet = () => undefined
        const made = given.map(([name, url]) => {
          const client = pennon.createClient({
            sdkKey: name,
            key: 'user-1',
            streaming: false,
            urls: { sdk: url, events: url, telemetry: url, auth: url, streaming: url },
            logger: { debug: quiet, info: quiet, warn: quiet, error: quiet },
          })
          return [name, client] as const
        })
        for (const [, client] of made) {
          await client.whenReady()
          while (client.explain('') === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
        }
        Object.assign(globalThis, { clients: Object.fromEntries(made) })
      }, urls)
      return page
    },
    post: (page, flags, isAwaited = false) =>
      page.evaluate(
        async (asked, isAwaited) => {
          const all = Object.values(clients)
          for (const client of all) client.getTreatments(asked)
          const posted = Promise.all(all.map((client) => client.flush()))
          if (isAwaited) await posted
        },
        [...flags],
        isAwaited,
      ),
    async settled(page, flags) {
      const arrived = () =>
        each((server) =>
          tally(
            flags,
            server.impressions().map(({ flag }) => flag),
          ),
        )
      const once = each(() => allOnce(flags.length))
      // A page looks for what others left after 1, 3, 7, 15 and 31 s, and what failed waits for some seconds more.
      await expect.poll(arrived, { timeout: 50_000 }).toEqual(once)
      await shop.forgotten(page)
      await page.evaluate(() =>
        Promise.all(Object.values(clients).map((client) => client.destroy())).then(() => undefined),
      )
      expect(arrived()).toEqual(once)
    },
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()))
      await shop.close()
    },
  }
}
