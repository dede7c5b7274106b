// npm run bench:scale: what a page makes of much at once, in real Chromium against the local server: 400 keys over a slow network,
// 1,000 updates a second over the stream, 100,000 flags in the cache. Prints each figure, and exits with 1 when a goal is missed.
import type { Browser, BrowserContext, Page } from 'puppeteer-core'
import { createDemoServer, type DemoServer } from '../demo/server/createServer'
import type { Client } from '../src/client/types/client'
import { flag, inSegment, rule } from './flag'
import { buildIfOlder } from '../test/tools/build'
import { launchChromium } from './launchChromium'
import { readOptions } from '../test/tools/readOptions'

declare const pennon: { createClient(settings: object): Client }
declare const client: Client
declare const measured: { writes: number[]; tasks: number[] }
declare const settings: object

const NAMES = ['keys', 'updates', 'flags'] as const
const { only: ONLY } = readOptions(
  `usage: npm run bench:scale -- [--only NAME]
  --only NAME   keys, updates or flags; all of them unless told`,
  { only: '' },
  ({ only }) => {
    if (only && !NAMES.some((name) => name === only)) throw new Error(`--only ${only}: none of ${NAMES.join(', ')}`)
  },
)
const KEYS = 400
/** How long the service takes for each answer, ms. */
const LATENCY_MS = 50
const UPDATES_A_SECOND = 1_000
const UPDATES_S = 5
const FLAGS = 100_000

const IN_SEGMENT = rule('on', inSegment('staff'))
/** Requests of each kind before a page comes: a service that was just started answers its first ones slowly. */
const WARM_UP = 50
const definitionsOf = (d: object[]) => ({ ff: { s: -1, t: 100, d }, rbs: { s: -1, t: -1, d: [] } })

await buildIfOlder()

let isMissed = false
const goal = (what: string, value: number, most: number, unit = 'ms') => {
  const isFine = value <= most
  isMissed ||= !isFine
  console.log(`${isFine ? 'fine  ' : 'MISSED'} ${what}: ${Math.round(value)} ${unit} (at most ${most})`)
}

interface Bench {
  server: DemoServer
  context: BrowserContext
  open(settings?: object): Promise<Page>
}

/** Warms the server up with requests of this process, so that the page's own connections stay as cold as any. */
async function warmUp(server: DemoServer): Promise<void> {
  const headers = { Authorization: 'Bearer sdk-key', Origin: 'http://127.0.0.1' }
  for (const path of ['/splitChanges?s=1.3&since=-1&rbSince=-1', '/memberships/warm-up', '/v2/auth?s=1.3']) {
    for (let i = 0; i < WARM_UP; i++) {
      await (await fetch(server.apiUrl + path, { method: 'OPTIONS', headers })).text()
      await (await fetch(server.apiUrl + path, { headers })).text()
    }
  }
  server.clearReceived()
}

async function on(browser: Browser, definitions: object, run: (bench: Bench) => Promise<void>): Promise<void> {
  const server = await createDemoServer({ definitions })
  server.serve('/', '<!doctype html><title>scale</title><link rel="icon" href="data:,">')
  const context = await browser.createBrowserContext()
  const open = async (settings: object = {}) => {
    const page = await context.newPage()
    // The page counts writes of definitions, and tasks of 50 ms and more.
    await page.evaluateOnNewDocument(() => {
      const writes: number[] = []
      const tasks: number[] = []
      const { transaction } = IDBDatabase.prototype
      IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === 'readwrite' && this.name === 'pennon-definitions') writes.push(performance.now())
        return transaction.call(this, stores, mode, options)
      }
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({
        type: 'longtask',
      })
      Object.assign(globalThis, { measured: { writes, tasks } })
    })
    await page.goto(server.pageUrl)
    await page.addScriptTag({
      type: 'module',
      content: "import * as pennon from '/dist/index.js'; Object.assign(globalThis, { pennon })",
    })
    await page.waitForFunction(() => 'pennon' in globalThis)
    await page.evaluate(
      (apiUrl, given) => {
        // Each purpose has a host of its own, as at the service: over HTTP/1.1 a browser opens six connections to one host.
        const other = apiUrl.replace('127.0.0.1', 'localhost')
        const urls = { sdk: apiUrl, events: other, telemetry: other, auth: other, streaming: other }
        Object.assign(globalThis, {
          settings: { sdkKey: 'sdk-key', key: 'user-0', urls, impressionsMode: 'NONE', logLevel: 'error', ...given },
        })
      },
      server.apiUrl,
      settings,
    )
    return page
  }
  try {
    await run({ server, context, open })
  } finally {
    await context.close()
    await server.close()
  }
}

