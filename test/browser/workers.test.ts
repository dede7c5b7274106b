import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Status } from '../../src/client/types'
import { launch } from './launch'
import { openShop, type Shop } from './shop'

/** What a worker made of its client. */
interface Report {
  treatments: string[]
  /** Whether it came from the cache of the client before. */
  second: string
  status: Status
  logged: string[]
}

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => shop.close())

/** Where there is no window, and what it is like there. */
const places = [
  { kind: 'service worker', type: 'classic', cached: true },
  // No dynamic import there: what is loaded late is not to be had.
  { kind: 'service worker', type: 'module', cached: false },
  { kind: 'worker', type: 'classic', cached: true },
  { kind: 'worker', type: 'module', cached: true },
] as const

const script = (type: 'classic' | 'module') => `
  ${type === 'module' ? `import * as pennon from '/dist/index.js'` : `importScripts('/dist/pennon.min.js')`}
  addEventListener('message', async ({ data: url, ports: [port] }) => {
    const logged = []
    const say = (line) => logged.push(line)
    const logger = { debug() {}, info: say, warn: say, error: say }
    const urls = { sdk: url, events: url, telemetry: url, auth: url, streaming: url }
    const create = () => pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', trafficType: 'user', urls, logger, logLevel: 'info' })
    const client = create()
    const status = await client.whenReady()
    const treatments = client.getTreatments(['flag_0', 'flag_1', 'none'])
    client.track('checkout')
    await client.flush()
    await client.destroy()
    const next = create()
    const { source } = await next.whenReadyFromCache()
    await next.destroy()
    port.postMessage({ treatments: Object.values(treatments), second: source, status, logged })
  })
  addEventListener('install', () => skipWaiting())
  addEventListener('activate', (event) => event.waitUntil(clients.claim()))
`

describe.each(places)('in a $kind ($type)', ({ kind, type, cached }) => {
  it('decides, records and delivers without a window', async () => {
    shop = await openShop(browser)
    shop.server.serve('/worker.js', script(type), { 'content-type': 'text/javascript' })
    const page = await shop.context.newPage()
    await page.goto(new URL('/next.html', shop.server.pageUrl).href)
    const report = await page.evaluate(
      async (kind, type, apiUrl) => {
        let worker: Pick<Worker, 'postMessage'>
        if (kind === 'worker') worker = new Worker('/worker.js', { type })
        else {
          await navigator.serviceWorker.register('/worker.js', { type })
          worker = (await navigator.serviceWorker.ready).active as ServiceWorker
        }
        const { port1, port2 } = new MessageChannel()
        const answer = new Promise<unknown>((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
        worker.postMessage(apiUrl, [port2])
        return (await answer) as Report
      },
      kind,
      type,
      shop.server.apiUrl,
    )
    expect(report.status).toMatchObject({ ready: true, source: 'network', blocked: [] })
    expect(report.treatments).toEqual(['on', 'on', 'control'])
    expect(report.second).toBe(cached ? 'cache' : 'network')
    // Once for each of the two clients, and nothing else.
    const missing = ['storage failed, pennon goes on from memory', 'no streaming, polling instead']
    expect(report.logged).toEqual(
      cached ? [] : [...missing, ...missing].map((line) => expect.stringContaining(`${line}: TypeError: import()`)),
    )
    await shop.arrived(['flag_0', 'flag_1', 'none'])
    expect(shop.server.events().map(({ type }) => type)).toEqual(['checkout'])
  })
})
