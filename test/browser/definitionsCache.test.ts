import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { DemoServerOptions } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import { DATABASE, named, records, stored } from './cacheRecords'
import { beBusyAtOpen } from './beBusyAtOpen'
import { can } from './engine'
import { launch } from './launch'
import { definitionsOf, flag, hurry, openSite, staff, type Site } from './site'

declare const client: Client
declare const connection: IDBDatabase
declare const steps: string[]

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => site.close())

const definitions = definitionsOf([flag('plain'), staff])
const options = { definitions, memberships: { 'user-1': { segments: ['employees'] } } }
const quiet = { streaming: false, definitionsRefreshMs: 600_000, membershipsRefreshMs: 600_000 }

/** The change number that the cache would start with. */
const storedNumber = async (page: Page) => {
  const all = await records(page)
  const [patch] = named(all, 'patch')
  const [header] = named(all, 'header')
  return ((patch ?? header) as { value: { changeNumbers: { flags: number } } } | undefined)?.value.changeNumbers.flags
}

/** Which texts the cache would start with. */
const generation = async (page: Page) => {
  const [header] = named(await records(page), 'header')
  return (header?.value as { generation?: string } | null | undefined)?.generation
}

/** A site whose first visitor filled the cache; the page stays open, its client is gone. */
async function visited(more: DemoServerOptions = {}, settings: object = {}) {
  site = await openSite(browser, { ...options, ...more })
  const page = await site.open({ ...quiet, ...settings })
  await site.ready(page)
  await stored(page)
  await page.evaluate(() => client.destroy())
  return page
}

/** What the next visit answers without the service. */
async function nextVisit(settings: object = {}) {
  await site.server.stop('api')
  const page = await site.open({ ...quiet, logLevel: 'none', ...settings })
  const status = await page.evaluate(() => client.whenReadyFromCache())
  return {
    page,
    readyFromCache: status.readyFromCache,
    source: status.source,
    treatments: await site.treatments(page, ['plain', 'staff']),
  }
}
const AS_BEFORE = { readyFromCache: true, source: 'cache', treatments: ['on', 'on'] }
/** A short time-out, because without a usable cache nothing happens before it. */
const brief = { readyTimeoutMs: 1000 }
const NOTHING = { readyFromCache: false, source: 'none', treatments: ['control', 'control'] }

/** A page whose time passes slowly: however busy the machine is, the cache is read before the page asks without it. */
async function patientPage() {
  const page = await site.context.newPage()
  await hurry(page, 1 / 40)
  return page
}

/** A page that notes when its definitions' database is open, what it asks for, and whether that was before the second file. */
async function openWatched() {
  const into = await patientPage()
  await into.evaluateOnNewDocument(() => {
    const steps: string[] = []
    const { open } = IDBFactory.prototype
    IDBFactory.prototype.open = function (name, version) {
      const request = open.call(this, name, version)
      const note = () => {
        steps.push('open')
        performance.mark('open')
      }
      if (name === 'pennon-definitions') request.addEventListener('success', note)
      return request
    }
    const { fetch } = globalThis
    globalThis.fetch = (input, init) => {
      const { pathname, searchParams } = new URL(input as string)
      steps.push(pathname.split('/')[2] + (searchParams.has('since') ? ` since ${searchParams.get('since')}` : ''))
      return fetch(input, init)
    }
    Object.assign(globalThis, { steps })
  })
  await site.open(quiet, { into })
  await site.ready(into)
  await into.waitForFunction(() => steps.includes('open'))
  const isLateLast = await into.evaluate(() => {
    const at = (name: string) => performance.getEntriesByName(name)[0]?.startTime ?? NaN
    return at(new URL('/dist/late.js', location.href).href) >= at('open')
  })
  return { page: into, isLateLast, steps: await into.evaluate(() => steps) }
}

