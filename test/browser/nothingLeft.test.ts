import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { stored } from './cacheRecords'
import { launch } from './launch'
import { definitionsOf, flag, inSegment, openSite, rule, type Site } from './site'

declare const client: Client
declare const open: Open

/** The things that are open on a page, by kind. */
interface Open {
  counts(): Record<string, number>
  /** The kinds of things that were ever opened: a missing one would mean that the wrong thing is watched. */
  kinds(): string[]
}

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => site.close())

/** Watches everything that a script can leave behind. It runs before any other script. */
function watch() {
  const live = new Map<string, Set<unknown>>()
  const of = (kind: string) => live.get(kind) ?? live.set(kind, new Set()).get(kind) ?? new Set()

  // Timers of both kinds and idle callbacks are watched.
  const { setTimeout: set, clearTimeout: clear } = globalThis
  Object.assign(globalThis, {
    setTimeout(run: () => void, ms?: number) {
      const id = set(() => {
        of('timers').delete(id)
        run()
      }, ms)
      of('timers').add(id)
      return id
    },
    clearTimeout(id: number) {
      of('timers').delete(id)
      clear(id)
    },
  })
  const { setInterval: repeat, clearInterval: stop } = globalThis
  Object.assign(globalThis, {
    setInterval(run: () => void, ms?: number) {
      const id = repeat(run, ms)
      of('intervals').add(id)
      return id
    },
    clearInterval(id: number) {
      of('intervals').delete(id)
      stop(id)
    },
  })
  const { requestIdleCallback: whenIdle, cancelIdleCallback: cancel } = globalThis
  // WebKit has no idle callbacks.
  const idle = {
    requestIdleCallback(run: IdleRequestCallback, options?: IdleRequestOptions) {
      const id = whenIdle((deadline) => {
        of('idle callbacks').delete(id)
        run(deadline)
      }, options)
      of('idle callbacks').add(id)
      return id
    },
    cancelIdleCallback(id: number) {
      of('idle callbacks').delete(id)
      cancel(id)
    },
  }
  if ('requestIdleCallback' in globalThis) Object.assign(globalThis, idle)

  // Listeners on the page itself; those on a connection or a request go with it.
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype
  const isOfPage = (target: unknown) => target === window || target === undefined || target === document
  const name = (type: string, listener: unknown, options: unknown) => {
    const isCapture = typeof options === 'object' ? !!(options as { capture?: boolean })?.capture : !!options
    const ids = ((globalThis as unknown as { ids?: Map<unknown, number> }).ids ??= new Map())
    if (!ids.has(listener)) ids.set(listener, ids.size)
    return `${type} ${ids.get(listener)} ${isCapture}`
  }
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (isOfPage(this)) of('listeners').add(name(type, listener, options))
    return add.call(this ?? window, type, listener, options)
  }
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    if (isOfPage(this)) of('listeners').delete(name(type, listener, options))
    return remove.call(this ?? window, type, listener, options)
  }

  // Connections are watched.
  const Source = EventSource
  class WatchedSource extends Source {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init)
      of('streams').add(this)
    }
    override close() {
      of('streams').delete(this)
      super.close()
    }
  }
  Object.assign(globalThis, { EventSource: WatchedSource })
  const { fetch: ask } = globalThis
  globalThis.fetch = async (...args) => {
    const mark = {}
    of('requests').add(mark)
    try {
      return await ask(...args)
    } finally {
      of('requests').delete(mark)
    }
  }
  const Channel = BroadcastChannel
  class WatchedChannel extends Channel {
    constructor(to: string) {
      super(to)
      of('channels').add(this)
    }
    override close() {
      of('channels').delete(this)
      super.close()
    }
  }
  Object.assign(globalThis, { BroadcastChannel: WatchedChannel })

  // Databases are watched.
  const { open: openDatabase } = IDBFactory.prototype
  IDBFactory.prototype.open = function (...args) {
    const request = openDatabase.apply(this, args)
    add.call(request, 'success', () => of('databases').add(request.result))
    return request
  }
  const { close } = IDBDatabase.prototype
  IDBDatabase.prototype.close = function () {
    of('databases').delete(this)
    close.call(this)
  }

  const watcher: Open = {
    counts: () => Object.fromEntries([...live].map(([kind, set]) => [kind, set.size])),
    kinds: () => [...live.keys()].sort(),
  }
  Object.assign(globalThis, { open: watcher })
}

const locks = (page: Page) =>
  page.evaluate(async () => {
    const { held = [], pending = [] } = await navigator.locks.query()
    return held.length + pending.length
  })
/** The kinds of which something is open, with their numbers. */
const left = async (page: Page) => {
  const counts = await page.evaluate(() => open.counts())
  return Object.fromEntries(
    Object.entries({ ...counts, locks: await locks(page), served: site.server.streaming.connections() }).filter(
      ([, count]) => count > 0,
    ),
  )
}

