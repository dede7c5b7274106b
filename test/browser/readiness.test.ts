import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { stored } from './cacheRecords'
import { launch } from './launch'
import { definitionsOf, flag, hurry, openSite, rule, staff, type Site } from './site'

declare const client: Client
declare const order: string[]

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => site.close())

const options = {
  definitions: definitionsOf([flag('plain'), staff]),
  memberships: { 'user-1': { segments: ['employees'] } },
}
const milestones = async (page: Page) =>
  Object.fromEntries(
    await Promise.all(
      (['readyFromCache', 'ready', 'timeout'] as const).map(async (event) => [
        event,
        (await site.heard(page, event)).length,
      ]),
    ),
  ) as Record<string, number>

describe('readiness', () => {
  it('waits for definitions and memberships, each once, in every way of asking', async () => {
    site = await openSite(browser, options)
    const undo = site.server.fault('/memberships', { hang: true })
    const page = await site.open({ requestTimeoutMs: 300 })
    await site.server.waitFor(1, ({ path, status }) => path === '/splitChanges' && status === 200)
    await expect.poll(async () => (await site.status(page)).source).toBe('network')
    // It is not ready from the cache either, because nothing is known of the user's segments.
    expect(await site.status(page)).toMatchObject({ ready: false, readyFromCache: false })
    await expect.poll(() => page.evaluate(() => client.explain('staff')?.label)).toBe('not ready')
    undo()
    expect(await site.ready(page)).toMatchObject({ ready: true, readyFromCache: true, timedOut: false })
    expect(await milestones(page)).toEqual({ readyFromCache: 1, ready: 1, timeout: 0 })
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    // Late listeners are called, and late promises resolve, too.
    await page.evaluate(async () => {
      const heard: string[] = []
      for (const event of ['ready', 'readyFromCache', 'timeout'] as const) client.once(event, () => heard.push(event))
      await Promise.all([client.whenReady(), client.whenReadyFromCache()])
      Object.assign(globalThis, { order: heard })
    })
    await expect.poll(() => page.evaluate(() => order)).toEqual(['ready', 'readyFromCache'])
  })

  it('comes with the first answers where the page is busy for longer than these may take', async () => {
    site = await openSite(browser, options)
    const into = await site.context.newPage()
    await into.evaluateOnNewDocument(() => {
      const { fetch } = globalThis
      globalThis.fetch = (...parameters) => {
        globalThis.fetch = fetch
        setTimeout(() => {
          const end = performance.now() + 4_500
          while (performance.now() < end);
        })
        return fetch(...parameters)
      }
    })
    const page = await site.open({ requestTimeoutMs: 4_000, streaming: false }, { into })
    await site.ready(page)
    expect([...site.asked('/splitChanges'), ...site.asked('/memberships')]).toHaveLength(2)
    expect(await site.logged(page)).toEqual([])
  })

  it('times out once, hangs nobody, and comes late', async () => {
    site = await openSite(browser, options)
    const undo = site.server.fault('/', { hang: true })
    const page = await site.open({ readyTimeoutMs: 500, requestTimeoutMs: 1500, logLevel: 'none' })
    expect(await site.ready(page)).toMatchObject({ ready: false, timedOut: true })
    expect(await site.treatments(page, ['plain'])).toEqual(['control'])
    undo()
    await site.becomes(page, 'staff', 'on')
    await expect.poll(() => milestones(page)).toEqual({ readyFromCache: 1, ready: 1, timeout: 1 })
    expect(await site.status(page)).toMatchObject({ ready: true, timedOut: true, source: 'network' })
  })

  it('of a page whose listeners throw is the same', async () => {
    site = await openSite(browser, options)
    const page = await site.open()
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(String(error)))
    await page.evaluate(async () => {
      for (const event of ['ready', 'readyFromCache', 'update'] as const) {
        client.on(event, () => {
          throw new Error('foreign')
        })
      }
      await client.whenReady()
    })
    await site.server.streaming.connected()
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
    expect(await milestones(page)).toMatchObject({ ready: 1 })
    expect(errors).toEqual([])
  })

  it('tells who is blocked, and how old the answers are', async () => {
    site = await openSite(browser, options)
    const page = await site.open({ streaming: false, definitionsRefreshMs: 1000 })
    await site.ready(page)
    expect(await site.status(page)).toMatchObject({ source: 'network', stale: false, blocked: [] })
    site.server.fault('/splitChanges', { reset: true })
    await expect.poll(async () => (await site.status(page)).stale, { timeout: 10_000 }).toBe(true)
    expect((await site.status(page)).age).toBeGreaterThan(3000)
  })
})

