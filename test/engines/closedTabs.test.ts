import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest'
import { launch } from '../browser/launch'
import { leaveBy } from '../browser/leaveBy'
import { flagNames, openShop, type Shop } from '../browser/shop'
import { deliveredOnce, patient } from './deliveredOnce'
import { flagsIn } from './flagsIn'

// What `hearPosts` leaves in its tab.
declare const posts: { bodies: Record<string, string> }

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const nextPage = () => new URL('/next.html', shop.server.pageUrl).href

/** Has a page tell the other tab what its posts carry that end with it: before each goes, and when it was answered. */
const tellPosts = (page: Page, key: string) =>
  page.evaluate((key) => {
    const channel = new BroadcastChannel('posts')
    const bodies: string[] = []
    const tell = () => channel.postMessage([key, bodies.join()])
    const send = globalThis.fetch
    globalThis.fetch = (target, init) => {
      if (init?.keepalive || !init?.body) return send(target, init)
      const at = bodies.push(init.body as string) - 1
      tell()
      return send(target, init).finally(() => {
        bodies[at] = ''
        tell()
      })
    }
  }, key)

/**
 * Has this tab hear of the posts of others.
 *
 * @returns what reads the impressions of those that were never answered, as "key flag", once it has heard another tab that came after them
 */
async function hearPosts(page: Page): Promise<(last: Page) => Promise<string[]>> {
  await page.evaluate(() => {
    const bodies: Record<string, string> = {}
    const channel = new BroadcastChannel('posts')
    channel.onmessage = ({ data: [key, text] }: MessageEvent<[string, string]>) => (bodies[key] = text)
    Object.assign(globalThis, { posts: { channel, bodies } })
  })
  return async (last) => {
    // A browser hands on the messages of its tabs in the order in which they came.
    await last.evaluate(() => new BroadcastChannel('posts').postMessage(['last', '']))
    await page.waitForFunction(() => 'last' in posts.bodies, { polling: 10 })
    const bodies = await page.evaluate(() => posts.bodies)
    return Object.entries(bodies).flatMap(([key, text]) => flagsIn(text).map((flag) => `${key} ${flag}`))
  }
}

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
      const unanswered = await hearPosts(other)
      const visitors = Array.from({ length: 12 }, (_, n) => `visitor-${n}`)
      for (const key of visitors) {
        const page = await shop.enter({ key })
        await tellPosts(page, key)
        await shop.decide(page, flags)
        await page.evaluate((ms) => new Promise((resolve) => setTimeout(resolve, ms)), ms)
        await leaveBy('close', page, nextPage())
      }
      // The service may have what such a post carried, and a next page sends it once more.
      const next = await shop.enter({ key: 'nobody', ...patient })
      await deliveredOnce(
        shop,
        next,
        visitors.flatMap((key) => flags.map((flag) => `${key} ${flag}`)),
        await unanswered(next),
      )
    },
    240_000,
  )
})
