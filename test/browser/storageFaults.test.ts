import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { stored } from './cacheRecords'
import { beBusyAtOpen } from './beBusyAtOpen'
import { can } from './engine'
import { launch } from './launch'
import { flagNames, openShop, type Shop } from './shop'

// The scripts of the page see these globals.
declare const client: Client
declare const connection: IDBDatabase

let browser: Browser
let shop: Shop
beforeAll(async () => {
  browser = await launch({ windows: true })
})
afterAll(() => browser.close())
afterEach(() => shop.close())

const ten = flagNames(10)
const eleven = flagNames(11)

/** Decides, delivers by fetch, and hands over the rest at hide: all of this must work whatever becomes of the storage. */
async function works(page: Page) {
  expect(new Set(await shop.decide(page, ten))).toEqual(new Set(['on']))
  await page.evaluate(() => client.flush())
  await shop.arrived(ten)
  await shop.decide(page, ['flag_10'])
  const lines = await shop.logged(page)
  const { storage } = await page.evaluate(() => client.status())
  await shop.leave(page)
  await shop.arrived(eleven)
  return { lines, storage }
}

describe('storage that cannot be used from the start', () => {
  it.each([
    ['open fires no event', () => void (IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest)],
    [
      'open fails',
      () => {
        IDBFactory.prototype.open = () => {
          const request = { error: new DOMException('Internal error', 'UnknownError') } as unknown as IDBOpenDBRequest
          setTimeout(() => request.onerror?.(new Event('error')))
          return request
        }
      },
    ],
    [
      'the getter throws',
      () => {
        Object.defineProperty(globalThis, 'indexedDB', {
          get() {
            throw new DOMException('The operation is insecure.', 'SecurityError')
          },
        })
      },
    ],
    [
      'every write throws',
      () => {
        IDBObjectStore.prototype.put = () => {
          throw new DOMException('A mutation operation was attempted', 'InvalidStateError')
        }
      },
    ],
    [
      'every transaction aborts at its commit',
      () => {
        const { put } = IDBObjectStore.prototype
        IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
          const request = put.call(this, value, key)
          request.addEventListener('success', () => this.transaction.abort())
          return request
        }
      },
    ],
  ])('%s: same answers, ready in time, all delivered, one log line', async (_what, breakIt) => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await page.evaluateOnNewDocument(breakIt)
    await shop.enter({}, page)
    expect(await page.evaluate(() => client.status().ready)).toBe(true)
    expect((await works(page)).lines).toHaveLength(1)
  })

  it('a sandboxed frame: the same', async () => {
    shop = await openShop(browser, { allowedOrigins: ['null'] })
    const { apiUrl } = shop.server
    shop.server.serve(
      '/frame.html',
      `<!doctype html><script src="/dist/pennon.min.js"></script><script>
        const url = ${JSON.stringify(apiUrl)}
        const lines = []
        const say = (line) => lines.push(line)
        const client = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', streaming: false,
          urls: { sdk: url, events: url, telemetry: url, auth: url, streaming: url },
          logger: { debug() {}, info() {}, warn: say, error: say } })
        client.whenReady().then(async () => {
          const treatment = client.getTreatment('flag_0')
          await client.flush()
          parent.postMessage({ treatment, lines }, '*')
        })
      </script>`,
    )
    shop.server.serve('/host.html', '<!doctype html><title>host</title>')
    const page = await shop.context.newPage()
    await page.goto(new URL('/host.html', shop.server.pageUrl).href)
    const told = await page.evaluate(
      () =>
        new Promise((resolve) => {
          addEventListener('message', ({ data }) => resolve(data))
          const frame = document.createElement('iframe')
          frame.setAttribute('sandbox', 'allow-scripts')
          frame.src = '/frame.html'
          document.body.append(frame)
        }),
    )
    const { treatment, lines } = told as { treatment: string; lines: string[] }
    expect(treatment).toBe('on')
    expect(lines).toHaveLength(1)
    await shop.arrived(['flag_0'])
  })
})

it.each([0, 1])(
  'a page that is busy after %i ms, for longer than a database may take: it hears the answer',
  async (ms) => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    await beBusyAtOpen(page, 2_500, ms)
    await shop.enter({}, page)
    expect(await works(page)).toEqual({ lines: [], storage: 'all' })
  },
)

