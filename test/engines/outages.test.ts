import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Fault, Received } from '../../demo/server/createServer'
import { can } from '../browser/engine'
import { goBack } from '../browser/goBack'
import { launch } from '../browser/launch'
import { flagNames, isBulk } from '../browser/shop'
import { openServices, type Services } from './openServices'

// Each page has a client for every row of a table, so that the rows cost the time of one.

let browser: Browser
let services: Services
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => services.close())

const isTelemetry = ({ path, method }: Received) => method === 'POST' && path.startsWith('/testImpressions/')

const open = async (names: readonly string[]) => {
  services = await openServices(browser, names)
}

const FAULTS: Record<string, Fault> = {
  'says 503': { status: 503 },
  'says 429': { status: 429, headers: { 'Retry-After': '1' } },
  'cuts connections': { reset: true },
}
const ROWS: readonly (readonly [string, Fault])[] = [
  ...Object.entries(FAULTS).flatMap(([what, fault]) =>
    [0, 1_500, 4_000].map((delayMs) => [`${what} after ${delayMs} ms`, { ...fault, delayMs }] as const),
  ),
  ['never answers', { hang: true }],
]

/** Has the service of each row fail as that says, or as told. @returns the end of it */
function fail(rows: typeof ROWS, told?: Fault): () => void {
  const undos = rows.map(([name, fault]) => services.servers.get(name)?.fault(isTelemetry, told ?? fault))
  return () => undos.forEach((undo) => undo?.())
}

describe('a service that fails, slowly or not, after a page has seen it fail', () => {
  it.each<[string, number[]]>([
    ['a page is left three times, 0.2 s after it posted', [200]],
    ['a page is left three times, 0.9 s after it posted', [900]],
    ['a page is left three times, 3 s after it posted', [3_000]],
    ['three tabs are left three times, each after a time of its own', [200, 900, 3_000]],
  ])('%s: all is kept, and arrives once it is well, each once', { timeout: 120_000 }, async (_, views) => {
    await open(ROWS.map(([name]) => name))
    const endFirst = fail(ROWS, { status: 503 })
    const first = await services.enter()
    await services.post(first, flagNames(20), true)
    endFirst()
    const end = fail(ROWS)
    // Each view asks for five flags that no other one asks for.
    const names = flagNames(20 + 15 * views.length)
    let tab: Page | undefined = first
    await Promise.all(
      views.map(async (ms, n) => {
        let page = tab
        tab = undefined
        for (let view = 0; view < 3; view++) {
          page = await services.enter(page)
          const begin = 20 + 15 * n + 5 * view
          await services.post(page, names.slice(begin, begin + 5))
          await sleep(ms)
        }
        if (page) await services.shop.leave(page)
      }),
    )
    end()
    // A hidden page leaves what others left to visible ones for a minute.
    await first.bringToFront()
    const last = await services.enter(first)
    await services.post(last, ['flag_299'])
    await services.settled(last, [...names, 'flag_299'])
  })
})

describe('a service that fails, slowly or not, before any page has seen it fail', () => {
  // Chromium repeats a post whose connection was cut, even for a page that is gone, and then the service may be well.
  const rows = ROWS.filter(([, { reset }]) => !reset)

  it('a page is left 0.9 s after it posted: all is kept, as the next page sees a failure, and arrives once', async () => {
    await open(rows.map(([name]) => name))
    const end = fail(rows)
    const page = await services.enter()
    await services.post(page, flagNames(20))
    for (const server of services.servers.values()) await server.waitFor(1, isBulk)
    await sleep(900)
    const endFast = fail(rows, { status: 503 })
    const next = await services.enter(page)
    await services.post(next, ['flag_20'], true)
    end()
    endFast()
    await services.post(next, ['flag_21'])
    await services.settled(next, flagNames(22))
  })
})

describe('a page that comes back from the bfcache', () => {
  const FAILING: typeof ROWS = [
    ['503 while it is away', { status: 503, delayMs: 300 }],
    ['503 once it is back', { status: 503, delayMs: 3_000 }],
    ['429 once it is back', { status: 429, headers: { 'Retry-After': '1' }, delayMs: 3_000 }],
    ['a redirect once it is back', { status: 307, headers: { location: '/elsewhere' }, delayMs: 3_000 }],
  ]
  const WELL: typeof ROWS = [
    ['200 while it is away', { delayMs: 300 }],
    ['200 once it is back', { delayMs: 3_000 }],
  ]

  /** Posts fifty impressions, leaves while they are under way, and comes back. @returns the page, once every service has answered */
  async function postAndComeBack(rows: typeof ROWS): Promise<Page> {
    await open(rows.map(([name]) => name))
    const servers = [...services.servers.values()]
    const end = fail(rows)
    const page = await services.enter()
    await services.post(page, flagNames(50))
    for (const server of servers) await server.waitFor(1, isBulk)
    await services.shop.leave(page)
    const answers = () => servers.filter(({ received }) => received.find(isBulk)?.status).length
    await expect.poll(answers).toBeGreaterThanOrEqual(1)
    await goBack(page)
    const isBack = await page.evaluate(() => 'clients' in globalThis)
    if (!isBack) await services.enter(page)
    await expect.poll(answers).toBe(servers.length)
    end()
    return page
  }

  // Elsewhere nobody hears these answers, and the next one decides.
  it.skipIf(!can.answersInBfcache)('hears what became of its posts: what failed is sent again, each once', async () => {
    const page = await postAndComeBack([...FAILING, ...WELL])
    await services.post(page, ['flag_50'])
    await services.settled(page, flagNames(51))
  })

  it('and sees the service fail once more: what failed is sent again, each once', async () => {
    const page = await postAndComeBack(FAILING)
    const end = fail(FAILING, { status: 503 })
    await services.post(page, ['flag_50'], true)
    end()
    await services.post(page, ['flag_51'])
    await services.settled(page, flagNames(52))
  })
})

describe('a service that redirects its posts', () => {
  it('to what answers 200, with any status: nobody follows, all is kept, and arrives once it is mended', async () => {
    const statuses = [301, 302, 303, 307, 308]
    await open(statuses.map(String))
    const undos = statuses.map((status) => {
      const server = services.servers.get(`${status}`)
      server?.fault('/elsewhere', { status: 200 })
      return server?.fault(isTelemetry, { status, headers: { location: `${server.apiUrl}/elsewhere` } })
    })
    const page = await services.enter()
    await services.post(page, flagNames(20), true)
    await services.post(page, [], true)
    expect((await services.shop.disk(page)).flags).toHaveLength(20 * statuses.length)
    for (const { received } of services.servers.values()) {
      expect(received.filter(isBulk).length).toBeGreaterThanOrEqual(2)
      expect(received.filter(({ path }) => path === '/elsewhere')).toEqual([])
    }
    for (const undo of undos) undo?.()
    await services.post(page, ['flag_20'])
    await services.settled(page, flagNames(21))
  })
})
