import type { Browser, Page } from 'puppeteer-core'
import { expect } from 'vitest'
import {
  createDemoServer,
  type DemoServer,
  type DemoServerOptions,
  type Received,
} from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { openProfile, type Profile } from './openProfile'
import { flag, isComplete, rule, shiftClock, untilHalfPast } from './site'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client
declare const logged: string[]

const DAY = 1_700_000_000_123
/** Nothing takes so long but what hangs: a life that follows another begins after 10 s, and takes over what lies there 3 s later. */
const HANGS_MS = 30_000

export interface Shop {
  readonly server: DemoServer
  readonly context: Profile
  /** Opens a page with a client in it that is ready. `query`: of its address. */
  enter(settings?: object, into?: Page, query?: string): Promise<Page>
  /** Asks for these flags on the page. @returns their treatments */
  decide(page: Page, names: readonly string[]): Promise<string[]>
  /** Leaves by a navigation. @returns whether the bfcache took the page that was left */
  leave(page: Page): Promise<boolean>
  /** Waits until these flags are on disk. */
  stored(page: Page, names: readonly string[]): Promise<void>
  /** Waits until no impression is on disk, nor a note of a page: what the server took is settled. */
  forgotten(page: Page): Promise<void>
  /** What lies in the page's origin: names of databases, the outbox as text, the flags of its impressions, how many notes of pages that went. */
  disk(page: Page): Promise<{ databases: string[]; namesUser: boolean; outbox: string; flags: string[]; notes: number }>
  /** Waits until these impressions, each once, are at the server. */
  arrived(names: readonly string[]): Promise<void>
  /** Waits until the server has so many repetitions. */
  counted(total: number): Promise<void>
  /** Lets the page's client deliver all that it has, its leftovers too, and checks that it was these, each once. */
  settled(page: Page, names: readonly string[]): Promise<void>
  /** The warnings and errors that the client of the page logged. */
  logged(page: Page): Promise<string[]>
  close(): Promise<void>
}

/** Whether a request is a post of impressions. */
export const isBulk = ({ path, method }: Received) => method === 'POST' && path === '/testImpressions/bulk'

export const flagNames = (count: number, prefix = 'flag') => Array.from({ length: count }, (_, n) => `${prefix}_${n}`)

const definitionsOf = (names: readonly string[]) => ({
  ff: {
    s: -1,
    t: DAY,
    d: names.map((name) =>
      flag(name, {
        changeNumber: DAY,
        conditions: [{ ...rule('on', { matcherType: 'ALL_KEYS' }), label: 'default rule' }],
      }),
    ),
  },
  rbs: { s: -1, t: -1, d: [] },
})

/** A site of two pages with pennon on it, an API on another origin, and a fresh browser profile. */
export async function openShop(
  browser: Browser,
  { flags = flagNames(300), profile, ...options }: DemoServerOptions & { flags?: string[]; profile?: Profile } = {},
): Promise<Shop> {
  const server = await createDemoServer({ definitions: definitionsOf(flags), ...options })
  const script = '<script src="/dist/pennon.min.js"></script>'
  const note = `<script>addEventListener('pagehide', ({ persisted }) => sessionStorage.setItem('persisted', persisted))</script>`
  server.serve('/shop.html', `<!doctype html><title>shop</title>${script}${note}`)
  server.serve('/next.html', '<!doctype html><title>next</title>')
  const context = profile ?? (await openProfile(browser))
  // All pages get the same shift.
  const shift = untilHalfPast()
  const shifted = new WeakSet<Page>()
  const address = (path: string) => new URL(path, server.pageUrl).href
  const flagsReceived = () => server.impressions().map(({ flag }) => flag)

  const shop: Shop = {
    server,
    context,
    async enter(settings = {}, into, query = '') {
      const page = into ?? (await context.newPage())
      if (!shifted.has(page)) {
        shifted.add(page)
        await shiftClock(page, shift)
      }
      await page.goto(address(`/shop.html${query}`))
      await page.evaluate(
        (apiUrl, settings) => {
          const lines: string[] = []
          const say = (line: string) => void lines.push(line)
          const made = pennon.createClient({
            sdkKey: 'sdk-key',
            key: 'user-1',
            streaming: false,
            urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
            logger: { debug() {}, info() {}, warn: say, error: say },
            ...settings,
          })
          Object.assign(globalThis, { client: made, logged: lines })
          return made.whenReady()
        },
        server.apiUrl,
        settings,
      )
      await isComplete(page)
      return page
    },
    decide: (page, names) => page.evaluate((asked) => asked.map((name) => client.getTreatment(name)), names),
    async leave(page) {
      await page.goto(address('/next.html'))
      return page.evaluate(() => sessionStorage.getItem('persisted') === 'true')
    },
    async stored(page, names) {
      const wanted = [...names].sort()
      await expect.poll(async () => (await shop.disk(page)).flags.sort(), { timeout: HANGS_MS }).toEqual(wanted)
    },
    disk: (page) =>
      page.evaluate(async () => {
        const databases = (await indexedDB.databases()).map(({ name }) => name as string).sort()
        const flags: string[] = []
        let outbox = ''
        let namesUser = false
        for (const name of databases) {
          const database = await new Promise<IDBDatabase>((resolve, reject) => {
            const request = indexedDB.open(name)
            request.onsuccess = () => resolve(request.result)
            request.onerror = () => reject(request.error ?? new Error('failed'))
            // While the browser deletes it, an open may never be answered.
            setTimeout(reject, 3_000, new Error(`the open of ${name} hangs`))
          })
          for (const storeName of database.objectStoreNames) {
            const store = database.transaction(storeName).objectStore(storeName)
            const all = <T>(request: IDBRequest<T>) =>
              new Promise<T>((resolve) => (request.onsuccess = () => resolve(request.result)))
            const [keys, values] = await Promise.all([all(store.getAllKeys()), all(store.getAll())])
            const text = JSON.stringify([keys, values])
            namesUser ||= text.includes('user-1')
            if (name === 'pennon-outbox-2') outbox += text
            for (const value of values as { kind?: string; items?: { f: string }[] }[]) {
              if (value.kind === 'impressions') for (const { f } of value.items ?? []) flags.push(f)
            }
          }
          database.close()
        }
        // Notes are what pages wrote as they went.
        const texts = JSON.stringify({ ...localStorage })
        namesUser ||= texts.includes('user-1')
        outbox += texts
        const notes = Object.keys(localStorage).filter((name) => name.startsWith('pennon:note:')).length
        return { databases, namesUser, outbox, flags, notes }
      }),
    async arrived(names) {
      const wanted = [...names].sort()
      await expect.poll(() => flagsReceived().sort(), { timeout: HANGS_MS }).toEqual(wanted)
    },
    async counted(total) {
      await expect
        .poll(() => server.counts().reduce((sum, { count }) => sum + count, 0), { timeout: HANGS_MS })
        .toBe(total)
    },
    async forgotten(page) {
      const left = async () => {
        const { flags, notes } = await shop.disk(page)
        return { flags, notes }
      }
      await expect.poll(left, { timeout: HANGS_MS }).toEqual({ flags: [], notes: 0 })
    },
    async settled(page, names) {
      await shop.arrived(names)
      await shop.forgotten(page)
      await page.evaluate(() => client.destroy())
      expect(flagsReceived().sort()).toEqual([...names].sort())
    },
    logged: (page) => page.evaluate(() => logged),
    async close() {
      if (!context.closed) await context.close()
      await server.close()
    },
  }
  return shop
}
