import { readFileSync } from 'node:fs'
import type { Browser, HTTPRequest, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Client } from '../../src/client/types/client'
import { SDK_VERSION } from '../../src/shared/version'
import { can } from './engine'
import { launch } from './launch'
import { stored } from './cacheRecords'
import { named } from './named'
import { definitionsOf, flag, isComplete, openSite, staff, type Site } from './site'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client
declare const told: string[]

/** What becomes of a page's requests for the second file. */
interface Gate {
  /** Lets through what is held, and what comes. */
  open(): Promise<void>
  /** Refuses what is held, and what comes. */
  block(): Promise<void>
  /** How often the page asked. */
  asked(): number
}

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
afterEach(() => site.close())

/** What the page knows without the second file. */
const bootstrap = { splitChanges: definitionsOf([flag('plain')]), memberships: {} }

/** A new page whose requests for the second file are held back. */
async function gatedPage(
  options: Parameters<typeof openSite>[1] = {},
  on = browser,
): Promise<{ page: Page; gate: Gate }> {
  site = await openSite(on, options)
  const page = await site.context.newPage()
  const act = {
    open: (request: HTTPRequest) => request.continue(),
    block: (request: HTTPRequest) => request.abort(),
    hold: async (request: HTTPRequest) => void held.push(request),
  }
  const held: HTTPRequest[] = []
  let asked = 0
  let become: keyof typeof act = 'hold'
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    if (!request.url().endsWith('/dist/late.js')) return void act.open(request)
    asked++
    void act[become](request)
  })
  const settle = async (next: 'open' | 'block') => {
    become = next
    await Promise.all(held.splice(0).map(act[next]))
  }
  return { page, gate: { open: () => settle('open'), block: () => settle('block'), asked: () => asked } }
}

/** Imports the second file as the page's client does, so that what that had to run has run. A text: no tool of the tests may change it. */
const importLate = (page: Page) => page.evaluate(`import('/dist/late.js').then(() => 'loaded', () => 'failed')`)
/** Why the flag is on, which a page can say once the second file is there. */
const label = (page: Page) => page.evaluate(() => client.explain('plain')?.label)
const whenReady = (page: Page) => page.evaluate(() => client.whenReady())
const received = () => site.server.impressions().map(({ flag: name, transport }) => [name, transport])
/** Starts what will say so on the page when it is done. */
const begin = (page: Page, what: 'flush' | 'whenReadyFromCache') =>
  page.evaluate((name) => {
    const list = ((globalThis as unknown as { told?: string[] }).told ??= [])
    void client[name]().then(() => list.push(name))
  }, what)