const BENCHES: Record<(typeof NAMES)[number], (browser: Browser) => Promise<void>> = {
  keys: (browser) =>
    on(browser, definitionsOf([flag('staff', { conditions: [IN_SEGMENT] })]), async ({ server, open }) => {
      await warmUp(server)
      server.fault('/', { delayMs: LATENCY_MS })
      const page = await open()
      const [first, all] = await page.evaluate(async (count) => {
        const started = performance.now()
        const made = pennon.createClient(settings)
        Object.assign(globalThis, { client: made })
        const others = Array.from({ length: count - 1 }, (_, i) => made.forKey(`user-${i + 1}`))
        await made.whenReady()
        const firstAt = performance.now() - started
        const ready = await Promise.all(others.map((one) => one.whenReady()))
        if (!ready.every((one) => one.ready)) throw new Error('not ready')
        return [firstAt, performance.now() - started] as const
      }, KEYS)
      console.log(`${KEYS} keys, ${LATENCY_MS} ms`)
      goal('first client ready', first, 500)
      goal('all clients ready', all, 4_500)
      await page.waitForFunction(() => client.status().updates === 'streaming', { timeout: 20_000 })
      // By now the fetches that follow the opening of the stream are over.
      for (let seen = -1; seen < server.received.length;) {
        seen = server.received.length
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
      const asked = server.received.filter(({ path, method }) => method === 'GET' && path.startsWith('/memberships/'))
      goal('requests for memberships', asked.length, 420, '')
      const { updates } = await page.evaluate(() => client.status())
      goal(`stream is ${updates === 'streaming' ? 'up' : 'down'}`, updates === 'streaming' ? 0 : 1, 0, '')
      // Browser and server share this machine: what the same requests cost without pennon is no cost of pennon's.
      const bare = await page.evaluate(
        async (url, count) => {
          const started = performance.now()
          let next = 0
          const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer sdk-key' }
          await Promise.all(
            Array.from({ length: 6 }, async () => {
              while (next < count) await (await fetch(`${url}/memberships/bare-${next++}`, { headers })).json()
            }),
          )
          return performance.now() - started
        },
        server.apiUrl,
        KEYS,
      )
      console.log(`       the same requests by a bare loop, six at a time: ${Math.round(bare)} ms`)
    }),

  updates: (browser) =>
    on(browser, definitionsOf(Array.from({ length: 100 }, (_, i) => flag(`flag_${i}`))), async ({ server, open }) => {
      const page = await open()
      await page.evaluate(async () => {
        Object.assign(globalThis, { client: pennon.createClient(settings) })
        await client.whenReady()
      })
      await page.waitForFunction(() => client.status().updates === 'streaming', { timeout: 20_000 })
      await page.evaluate(() => {
        measured.writes.length = measured.tasks.length = 0
      })
      const started = Date.now()
      for (let sent = 0; sent < UPDATES_A_SECOND * UPDATES_S;) {
        const due = Math.min(((Date.now() - started) / 1_000) * UPDATES_A_SECOND, UPDATES_A_SECOND * UPDATES_S)
        for (; sent < due; sent++) {
          server.changeFlag(`flag_${sent % 100}`, { seed: sent }, { announce: 'none' })
        }
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
      const took = Date.now() - started
      const last = Date.now()
      server.changeFlag('flag_0', { defaultTreatment: `t${last}`, killed: true }, { announce: 'none' })
      const behind = await page.evaluate(async (name) => {
        while (client.getTreatment('flag_0') !== name) await new Promise((resolve) => setTimeout(resolve, 5))
        return Date.now()
      }, `t${last}`)
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      const { writes, tasks } = await page.evaluate(() => measured)
      const gaps = writes.slice(1).map((at, i) => at - (writes[i] as number))
      console.log(`${UPDATES_A_SECOND * UPDATES_S} updates in ${took} ms`)
      goal('last one in force after', behind - last, 1_000)
      goal('transactions that write', writes.length, 20, '')
      console.log(`       at least ${Math.round(Math.min(...gaps))} ms between their beginnings`)
      goal('longest task', Math.max(0, ...tasks), 50)
    }),

  flags: (browser) =>
    on(browser, definitionsOf(Array.from({ length: FLAGS }, (_, i) => flag(`flag_${i}`))), async ({ server, open }) => {
      const quiet = { streaming: false, requestTimeoutMs: 60_000, readyTimeoutMs: 60_000 }
      const first = await open(quiet)
      await first.evaluate(async () => {
        Object.assign(globalThis, { client: pennon.createClient(settings) })
        await client.whenReady()
        for (let isStored = false; !isStored;) {
          await new Promise((resolve) => setTimeout(resolve, 100))
          isStored = await new Promise<boolean>((resolve, reject) => {
            const opening = indexedDB.open('pennon-definitions')
            opening.onerror = () => reject(new Error('no database'))
            opening.onsuccess = () => {
              const { result } = opening
              const keys = result.transaction('entries').objectStore('entries').getAllKeys()
              keys.onsuccess = () => {
                result.close()
                resolve(keys.result.some((key) => Array.isArray(key) && key.includes('header')))
              }
            }
          })
        }
        await client.destroy()
      })
      await first.close()
      server.fault('/', { hang: true })
      const page = await open(quiet)
      const took = await page.evaluate(async () => {
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        measured.tasks.length = 0
        const started = performance.now()
        Object.assign(globalThis, { client: pennon.createClient(settings) })
        const status = await client.whenReadyFromCache()
        if (!status.readyFromCache || client.getTreatment('flag_99999') !== 'on') throw new Error('not from the cache')
        const ready = performance.now() - started
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        return ready
      })
      const { tasks } = await page.evaluate(() => measured)
      console.log(`${FLAGS} flags from the cache, ready after ${Math.round(took)} ms`)
      goal('longest task', Math.max(0, ...tasks), 100)
    }),
}

// DevTools would send a dozen messages for each request to this process, which is the server too; users have none open.
const browser = await launchChromium({ networkEnabled: false })
try {
  for (const name of NAMES) if (!ONLY || ONLY === name) await BENCHES[name](browser)
} finally {
  await browser.close()
}
process.exitCode = isMissed ? 1 : 0