async function watched(settings: object = {}) {
  const staff = flag('staff', { conditions: [rule('on', inSegment('employees'))] })
  site = await openSite(browser, { definitions: definitionsOf([flag('plain'), staff]) })
  const page = await site.context.newPage()
  await page.evaluateOnNewDocument(watch)
  await site.open(settings, { into: page })
  return page
}

describe('after destroy() nothing is left', () => {
  it('of a client in full use: stream, keys, listeners, outbox', async () => {
    const page = await watched()
    await site.ready(page)
    await site.server.streaming.connected()
    await expect.poll(() => locks(page)).toBe(1)
    await page.evaluate(async () => {
      const other = client.forKey('user-2')
      await other.whenReady()
      client.on('impression', () => undefined)
      for (const name of ['plain', 'staff']) [client, other].map((one) => one.getTreatment(name))
    })
    // What is watched is really there: a watcher of the wrong names would find nothing either.
    await expect
      .poll(() => left(page))
      .toMatchObject({
        databases: 2,
        listeners: expect.any(Number) as number,
        locks: 1,
        served: 1,
        streams: 1,
        timers: expect.any(Number) as number,
      })
    await page.evaluate(() => client.destroy())
    await expect.poll(() => left(page)).toEqual({})
    expect(site.server.impressions()).toHaveLength(4)
  })

  it.each<[string, object, ((path: string) => void) | undefined]>([
    ['at once', {}, undefined],
    ['while everything hangs', { requestTimeoutMs: 60_000 }, (path) => void site.server.fault(path, { hang: true })],
    ['while everything fails', {}, (path) => void site.server.fault(path, { status: 503 })],
  ])('of a client that is destroyed %s', async (_what, settings, spoil) => {
    const staff = flag('staff', { conditions: [rule('on', inSegment('employees'))] })
    site = await openSite(browser, { definitions: definitionsOf([staff]) })
    spoil?.('/')
    const page = await site.context.newPage()
    await page.evaluateOnNewDocument(watch)
    await site.open(settings, { into: page })
    await page.evaluate(() => client.destroy())
    await expect.poll(() => left(page)).toEqual({})
  })

  it('of a client whose stream is being connected, or waits for its next try', async () => {
    const page = await watched()
    site.server.fault('/v2/auth', { hang: true })
    await site.ready(page)
    await site.server.waitFor(1, '/v2/auth')
    await page.evaluate(() => client.destroy())
    await expect.poll(() => left(page)).toEqual({})
  })

  it('nor of one that is told of consent afterwards', async () => {
    const page = await watched()
    await site.ready(page)
    await page.evaluate(async () => {
      await client.destroy()
      client.consent.set('declined')
      client.consent.set('granted')
    })
    await expect.poll(() => left(page)).toEqual({})
    expect(await site.logged(page)).toEqual([])
  })

  it('where an earlier page stored something, neither, and other clients do not decline with it', async () => {
    const page = await watched()
    await site.ready(page)
    await stored(page)
    await page.evaluate(() => client.destroy())
    const decline = () =>
      page.evaluate(async () => {
        await client.destroy()
        client.consent.set('declined')
      })
    await site.open({ persistence: 'none' }, { into: page })
    await site.ready(page)
    await decline()
    // What would be opened is opened within a few turns.
    await page.evaluate(() => indexedDB.databases())
    await expect.poll(() => left(page)).toEqual({})

    const other = await site.open()
    await site.ready(other)
    await site.open({}, { into: page })
    await site.ready(page)
    await decline()
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)))
    expect(await other.evaluate(() => client.consent.get())).toBe('granted')
  })

  it('of ten clients, one after the other', async () => {
    const page = await watched()
    await site.ready(page)
    await page.evaluate(() => client.destroy())
    for (let i = 0; i < 9; i++) {
      await page.evaluate(async (apiUrl) => {
        const { pennon } = globalThis as unknown as { pennon: { createClient(settings: object): Client } }
        const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
        const made = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls, logLevel: 'none' })
        await made.whenReady()
        made.getTreatment('plain')
        await made.destroy()
      }, site.server.apiUrl)
    }
    await expect.poll(() => left(page)).toEqual({})
  })
})

it('nothing happens on import', async () => {
  site = await openSite(browser)
  const page = await site.context.newPage()
  await page.evaluateOnNewDocument(watch)
  for (const path of ['/module.html', '/script.html']) {
    await page.goto(site.address(path))
    expect(await page.evaluate(() => 'pennon' in globalThis)).toBe(true)
    expect(await page.evaluate(() => open.kinds())).toEqual([])
  }
  expect(site.server.received).toEqual([])
})