it('a browser that opens no database: what a page left in its note is sent by the next one, once', async () => {
  shop = await openShop(browser)
  const undo = shop.server.fault(({ method, path }) => method === 'POST' && path.startsWith('/testImpressions/'), {
    status: 503,
  })
  const page = await shop.context.newPage()
  await page.evaluateOnNewDocument(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('A mutation operation was attempted', 'InvalidStateError')
    }
  })
  const notes = () =>
    page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('pennon:note:')).length)
  await shop.enter({ impressionsMode: 'DEBUG' }, page)
  await shop.decide(page, ten)
  await page.evaluate(() => client.flush())
  await shop.leave(page)
  expect([await notes(), shop.server.impressions()]).toEqual([1, []])
  undo()
  await shop.enter({ impressionsMode: 'DEBUG' }, page)
  await shop.arrived(ten)
  await expect.poll(notes).toBe(0)
  await shop.leave(page)
  await shop.enter({ impressionsMode: 'DEBUG' }, page)
  await page.evaluate(() => client.destroy())
  await shop.arrived(ten)
})

it('rows and notes that another script damaged: the page is not held up by them, and what is whole is delivered', async () => {
  shop = await openShop(browser)
  const page = await shop.enter({ impressionsMode: 'DEBUG' })
  await shop.decide(page, ['flag_0'])
  await page.evaluate(() => client.flush())
  await shop.arrived(['flag_0'])
  // The rows of the outbox have the scope in their keys, and this one is stored after the answer.
  await expect.poll(async () => (await shop.disk(page)).outbox).toContain('endpoint')
  await shop.leave(page)
  await page.evaluate(async () => {
    const result = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('failed'))
      })
    const database = await result(indexedDB.open('pennon-outbox-2'))
    const store = database.transaction('entries', 'readwrite').objectStore('entries')
    const keys = (await result(store.getAllKeys())) as string[][]
    const scope = keys.find(([kind]) => kind === 'endpoint')?.[1] as string
    const at = Date.now()
    const item = (f: string) => ({ f, k: 'user-1', t: 'on', m: at, r: 'default rule' })
    const row = (id: string, over: object, time: unknown = at) =>
      store.put({ kind: 'impressions', mode: 'DEBUG', items: [item(id)], bytes: 100, ...over }, [
        ...['batch', scope, 'dead', id],
        time as number,
      ])
    row('flag_1', { bytes: '100' })
    row('flag_2', { bytes: -Infinity })
    row('flag_3', { doubt: 5n })
    row('no time', {}, 'then')
    row('no items', { items: [null, { ...item('no number'), m: 5n }] })
    row('no counts', { kind: 'counts', items: [null, { f: 'flag_1', m: at, rc: '5' }] })
    row('no text', { kind: 'events', items: [{ eventTypeId: 'buy', value: 5n }] })
    const packed = (id: string, count: unknown, bytes: unknown = 100) => {
      const { f, ...same } = item(id)
      const columns = Object.entries(same).map(([name, value]) => [name, [value]])
      return [id, 'impressions', 'DEBUG', at, bytes, [count, ['f', [f]], ...columns]]
    }
    const batches = [packed('far too many', 3e7), packed('no number', '1'), packed('flag_4', 1, '100')]
    const note = { delivered: [7], doubtful: [['flag_4', 'then']], seen: [{}], batches }
    localStorage.setItem(`pennon:note:2:${scope}:gone`, `${at} ${JSON.stringify(note)}`)
    database.close()
  })
  const errors: unknown[] = []
  page.on('pageerror', (fault) => errors.push(fault))
  await shop.enter({ impressionsMode: 'DEBUG' }, page)
  await shop.arrived(flagNames(5))
  await shop.forgotten(page)
  await shop.decide(page, ['flag_5'])
  await shop.leave(page)
  await shop.arrived(flagNames(6))
  expect(errors).toEqual([])
})