describe.skipIf(!can.interception)('until the second file is there', () => {
  it('a page decides, says what it can, and has asked the service already; flush() waits', async () => {
    const { page, gate } = await gatedPage()
    await site.open({ bootstrap }, { into: page })
    await site.server.waitFor(1, '/splitChanges')
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    expect(await label(page)).toBeUndefined()
    expect(await whenReady(page)).toMatchObject({ ready: true, source: 'network', dropped: 0, blocked: [] })
    await begin(page, 'flush')
    expect(await page.evaluate(() => told)).toEqual([])
    expect(received()).toEqual([])

    await gate.open()
    await page.waitForFunction(() => told.includes('flush'))
    expect(received()).toEqual([['plain', 'fetch']])
    expect(await label(page)).toBe('a rule')
    expect(site.asked('/splitChanges').filter((url) => url.includes('since=-1'))).toHaveLength(0)
    expect(gate.asked()).toBe(1)
  })

  it('a first visit is ready, and what it was answered is stored later', async () => {
    const { page, gate } = await gatedPage({
      definitions: definitionsOf([staff]),
      memberships: { 'user-1': { segments: ['employees'] } },
    })
    await site.open({ streaming: false }, { into: page })
    expect(await whenReady(page)).toMatchObject({ ready: true, timedOut: false, source: 'network' })
    expect(await site.treatments(page, ['staff'])).toEqual(['on'])
    // The second file is asked for as soon as the answers are there.
    await expect.poll(gate.asked).toBe(1)
    expect(await page.evaluate(() => client.explain('staff') === undefined)).toBe(true)

    await gate.open()
    await stored(page)
    expect(['/splitChanges', '/memberships'].map((path) => site.asked(path).length)).toEqual([1, 1])
    await page.evaluate(() => client.flush())
    expect(received()).toEqual([['staff', 'fetch']])
  })

  it('a first visit whose service hangs asks for the file nevertheless', async () => {
    const { page, gate } = await gatedPage()
    site.server.fault('/', { hang: true })
    await site.open({ logLevel: 'none' }, { into: page })
    await expect.poll(gate.asked, { timeout: 10_000 }).toBe(1)
    expect(await site.status(page)).toMatchObject({ ready: false, source: 'none' })
  })

  it('overrides hold readiness back, and integrations hear later what was decided before', async () => {
    const { page, gate } = await gatedPage()
    await site.open({ bootstrap, allowOverrides: true }, { into: page })
    await begin(page, 'whenReadyFromCache')
    await page.evaluate(
      (apiUrl, brought) => {
        const heard: string[] = []
        const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
        const impression = ({ flag: name }: { flag: string }) => void heard.push(name)
        const integrations = [{ name: 'own', start: () => void heard.push('start'), impression, stop() {} }]
        const made = pennon.createClient({ sdkKey: 'other-key', key: 'user-1', urls, bootstrap: brought, integrations })
        made.getTreatment('plain')
        Object.assign(globalThis, { heardByTool: heard })
      },
      site.server.apiUrl,
      bootstrap,
    )
    expect(await site.status(page)).toMatchObject({ readyFromCache: false })
    expect(await page.evaluate(() => told)).toEqual([])
    const heardByTool = () => page.evaluate(() => (globalThis as unknown as { heardByTool: string[] }).heardByTool)
    expect(await heardByTool()).toEqual([])

    await gate.open()
    await page.waitForFunction(() => told.includes('whenReadyFromCache'))
    await expect.poll(heardByTool).toEqual(['start', 'plain'])
  })

  it('overrides can be set in a panel that was opened before', async () => {
    const { page, gate } = await gatedPage()
    await site.open({ bootstrap, allowOverrides: true }, { into: page })
    await page.evaluate(
      `import('/dist/devtools.js').then(({ mountDevtools }) => void mountDevtools(client, { open: true }))`,
    )
    const press = (name: string, role: string) => page.locator(named(name, role)).click()
    await press('Overrides', 'tab')
    await press('Flags', 'tab')
    await gate.open()
    await isComplete(page)
    await press('Overrides', 'tab')
    await page.locator('pennon-devtools >>> #override-flag').fill('plain')
    await page.locator('pennon-devtools >>> #override-treatment').fill('green')
    await press('Override', 'button')
    await expect.poll(() => site.treatments(page, ['plain'])).toEqual(['green'])
    await press('Flags', 'tab')
    await page.locator('pennon-devtools >>> .flags .row').click()
    await press('Take back', 'button')
    await expect.poll(() => site.treatments(page, ['plain'])).toEqual(['on'])
  })

  it('a page that goes away hands over what it recorded', async () => {
    const { page } = await gatedPage()
    await site.open({ bootstrap }, { into: page })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    await page.goto(site.address('/next.html'))
    await expect.poll(received).toEqual([['plain', 'beacon']])
  })

  it('destroy() waits no longer than for a request, hands over what was recorded, and is final', async () => {
    const { page, gate } = await gatedPage()
    await site.open({ bootstrap, requestTimeoutMs: 300 }, { into: page })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    await page.evaluate(() => client.destroy())
    await expect.poll(received).toEqual([['plain', 'beacon']])
    await gate.open()
    expect(await importLate(page)).toBe('loaded')
    expect(await label(page)).toBeUndefined()
  })

  it('destroy() hands over nothing of a prerendered page that nobody saw', async () => {
    const { page } = await gatedPage()
    await page.evaluateOnNewDocument(() => {
      Object.defineProperty(Document.prototype, 'prerendering', { value: true })
    })
    await site.open({ bootstrap, requestTimeoutMs: 300 }, { into: page })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    await page.evaluate(() => client.destroy())
    await page.goto(site.address('/next.html'))
    expect(received()).toEqual([])
  })

  it('a load that fails after destroy() is nobody’s fault', async () => {
    const { page, gate } = await gatedPage()
    const faults: unknown[] = []
    page.on('pageerror', (fault) => faults.push(fault))
    await site.open({ bootstrap, requestTimeoutMs: 300 }, { into: page })
    await page.evaluate(() => client.destroy())
    await gate.block()
    expect(await importLate(page)).toBe('failed')
    expect(faults).toEqual([])
    expect(await site.logged(page)).toEqual([])
  })
})