describe('the first question', () => {
  it('waits for no database where nothing was ever stored, and for the cache where there is one', async () => {
    site = await openSite(browser, options)
    const first = await openWatched()
    expect(first.steps.slice(0, 3)).toEqual(['splitChanges since -1', 'memberships', 'open'])
    await stored(first.page)
    const { steps, isLateLast } = await openWatched()
    expect(steps).toEqual(['open', 'splitChanges since 100', 'memberships'])
    // Running the second file would keep the cache waiting.
    expect(isLateLast).toBe(true)
  })

  it('is asked anew by the cache where the site cleared its localStorage alone, once', async () => {
    const page = await visited()
    await page.evaluate(() => localStorage.clear())
    const cleared = await openWatched()
    expect(cleared.steps[0]).toBe('splitChanges since -1')
    expect(await site.treatments(cleared.page, ['plain', 'staff'])).toEqual(['on', 'on'])
    expect((await openWatched()).steps).toEqual(['open', 'splitChanges since 100', 'memberships'])
  })
})

describe('the next visit', () => {
  it('is ready from the cache, memberships included, and asks for what is newer', async () => {
    await visited()
    site.server.clearReceived()
    const page = await site.open(quiet, { into: await patientPage() })
    await site.ready(page)
    expect(site.asked('/splitChanges')).toEqual(['/splitChanges?s=1.3&since=100&rbSince=-1'])
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    expect((await site.heard(page, 'readyFromCache')).length).toBe(1)
  })

  it('of a page that is busy while the cache is read waits for it, and does not ask for everything', async () => {
    await visited()
    site.server.clearReceived()
    const into = await site.context.newPage()
    // The page waits 250 ms for its cache: 2.5 s here, so that the test does not depend on how busy the machine is.
    await hurry(into, 1 / 10)
    await beBusyAtOpen(into, 3_000)
    const page = await site.open(quiet, { into })
    await site.ready(page)
    expect(site.asked('/splitChanges')).toEqual(['/splitChanges?s=1.3&since=100&rbSince=-1'])
  })

  it('works with the service gone, and says how old the answers are', async () => {
    await visited()
    const { page, ...outcome } = await nextVisit()
    expect(outcome).toEqual(AS_BEFORE)
    expect((await site.status(page)).age).toBeGreaterThan(0)
  })

  it('of another user finds the flags, and nothing of the first one', async () => {
    await visited()
    expect(await nextVisit({ key: 'user-2' })).toMatchObject({ readyFromCache: true, treatments: ['on', 'off'] })
  })

  it.each<[string, object]>([
    ['SDK key', { sdkKey: 'another' }],
    ['filter', { flagNames: ['plain'] }],
    ['service', { urls: { sdk: 'http://127.0.0.1:1/api' } }],
  ])('with another %s finds nothing', async (_what, settings) => {
    await visited()
    expect(await nextVisit({ ...brief, ...settings })).toMatchObject(NOTHING)
  })

  it('after the cache expired finds nothing', async () => {
    await visited()
    expect(await nextVisit({ ...brief, cacheMaxAgeMs: 1 })).toMatchObject(NOTHING)
  })

  it('that stores nothing reads nothing', async () => {
    await visited()
    expect(await nextVisit({ ...brief, persistence: 'none' })).toMatchObject(NOTHING)
  })
})