describe('the update policy', () => {
  const open = async (updatePolicy: string) => {
    site = await openSite(browser, options)
    const page = await site.open({ updatePolicy })
    await site.ready(page)
    await site.server.streaming.connected()
    await site.server.waitFor(2, ({ method, path }) => method === 'GET' && path === '/splitChanges')
    return page
  }
  /** Waits until a change has arrived, whether or not it is shown. */
  const arrived = async (page: Page) => {
    await site.server.waitFor(3, ({ method, path }) => method === 'GET' && path === '/splitChanges')
    await page.waitForFunction(
      () => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/splitChanges')).length >= 3,
    )
    return page
  }

  it('immediate: at once', async () => {
    const page = await open('immediate')
    site.server.changeFlag('plain', { killed: true })
    await site.becomes(page, 'plain', 'off')
  })

  it('nextLoad: answers stay put for the life of the page, but a kill counts at once', async () => {
    const page = await open('nextLoad')
    site.server.changeFlag('staff', { conditions: [] }, { announce: 'bare' })
    await arrived(page)
    site.server.kill('plain', 'gone')
    await site.becomes(page, 'plain', 'gone')
    expect(await site.treatments(page, ['staff'])).toEqual(['on'])
    expect(await site.heard(page, 'update')).toEqual([{ type: 'flags', names: ['plain'] }])
    // The next page has it. What this one has is stored when its client has ended.
    await page.evaluate(() => client.destroy())
    const next = await site.open({ updatePolicy: 'nextLoad' })
    await site.ready(next)
    expect(await site.treatments(next, ['plain', 'staff'])).toEqual(['gone', 'control'])
  })

  it('nextLoad: the first page of a visitor who comes back keeps what the cache said', async () => {
    const first = await open('nextLoad')
    await first.evaluate(() => client.destroy())
    site.server.changeFlag('plain', {
      defaultTreatment: 'never',
      conditions: [rule('new', { matcherType: 'ALL_KEYS' })],
    })
    const into = await site.context.newPage()
    // However long the database takes: its page waits 10 s for it.
    await hurry(into, 1 / 40)
    const page = await site.open({ updatePolicy: 'nextLoad' }, { into })
    const status = await site.ready(page)
    expect(status).toMatchObject({ ready: true, source: 'cache' })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    const next = await site.open({ updatePolicy: 'nextLoad' })
    await site.ready(next)
    expect(await site.treatments(next, ['plain'])).toEqual(['new'])
  })

  it('manual: when it is asked for', async () => {
    const page = await open('manual')
    site.server.changeFlag('staff', { conditions: [rule('new', { matcherType: 'ALL_KEYS' })] })
    await expect.poll(() => page.evaluate(() => client.update())).toBe(true)
    expect(await site.treatments(page, ['staff'])).toEqual(['new'])
    expect(await page.evaluate(() => client.update())).toBe(false)
    expect(await site.heard(page, 'update')).toEqual([{ type: 'flags', names: ['staff'] }])
  })
})

describe('bootstrap', () => {
  const bootstrap = {
    splitChanges: definitionsOf(
      [flag('plain', { conditions: [rule('brought', { matcherType: 'ALL_KEYS' })] }), staff],
      50,
    ),
    memberships: { 'user-1': { ms: { k: [{ n: 'employees' }], cn: 1 }, ls: { k: [] } } },
  }

  it('can be read in the next line, and the service’s answers follow', async () => {
    site = await openSite(browser, options)
    site.server.fault('/', { delayMs: 300 })
    const page = await site.context.newPage()
    await page.goto(site.address('/script.html'))
    const first = await page.evaluate(
      (apiUrl, given) => {
        const { pennon } = globalThis as unknown as { pennon: { createClient(settings: object): Client } }
        const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
        const made = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls, bootstrap: given })
        Object.assign(globalThis, { client: made })
        const { ready, readyFromCache, source } = made.status()
        return { treatments: ['plain', 'staff'].map((name) => made.getTreatment(name)), ready, readyFromCache, source }
      },
      site.server.apiUrl,
      bootstrap,
    )
    expect(first).toEqual({ treatments: ['brought', 'on'], ready: false, readyFromCache: true, source: 'bootstrap' })
    expect(await site.ready(page)).toMatchObject({ ready: true, source: 'network' })
    await site.becomes(page, 'plain', 'on')
    expect(site.asked('/splitChanges')[0]).toContain('since=50')
  })

  it('is what stays when the service is gone', async () => {
    site = await openSite(browser, options)
    site.server.fault('/', { status: 503 })
    const page = await site.open({ bootstrap, readyTimeoutMs: 300, logLevel: 'none' })
    expect(await site.ready(page)).toMatchObject({ ready: false, timedOut: true, source: 'bootstrap' })
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['brought', 'on'])
  })

  it('that is older than the cache gives way to it', async () => {
    site = await openSite(browser, options)
    const first = await site.open()
    await site.ready(first)
    await stored(first)
    await first.evaluate(() => client.destroy())
    site.server.fault('/', { status: 503 })
    const page = await site.open({ bootstrap, logLevel: 'none' })
    await site.becomes(page, 'plain', 'on')
  })
})

describe('several keys', () => {
  it('share definitions and own their memberships; A, B, A with a slow B ends at A', async () => {
    site = await openSite(browser, options)
    const page = await site.open({ key: 'user-1', streaming: false })
    await site.ready(page)
    site.server.fault('/memberships/slow', { delayMs: 1000 })
    const first = await page.evaluate(() => {
      const [a, b] = [client.forKey('user-1'), client.forKey('slow')]
      const treatments = [b.getTreatment('plain'), b.getTreatment('staff'), a.getTreatment('staff')]
      return { isSame: [a === client, b === client.forKey('slow')], treatments }
    })
    expect(first).toEqual({ isSame: [true, true], treatments: ['control', 'control', 'on'] })
    await page.evaluate(() => client.forKey('slow').whenReady())
    expect(await site.treatments(page, ['plain', 'staff'], 'slow')).toEqual(['on', 'off'])
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'on'])
    expect(site.asked('/splitChanges')).toHaveLength(1)
  })

  it('one that went takes nothing with it, and comes back anew', async () => {
    site = await openSite(browser, options)
    const page = await site.open({ key: 'user-2' })
    await site.ready(page)
    await page.evaluate(() => client.forKey('user-1').whenReady())
    await page.evaluate(() => client.forKey({ matchingKey: 'user-1', bucketingKey: 'other' }).destroy())
    expect(await site.treatments(page, ['staff'], 'user-1')).toEqual(['on'])
    await page.evaluate(() => client.forKey('user-1').destroy())
    expect(await site.treatments(page, ['plain', 'staff'])).toEqual(['on', 'off'])
    await page.evaluate(() => client.forKey('user-1').whenReady())
    expect(await site.treatments(page, ['staff'], 'user-1')).toEqual(['on'])
  })
})