describe('a frozen tab', () => {
  it.skipIf(!can.cdp)('is in nobody’s way, and works on when it is thawed', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ['flag_0'])
    await shop.stored(page, ['flag_0'])
    // DevTools can freeze a page at any moment, but a browser does not in the middle of a transaction.
    await stored(page)
    const other = await shop.context.newPage()
    await other.goto(new URL('/next.html', shop.server.pageUrl).href)
    const session = await page.createCDPSession()
    await session.send('Page.setWebLifecycleState', { state: 'frozen' })
    const outcomes = await other.evaluate(() =>
      Promise.all(
        ['pennon-outbox-2', 'pennon-definitions'].map(
          (name) =>
            new Promise((resolve) => {
              const request = indexedDB.deleteDatabase(name)
              request.onsuccess = () => resolve('deleted')
              request.onblocked = () => resolve('blocked')
            }),
        ),
      ),
    )
    expect(outcomes).toEqual(['deleted', 'deleted'])
    await session.send('Page.setWebLifecycleState', { state: 'active' })
    await page.bringToFront()
    await shop.decide(page, ['flag_1'])
    await shop.stored(page, ['flag_1'])
    expect(await shop.logged(page)).toEqual([])
  })
})

describe('storage that fails in mid-session', () => {
  it.skipIf(!can.cdp)('it is full: bounded in memory, all delivered, one log line', async () => {
    shop = await openShop(browser)
    const page = await shop.context.newPage()
    // The quota is set before the database is opened, because Chromium remembers for a while how much is left.
    await page.goto(new URL('/next.html', shop.server.pageUrl).href)
    const session = await page.createCDPSession()
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(shop.server.pageUrl).origin, quotaSize: 1 })
    await shop.enter({}, page)
    const { lines, storage } = await works(page)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('Quota')
    expect(storage).toBe('failed')
  })

  it('another tab deletes the database: it is not in the way, and writes anew', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    const other = await shop.context.newPage()
    await other.goto(new URL('/next.html', shop.server.pageUrl).href)
    const outcome = await other.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.deleteDatabase('pennon-outbox-2')
          request.onsuccess = () => resolve('deleted')
          request.onblocked = () => setTimeout(resolve, 2_000, 'blocked')
        }),
    )
    expect(outcome).toBe('deleted')
    await page.bringToFront()
    await shop.decide(page, ['flag_10'])
    await shop.stored(page, ['flag_10'])
    // The other tab took the impressions from the disk, not from the page.
    await page.evaluate(() => client.flush())
    await shop.settled(page, eleven)
    expect(await shop.logged(page)).toEqual([])
  })

  it.skipIf(!can.cdp)('the browser closes the connection: opened anew', async () => {
    shop = await openShop(browser)
    const page = await shop.enter()
    await shop.decide(page, ten)
    await shop.stored(page, ten)
    const session = await page.createCDPSession()
    await session.send('Storage.clearDataForOrigin', {
      origin: new URL(shop.server.pageUrl).origin,
      storageTypes: 'indexeddb',
    })
    await shop.decide(page, ['flag_10'])
    await shop.stored(page, ['flag_10'])
    await page.evaluate(() => client.flush())
    await shop.settled(page, eleven)
    // A transaction may have been going on.
    expect((await shop.logged(page)).length).toBeLessThanOrEqual(1)
  })

  it('another tab blocks the open: delivered from memory, and stored once it is free', async () => {
    shop = await openShop(browser)
    const other = await shop.context.newPage()
    await other.goto(new URL('/next.html', shop.server.pageUrl).href)
    await other.evaluate(async () => {
      const request = indexedDB.open('pennon-outbox-2')
      request.onupgradeneeded = () => request.result.createObjectStore('entries')
      await new Promise((resolve) => (request.onsuccess = resolve))
      Object.assign(globalThis, { connection: request.result })
      // The other page does not listen to `versionchange`, so that the deletion waits, and every open waits behind it.
      await new Promise((resolve) => (indexedDB.deleteDatabase('pennon-outbox-2').onblocked = resolve))
    })
    const page = await shop.enter()
    await page.bringToFront()
    expect(new Set(await shop.decide(page, ten))).toEqual(new Set(['on']))
    await page.evaluate(() => client.flush())
    await shop.arrived(ten)
    expect((await shop.logged(page)).length).toBeLessThanOrEqual(1)
    await other.evaluate(() => connection.close())
    await shop.decide(page, ['flag_10'])
    await shop.leave(page)
    await shop.arrived(eleven)
  })
})