describe('what is stored', () => {
  const many = Array.from({ length: 1_000 }, (_, i) =>
    flag(`flag_${i}`, { changeNumber: 300, padding: 'é😀'.repeat(250) }),
  )

  it('is one file of texts, then a patch of what changed, and survives the page that wrote it', async () => {
    site = await openSite(browser, { ...options, definitions: definitionsOf([flag('plain'), staff, ...many]) })
    const page = await site.open({ ...quiet, streaming: true })
    await site.ready(page)
    await site.server.streaming.connected()
    await stored(page)
    const before = await generation(page)
    site.server.changeFlag('plain', { killed: true })
    await expect.poll(() => storedNumber(page)).toBe(site.server.definitions.ff.t)
    expect(await generation(page)).toBe(before)
    expect(named(await records(page), 'patch')).toHaveLength(1)
    await page.close()
    const { page: next, ...outcome } = await nextVisit()
    expect(outcome).toMatchObject({ readyFromCache: true, treatments: ['off', 'on'] })
    expect(await next.evaluate(() => client.getTreatment('flag_999'))).toBe('on')
  })

  it('never goes backwards: a tab that is behind changes nothing', async () => {
    site = await openSite(browser, options)
    const old = await site.open(quiet)
    await site.ready(old)
    await stored(old)
    site.server.changeFlag('plain', { killed: true })
    const { t } = site.server.definitions.ff
    const young = await site.open(quiet)
    await site.ready(young)
    await expect.poll(() => storedNumber(young)).toBe(t)
    // The old tab gets a late answer, which is older still.
    site.server.fault('/splitChanges', { body: definitionsOf([flag('plain', { changeNumber: 150 }), staff], 150) })
    await old.bringToFront()
    await old.evaluate(() => {
      // After an hour of sleep everything is due.
      const { now } = Date
      Date.now = () => now() + 3_600_000
      dispatchEvent(new Event('online'))
    })
    await expect.poll(() => site.heard(old, 'update')).toEqual([{ type: 'flags', names: ['plain'] }])
    await old.evaluate(() => client.destroy())
    expect(await storedNumber(young)).toBe(t)
    expect(await nextVisit()).toMatchObject({ treatments: ['off', 'on'] })
  })

  it('is all or nothing: a page that dies in the middle of writing leaves the old cache', async () => {
    const page = await visited()
    const t = await storedNumber(page)
    site.server.setDefinitions(definitionsOf([flag('plain', { changeNumber: 300, killed: true }), ...many], 300))
    const dying = await site.context.newPage()
    // The last transaction has all it needs, but does not come to its end.
    await dying.evaluateOnNewDocument(() => {
      const { put } = IDBObjectStore.prototype
      IDBObjectStore.prototype.put = function (value: unknown, key?: IDBValidKey) {
        if (Array.isArray(key) && key[1] === 'texts') {
          const keepOpen = () => (this.count().onsuccess = keepOpen)
          keepOpen()
          Object.assign(globalThis, { isDying: true })
        }
        return put.call(this, value, key)
      }
    })
    await site.open({ ...quiet, streaming: false }, { into: dying })
    await dying.waitForFunction(() => 'isDying' in globalThis)
    await dying.close()
    expect(await storedNumber(page)).toBe(t)
    expect(await nextVisit()).toMatchObject(AS_BEFORE)
  })

  it.each<[Damage, lines: number]>([
    ['texts cut', 1],
    ['texts missing', 1],
    ['nonsense', 1],
    ['nulls', 0],
    ['format of tomorrow', 0],
  ])('is not trusted: %s, which takes %i lines to say', async (damage, lines) => {
    const first = await visited()
    await spoil(first, damage)
    const before = await generation(first)
    const page = await site.open(quiet, { into: await patientPage() })
    expect((await site.ready(page)).ready).toBe(true)
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    const said = 'pennon: the cache of definitions is not whole: everything is fetched anew'
    await expect.poll(() => site.logged(page)).toEqual(Array.from({ length: lines }, () => said))
    // The cache is repaired.
    const isNew = async () => ![before, undefined].includes(await generation(page))
    await expect.poll(isNew, { timeout: 10_000 }).toBe(true)
    await page.evaluate(() => client.destroy())
    expect(await nextVisit()).toMatchObject(AS_BEFORE)
  })

  it('is not trusted: a definition that is another flag’s, which only a decision finds', async () => {
    await spoil(await visited(), 'another name')
    site.server.clearReceived()
    const page = await site.open(quiet)
    await site.ready(page)
    await site.becomes(page, 'plain', 'on')
    expect(site.asked('/splitChanges').at(-1)).toBe('/splitChanges?s=1.3&since=-1&rbSince=-1')
  })
})

type Damage = 'texts cut' | 'texts missing' | 'nonsense' | 'nulls' | 'format of tomorrow' | 'another name'

