import type { Browser, Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { createDemoServer, type DemoServer, type DemoServerOptions } from '../../demo/server/createServer'
import type { Client } from '../../src/client/types/client'
import type { ClientEvents, Status } from '../../src/client/types/events'
import { LOGGED } from './logged'
import { openProfile, type Profile } from './openProfile'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client }
declare const client: Client
declare const heard: Heard[]

type Heard = { [Name in keyof ClientEvents]: [Name, ClientEvents[Name]] }[keyof ClientEvents]

/** A site with pennon on it, as an ES module or by a script tag; the API is another origin, the browser profile a fresh one. */
export interface Site {
  readonly server: DemoServer
  readonly context: Profile
  address(path: string): string
  /** Opens a page with a client in it. Resolves once that is made; `ready` waits for it. */
  open(settings?: object, options?: { into?: Page; path?: '/module.html' | '/script.html' }): Promise<Page>
  /** Waits until the client is ready, and the second file is there: at a first visit it may come later. */
  ready(page: Page): Promise<Status>
  status(page: Page): Promise<Status>
  /** The treatments of these flags for the client, or for the client of another key. */
  treatments(page: Page, names: readonly string[], key?: string): Promise<string[]>
  /** Waits until a flag has a treatment. */
  becomes(page: Page, name: string, treatment: string, key?: string): Promise<void>
  /** The events of the first client: updates, errors, milestones. */
  heard<Name extends keyof ClientEvents>(page: Page, event: Name): Promise<ClientEvents[Name][]>
  /** The warnings and errors that it logged. */
  logged(page: Page): Promise<string[]>
  /** The requests to the API, as path and query, without preflights. */
  asked(path: string): string[]
  close(): Promise<void>
}

/** Half of this is on for everybody, half of it for those in a segment. */
export const flag = (name: string, over: object = {}) => ({
  name,
  changeNumber: 100,
  status: 'ACTIVE',
  killed: false,
  trafficTypeName: 'user',
  defaultTreatment: 'off',
  seed: 1,
  trafficAllocation: 100,
  trafficAllocationSeed: 2,
  conditions: [rule('on', { matcherType: 'ALL_KEYS' })],
  ...over,
})

/** One rule: those who match get the treatment. */
export const rule = (treatment: string, matcher: object) => ({
  conditionType: 'ROLLOUT',
  label: 'a rule',
  matcherGroup: { combiner: 'AND', matchers: [{ negate: false, keySelector: null, ...matcher }] },
  partitions: [{ treatment, size: 100 }],
})

export const inSegment = (segmentName: string) => ({
  matcherType: 'IN_SEGMENT',
  userDefinedSegmentMatcherData: { segmentName },
})
export const inLargeSegment = (largeSegmentName: string) => ({
  matcherType: 'IN_LARGE_SEGMENT',
  userDefinedLargeSegmentMatcherData: { largeSegmentName },
})
export const inRuleBasedSegment = (segmentName: string) => ({
  matcherType: 'IN_RULE_BASED_SEGMENT',
  userDefinedSegmentMatcherData: { segmentName },
})

/** A flag that is on for those in the segment `employees`, and off for the others. */
export const staff = flag('staff', { conditions: [rule('on', inSegment('employees'))] })

export const definitionsOf = (flags: { name: string }[], t = 100, segments: { name: string }[] = []) => ({
  ff: { s: -1, t, d: flags },
  rbs: { s: -1, t: segments.length ? t : -1, d: segments },
})

/** Waits until a page's second file is there. */
export const isComplete = (page: Page) =>
  page.evaluate(async () => {
    while (client.explain('') === undefined && !client.status().destroyed) {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })

export async function openSite(browser: Browser, options: DemoServerOptions = {}): Promise<Site> {
  const server = await createDemoServer({ definitions: definitionsOf([flag('plain')]), ...options })
  const head = '<!doctype html><title>site</title><link rel="icon" href="data:,">'
  server.serve(
    '/module.html',
    `${head}<script type="module">import * as pennon from '/dist/index.js'; Object.assign(globalThis, { pennon })</script>`,
  )
  server.serve('/script.html', `${head}<script src="/dist/pennon.min.js"></script>`)
  server.serve('/next.html', head)
  const context = await openProfile(browser)
  const address = (path: string) => new URL(path, server.pageUrl).href

  const site: Site = {
    server,
    context,
    address,
    async open(settings = {}, { into, path = '/module.html' } = {}) {
      const page = into ?? (await context.newPage())
      await page.goto(address(path))
      await page.evaluate(
        (apiUrl, given) => {
          const lines: string[] = []
          const say = (line: string) => void lines.push(line)
          const made = pennon.createClient({
            sdkKey: 'sdk-key',
            key: 'user-1',
            urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
            logger: { debug() {}, info() {}, warn: say, error: say },
            ...given,
          })
          const told: unknown[] = []
          for (const event of ['readyFromCache', 'ready', 'timeout', 'update', 'error'] as const) {
            made.on(event, (payload) => {
              told.push([event, payload instanceof Error ? payload.message : payload])
            })
          }
          Object.assign(globalThis, { client: made, heard: told, logged: lines })
        },
        server.apiUrl,
        settings,
      )
      return page
    },
    async ready(page) {
      const status = await page.evaluate(() => client.whenReady())
      await isComplete(page)
      return status
    },
    status: (page) => page.evaluate(() => client.status()),
    treatments: (page, names, key) =>
      page.evaluate(
        (asked, of) => asked.map((name) => (of ? client.forKey(of) : client).getTreatment(name)),
        names,
        key,
      ),
    becomes: (page, name, treatment, key) =>
      expect.poll(async () => (await site.treatments(page, [name], key))[0], { timeout: 10_000 }).toBe(treatment),
    heard: (page, event) =>
      page.evaluate(
        (wanted) => heard.filter(([name]) => name === wanted).map(([, payload]) => payload as never),
        event,
      ),
    logged: (page) => page.evaluate(LOGGED) as Promise<string[]>,
    asked: (path) =>
      server.received
        .filter((request) => request.method !== 'OPTIONS' && request.path.startsWith(path))
        .map(({ url }) => url.replace('/api', '')),
    async close() {
      if (!context.closed) await context.close()
      await server.close()
    },
  }
  return site
}

/** Waits until a page is hidden or visible, of which it hears some time after the browser. */
export const visibility = (page: Page, state: DocumentVisibilityState) =>
  page.waitForFunction((wanted) => document.visibilityState === wanted, { polling: 10 }, state)

/** How far half past this hour is, ms. */
export const untilHalfPast = () => 1_800_000 - (Date.now() % 3_600_000)

/** Shifts the clock of a page: to half past the hour, because the end of an hour lets equal impressions be sent twice. */
export const shiftClock = (page: Page, shift = untilHalfPast()) =>
  page.evaluateOnNewDocument((ms) => {
    const { now } = Date
    Date.now = () => now() + ms
  }, shift)

/**
 * Makes time pass so many times faster on a page: its clock and its timers. What the browser itself waits for stays as it is, so
 * deadlines of requests need to be longer, and storage seems to hang.
 */
export async function hurry(page: Page, times: number): Promise<void> {
  await page.evaluateOnNewDocument((factor) => {
    const { now } = Date
    const start = now()
    Date.now = () => start + (now() - start) * factor
    const wait = setTimeout
    const faster = (run: () => void, ms = 0) => wait(run, ms / factor)
    Object.assign(globalThis, { setTimeout: faster })
  }, times)
}
