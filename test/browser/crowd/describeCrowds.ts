import type { Browser, HTTPRequest, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readVectors } from '../../conformance/readVectors'
import { stored } from '../cacheRecords'
import { engine } from '../engine'
import { LOGGED } from '../logged'
import { openProfile } from '../openProfile'
import { answers, type Group } from './answers'
import { bundle } from './bundle'
import { attributes, expected, names } from './definitions'
import { startServer } from './startServer'
import type * as Sdk from '@splitsoftware/splitio-browserjs'
import type { DemoServer } from '../../../demo/server/createServer'
import type { Client } from '../../../src/client/types/client'
import type { Crowd } from './crowds'

// The scripts of the page see these globals.
declare const pennon: { createClient(settings: object): Client; hashKey(id: string): Promise<string> }
declare const official: typeof Sdk
declare const client: Client
declare const officialClient: SplitIO.IBrowserClient

/** The SHA-256 that every correct implementation gives. */
const PSEUDONYM = '293e908238b6ff502531b07f22f05d4d65f207fa9ab720d386292d74cbb0301e'

let officialScript: string
let answersScript: string
let rows: string
let answersInNode: string[]

/** Tests that pennon works among each of these, and answers as the official SDK does on the same page. */
export function describeCrowds(crowds: Record<string, Crowd>, browser: () => Browser): void {
  beforeAll(async () => {
    officialScript = await bundle(`export * from '@splitsoftware/splitio-browserjs'`, { format: 'esm' })
    // Every 20th call of each group is enough: differences depend on the kind of call, not on its values.
    const groups = readVectors<Group & { state?: string }>('evaluation')
      .filter(({ state = 'ready' }) => state === 'ready')
      .map((group) => ({
        ...group,
        calls: group.calls.filter(
          ({ key, flag }, n) => n % 20 === 0 && typeof key === 'string' && typeof flag === 'string',
        ),
      }))
    rows = JSON.stringify(groups)
    answersInNode = answers(JSON.parse(rows) as Group[]).split('\n')
    answersScript = await bundle(`export * from './answers'`, { format: 'esm' })
  })

  describe.each(Object.entries(crowds))('a page with %s', (_name, { script, headers }) => {
    let opened: Opened | undefined
    beforeAll(async () => {
      opened = await open(browser(), await script(), headers)
    })
    afterAll(() => opened?.close())

    it('answers the rows of the official implementation as Node does', async () => {
      const { page } = opened as Opened
      const inPage = await page.evaluate(
        (rows) => (window as never as { answers(groups: unknown): string }).answers(JSON.parse(rows)),
        rows,
      )
      const lines = inPage.split('\n')
      expect(lines).toHaveLength(answersInNode.length)
      expect(answersInNode.length).toBeGreaterThan(500)
      expect(lines.filter((line, n) => line !== answersInNode[n]).slice(0, 5)).toEqual([])
    })

    it('has the main job done, and decides as the official SDK does there', async () => {
      const { page, server } = opened as Opened
      expect(await start(page, server.apiUrl, true)).toEqual({
        ready: true,
        source: 'network',
        storage: 'all',
      })
      expect(await page.evaluate(LOGGED)).toEqual([])
      const seen = await page.evaluate(
        async (names, attributes) => ({
          treatments: names.map((name) => client.getTreatment(name, attributes)).join(),
          again: names.map((name) => client.getTreatment(name, attributes)).join(),
          official: names.map((name) => officialClient.getTreatment(name, attributes)).join(),
          explained: names.map((name) => client.explain(name, attributes)?.treatment).join(),
          tracked: client.track('clicked', { value: 7, properties: { where: 'header', count: 2 } }),
          officialTracked: officialClient.track('user', 'clicked', 7, { where: 'header', count: 2 }),
          pseudonym: await pennon.hashKey('ana@shop.test'),
        }),
        names,
        attributes,
      )
      expect(seen).toEqual({
        treatments: expected,
        again: expected,
        official: expected,
        explained: expected,
        tracked: true,
        officialTracked: true,
        pseudonym: PSEUDONYM,
      })

      // The stream brings a kill.
      await server.streaming.connected()
      server.kill('doomed', 'gone')
      const doomed = () => page.evaluate(() => client.explain('doomed')?.treatment)
      await expect.poll(doomed).toBe('gone')

      await page.evaluate(() => client.flush())
      const mine = <Row extends { sdk: string | null }>(rows: Row[]) =>
        rows.filter(({ sdk }) => sdk?.startsWith('pennon-'))
      const flags = names.filter((each) => each !== 'silent')
      expect(
        mine(server.impressions())
          .map(({ flag, key, treatment, transport }) => [flag, key, treatment, transport].join())
          .sort(),
      ).toEqual(flags.map((each) => [each, 'user-1', each === 'killed' ? 'gone' : 'on', 'fetch'].join()).sort())
      expect(mine(server.events())).toMatchObject([{ key: 'user-1', type: 'clicked', value: 7 }])
      expect(JSON.parse(mine(server.events())[0]?.properties ?? '')).toEqual({ where: 'header', count: 2 })

      // By then the cache that the next page reads is stored. The last decisions are delivered as the page goes.
      await stored(page)
      await page.evaluate(() => client.getTreatment('doomed'))
      await page.goto(new URL('/next.html', server.pageUrl).href)
      await expect
        .poll(() => mine(server.impressions()).filter(({ flag }) => flag === 'doomed'))
        .toMatchObject([{ treatment: 'gone', transport: 'beacon' }])
      await expect.poll(() => mine(server.counts()).reduce((sum, { count }) => sum + count, 0)).toBe(names.length + 1)
      await expect.poll(() => mine(server.uniqueKeys())).toMatchObject([{ key: 'user-1', flag: 'silent' }])

      // The next page decides without the service.
      await server.stop('api')
      await page.goto(new URL('/page.html', server.pageUrl).href)
      expect(await start(page, server.apiUrl, false)).toMatchObject({ ready: false, source: 'cache' })
      const second = await page.evaluate(
        (names, attributes) => names.map((name) => client.getTreatment(name, attributes)).join(),
        names,
        attributes,
      )
      expect(second).toBe(expected)
    })
  })
}