/** Damages all records of the cache. */
const spoil = (page: Page, damage: Damage) =>
  page.evaluate(
    async (name, how) => {
      const result = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve) => {
          request.onsuccess = () => resolve(request.result)
        })
      const database = await result(indexedDB.open(name))
      const open = () => database.transaction('entries', 'readwrite').objectStore('entries')
      const keys = await result(open().getAllKeys())
      const values: unknown[] = await result(open().getAll())
      const spoilt = async (value: unknown): Promise<unknown> => {
        if (how === 'nonsense') return { format: 2, nonsense: true }
        if (how === 'nulls') return null
        // WebKit stores no files in a private window, and all windows of its driver are private.
        const isFile = value instanceof Blob
        if (!isFile && !(value instanceof ArrayBuffer)) {
          return how === 'format of tomorrow' ? { ...(value as object), format: 99 } : value
        }
        if (how === 'texts missing') return undefined
        const text = await new Blob([value]).text()
        // The texts are put into a new file, because Firefox would store the whole one again if it got a slice of it.
        const texts = new Blob([how === 'texts cut' ? text.slice(0, -40) : text.replace('"plain"', '"pla1n"')])
        return isFile ? texts : texts.arrayBuffer()
      }
      const all = await Promise.all(values.map(spoilt))
      const store = open()
      keys.forEach((key, i) => (all[i] === undefined ? store.delete(key) : store.put(all[i], key)))
      await new Promise((resolve) => (store.transaction.oncomplete = resolve))
      database.close()
    },
    DATABASE,
    damage,
  )

describe('a database that fails in mid-session', () => {
  const use = async (page: Page) => {
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
    site.server.changeFlag('plain', { killed: false })
    await site.becomes(page, 'plain', 'on')
  }
  const live = async (more: DemoServerOptions = {}) => {
    site = await openSite(browser, { ...options, ...more })
    const page = await site.open()
    await site.ready(page)
    await site.server.streaming.connected()
    await stored(page)
    return page
  }

  it('another tab deletes it: not in the way, written anew', async () => {
    const page = await live()
    const other = await site.context.newPage()
    await other.goto(site.address('/next.html'))
    const outcome = await other.evaluate(
      (name) =>
        new Promise((resolve) => {
          const request = indexedDB.deleteDatabase(name)
          request.onsuccess = () => resolve('deleted')
          request.onblocked = () => resolve('blocked')
        }),
      DATABASE,
    )
    expect(outcome).toBe('deleted')
    await page.bringToFront()
    await use(page)
    await expect.poll(() => storedNumber(page)).toBe(site.server.definitions.ff.t)
    expect(await site.logged(page)).toEqual([])
  })

  it.skipIf(!can.cdp)('the browser drops the connection: opened anew', async () => {
    const page = await live()
    const session = await page.createCDPSession()
    await session.send('Storage.clearDataForOrigin', {
      origin: new URL(site.server.pageUrl).origin,
      storageTypes: 'indexeddb',
    })
    await use(page)
    await expect.poll(() => storedNumber(page)).toBe(site.server.definitions.ff.t)
    expect((await site.logged(page)).length).toBeLessThanOrEqual(1)
  })

  it.skipIf(!can.cdp)('it is full: goes on from memory, one log line', async () => {
    site = await openSite(browser, options)
    const page = await site.context.newPage()
    await page.goto(site.address('/next.html'))
    // The quota is set before the database is opened, because Chromium remembers for a while how much is left.
    const session = await page.createCDPSession()
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.server.pageUrl).origin, quotaSize: 1 })
    await site.open({ persistence: 'definitions' }, { into: page })
    expect((await site.ready(page)).ready).toBe(true)
    await site.server.streaming.connected()
    await expect.poll(() => site.logged(page), { timeout: 10_000 }).toHaveLength(1)
    await use(page)
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    const lines = await site.logged(page)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain('Quota')
  })

  it('another tab blocks it: ready in time from the network', async () => {
    site = await openSite(browser, options)
    const other = await site.context.newPage()
    await other.goto(site.address('/next.html'))
    await other.evaluate(async (name) => {
      const request = indexedDB.open(name)
      request.onupgradeneeded = () => request.result.createObjectStore('entries')
      await new Promise((resolve) => (request.onsuccess = resolve))
      Object.assign(globalThis, { connection: request.result })
      // The other page does not listen to `versionchange`, so that the deletion waits, and every open waits behind it.
      await new Promise((resolve) => (indexedDB.deleteDatabase(name).onblocked = resolve))
    }, DATABASE)
    const page = await site.open()
    const status = await site.ready(page)
    expect(status).toMatchObject({ ready: true, timedOut: false, source: 'network' })
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    await expect.poll(() => site.logged(page), { timeout: 10_000 }).toHaveLength(1)
    await other.evaluate(() => connection.close())
    await use(page)
    expect(await site.logged(page)).toHaveLength(1)
  })
})