describe.skipIf(!can.interception)('a second file that cannot be loaded', () => {
  it('costs one line, and is loaded once the page is online again', async () => {
    const { page, gate } = await gatedPage()
    await gate.block()
    await site.open({ bootstrap }, { into: page })
    await expect.poll(() => site.logged(page)).toEqual([expect.stringContaining('pennon: second file missing')])
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    await page.evaluate(() => client.flush())
    // The first answer, which the second file takes over, is there before the network goes.
    await page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes('/splitChanges')),
    )

    await page.setOfflineMode(true)
    await gate.open()
    await page.setOfflineMode(false)
    await expect.poll(() => label(page)).toBe('a rule')
    expect(await site.ready(page)).toMatchObject({ ready: true, source: 'network' })
    await page.evaluate(() => client.flush())
    expect(received()).toEqual([['plain', 'fetch']])
    expect(await site.logged(page)).toEqual([expect.stringContaining('pennon: second file missing')])
  })

  it('is loaded once somebody looks at the page again', async () => {
    const windows = await launch({ windows: true, requests: true })
    onTestFinished(() => windows.close())
    const { page, gate } = await gatedPage({}, windows)
    await gate.block()
    await site.open({ bootstrap }, { into: page })
    await expect.poll(() => site.logged(page)).toHaveLength(1)
    const other = await site.context.newPage()
    await other.bringToFront()
    await page.waitForFunction(() => document.visibilityState === 'hidden', { polling: 20 })
    await gate.open()
    await page.bringToFront()
    await expect.poll(() => label(page)).toBe('a rule')
    expect(await site.ready(page)).toMatchObject({ ready: true, source: 'network' })
  })

  it('is not asked for again by a client that was destroyed meanwhile', async () => {
    const { page, gate } = await gatedPage()
    await site.open({ bootstrap }, { into: page })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    const destroyed = page.evaluate(() => client.destroy())
    await gate.block()
    await destroyed
    await expect.poll(received).toEqual([['plain', 'beacon']])
    expect(gate.asked()).toBe(1)
    await page.evaluate(() => addEventListener('online', () => Object.assign(globalThis, { isOnline: true })))
    await page.setOfflineMode(true)
    await page.setOfflineMode(false)
    await page.waitForFunction('globalThis.isOnline')
    // A module of another address, which the page asks for after whatever pennon asks for: the same one might share pennon's request.
    expect(await page.evaluate(`import('/dist/late.js?other').then(() => 'loaded')`)).toBe('loaded')
    expect(gate.asked()).toBe(1)
  })
})

it('a second file of another release is refused in one line, and decisions go on', async () => {
  site = await openSite(browser)
  const late = readFileSync('dist/late.js', 'utf8')
  expect(late).toContain(SDK_VERSION)
  site.server.serve('/dist/late.js', late.replaceAll(SDK_VERSION, 'pennon-0.0.9'), {
    'content-type': 'text/javascript',
  })
  const page = await site.open({ bootstrap })
  await expect
    .poll(() => site.logged(page))
    .toEqual([`pennon: the second file is of pennon-0.0.9, the first of ${SDK_VERSION}: serve both from one release`])
  expect(await site.treatments(page, ['plain'])).toEqual(['on'])
  await page.evaluate(() => client.flush())
  await page.goto(site.address('/next.html'))
  await expect.poll(received).toEqual([['plain', 'beacon']])
})

it('a factory of pennon/compat hears that another tab declined, and can be granted again', async () => {
  site = await openSite(browser)
  const open = async () => {
    const page = await site.context.newPage()
    await page.goto(site.address('/module.html'))
    await page.evaluate(`import('/dist/compat.js').then(({ SplitFactory }) => {
      const url = ${JSON.stringify(site.server.apiUrl)}
      const urls = { sdk: url, events: url, telemetry: url, auth: url, streaming: url }
      globalThis.factory = SplitFactory({ core: { authorizationKey: 'sdk-key', key: 'user-1' }, urls, streamingEnabled: false })
      return factory.client().whenReady()
    })`)
    return page
  }
  const [one, other] = [await open(), await open()]
  const consent = (page: Page) => page.evaluate('factory.UserConsent.getStatus()')
  // The second file hears of other tabs. It is there some time after the answers.
  await expect
    .poll(async () => {
      await one.evaluate('factory.UserConsent.setStatus(true), factory.UserConsent.setStatus(false)')
      return consent(other)
    })
    .toBe('DECLINED')
  expect(await other.evaluate('factory.UserConsent.setStatus(true), factory.settings.userConsent')).toBe('GRANTED')
  await other.evaluate(`factory.client().getTreatment('plain'), factory.client().flush?.()`)
  await other.evaluate('factory.destroy()')
  await expect.poll(() => site.server.impressions().length).toBe(1)
})