interface Opened {
  page: Page
  server: DemoServer
  close(): Promise<void>
}

/** A page with the crowd, the official SDK and pennon on it, in this order. Nothing of the crowd's leaves the machine. */
async function open(browser: Browser, script: string, headers: Record<string, string> = {}): Promise<Opened> {
  const server = await startServer()
  const scripts = { crowd: script, official: officialScript, answers: answersScript }
  for (const [name, text] of Object.entries(scripts)) {
    server.serve(`/${name}.js`, text, { 'content-type': 'text/javascript; charset=utf-8' })
  }
  server.serve(
    '/module.js',
    `import { createClient } from '/dist/index.js'
     import { hashKey } from '/dist/hash.js'
     import { SplitFactory } from '/official.js'
     import { answers } from '/answers.js'
     Object.assign(window, { pennon: { createClient, hashKey }, official: { SplitFactory }, answers })`,
    { 'content-type': 'text/javascript' },
  )
  server.serve(
    '/page.html',
    `<!doctype html><meta charset=utf-8><title>page</title><link rel=icon href=data:,><script src=/crowd.js></script><script type=module src=/module.js></script>`,
    headers,
  )
  server.serve('/next.html', '<!doctype html><title>next</title>')
  const context = await openProfile(browser)
  const page = await context.newPage()
  // The page's clock is set to half past the hour, because the end of an hour would let equal impressions be sent twice.
  await page.evaluateOnNewDocument(() => {
    const { now } = Date
    const shift = 1_800_000 - (now() % 3_600_000)
    Date.now = () => now() + shift
  })
  if (engine !== 'chromium') await blockOutside(page, server)
  await page.goto(new URL('/page.html', server.pageUrl).href)
  return {
    page,
    server,
    async close() {
      await context.close()
      await server.close()
    },
  }
}

/** Chromium resolves no host but this one. Intercepting requests instead would hold up the beacons of a page that goes. */
async function blockOutside(page: Page, server: DemoServer): Promise<void> {
  const own = [server.pageUrl, server.apiUrl].map((url) => new URL(url).origin)
  await page.setRequestInterception(true)
  const handle = (request: HTTPRequest) => {
    const { origin, protocol } = new URL(request.url())
    return own.includes(origin) || !protocol.startsWith('http') ? request.continue() : request.abort()
  }
  page.on('request', (request) => void handle(request).catch(() => undefined))
}

/** Makes a client of each SDK, and waits until they are ready, at most so long. */
const start = (page: Page, apiUrl: string, isOfficial: boolean) =>
  page.evaluate(
    async (apiUrl, isOfficial) => {
      const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
      const lines: string[] = []
      const say = (line: string) => void lines.push(line)
      const made = pennon.createClient({
        sdkKey: 'sdk-key',
        key: 'user-1',
        trafficType: 'user',
        urls,
        logger: { debug() {}, info() {}, warn: say, error: say },
      })
      Object.assign(window, { client: made, logged: lines })
      if (isOfficial) {
        const factory = official.SplitFactory({
          core: { authorizationKey: 'official-sdk-key', key: 'user-1' },
          urls,
        })
        Object.assign(window, { officialClient: factory.client() })
        await Promise.race([
          officialClient.whenReady().catch(() => undefined),
          new Promise((resolve) => setTimeout(resolve, 5_000)),
        ])
      }
      await made.whenReadyFromCache()
      // Explanations are in the second file, which this waits for.
      await made.flush()
      if (isOfficial) await made.whenReady()
      const { ready, source, storage } = made.status()
      return { ready, source, storage }
    },
    apiUrl,
    isOfficial,
  )
