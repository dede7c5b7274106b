import type { Browser } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Status } from '../../src/client/types/events'
import { launch } from './launch'
import { SPOKEN } from './logged'
import { openShop, type Shop } from './shop'

/** What a worker did with its client. */
interface Report {
  status: Status
  treatments: string[]
  logged: string[]
}

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => shop.close())

/** The kinds of worker, which have no window. */
const places = [
  { kind: 'service worker', type: 'classic', file: 'pennon.min.js' },
  // Nothing can be loaded late there: everything is in one file.
  { kind: 'service worker', type: 'module', file: 'full.js' },
  { kind: 'worker', type: 'classic', file: 'pennon.min.js' },
  { kind: 'worker', type: 'module', file: 'index.js' },
] as const

const script = (type: 'classic' | 'module', file: string) => `
  ${type === 'module' ? `import * as pennon from '/dist/${file}'` : `importScripts('/dist/${file}')`}

  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  /** Resolves when definitions are on disk: their header is written last. */
  const stored = async () => {
    const database = await done(indexedDB.open('pennon-definitions'))
    const keys = await done(database.transaction('entries').objectStore('entries').getAllKeys())
    database.close()
    if (!keys.some(([kind]) => kind === 'header')) return new Promise((resolve) => setTimeout(resolve, 20)).then(stored)
  }

  addEventListener('message', async ({ data: { url }, ports: [port] }) => {
    const logged = []
    const say = (line) => logged.push(line)
    const client = pennon.createClient({
      sdkKey: 'sdk-key',
      key: 'user-1',
      trafficType: 'user',
      urls: { sdk: url, events: url, telemetry: url, auth: url, streaming: url },
      readyTimeoutMs: 0,
      logger: { debug() {}, info: say, warn: say, error: say },
      logLevel: 'info',
    })
    const status = await client.whenReadyFromCache()
    const treatments = Object.values(client.getTreatments(['flag_0', 'flag_1', 'none']))
    client.track('checkout')
    await client.flush()
    await stored()
    await client.destroy()
    ${file === 'index.js' ? `await ${SPOKEN}` : ''}
    port.postMessage({ status, treatments, logged })
  })
  addEventListener('install', () => skipWaiting())
  addEventListener('activate', (event) => event.waitUntil(clients.claim()))
`

describe.each(places)('in a $kind ($type)', ({ kind, type, file }) => {
  it('decides, records and delivers without a window, and from the cache where there is one', async () => {
    shop = await openShop(browser)
    shop.server.serve('/worker.js', script(type, file), { 'content-type': 'text/javascript' })
    const page = await shop.context.newPage()
    await page.goto(new URL('/next.html', shop.server.pageUrl).href)
    const run = () =>
      page.evaluate(
        async (kind, type, message) => {
          let worker: Pick<Worker, 'postMessage'>
          if (kind === 'worker') worker = new Worker('/worker.js', { type })
          else {
            await navigator.serviceWorker.register('/worker.js', { type })
            worker = (await navigator.serviceWorker.ready).active as ServiceWorker
          }
          const { port1, port2 } = new MessageChannel()
          const answer = new Promise<unknown>((resolve) => (port1.onmessage = ({ data }) => resolve(data)))
          worker.postMessage(message, [port2])
          return (await answer) as Report
        },
        kind,
        type,
        { url: shop.server.apiUrl },
      )

    const first = await run()
    expect(first.status).toMatchObject({ ready: true, source: 'network', blocked: [] })
    expect(first.treatments).toEqual(['on', 'on', 'control'])
    expect(first.logged).toEqual(['pennon: there is no flag none'])
    await shop.arrived(['flag_0', 'flag_1', 'none'])
    expect(shop.server.events().map(({ type }) => type)).toEqual(['checkout'])

    shop.server.fault('/splitChanges', { hang: true })
    const second = await run()
    expect(second.status).toMatchObject({ ready: false, source: 'cache' })
    expect(second.treatments).toEqual(['on', 'on', 'control'])
  })
})
