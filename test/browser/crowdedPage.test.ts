import { build } from 'esbuild'
import type { Browser, Frame, HTTPRequest, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { readVectors } from '../conformance/readVectors'
import { answers, type Group } from './crowd/answers'
import { CROWDS } from './crowd/crowds'
import { launch } from './launch'
import { openProfile } from './openProfile'
import { flag, inRuleBasedSegment, inSegment, rule } from './site'
import type * as Sdk from '@splitsoftware/splitio-browserjs'
import type { Client } from '../../src/client/types/client'

// What the page's scripts see.
declare const pennon: { createClient(settings: object): Client; hashKey(id: string): Promise<string> }
declare const official: typeof Sdk
declare const client: Client
declare const officialClient: SplitIO.IBrowserClient

const ofAttribute = (attribute: string, matcher: object) => ({
  keySelector: { trafficType: 'user', attribute },
  ...matcher,
})

const definitions = {
  ff: {
    s: -1,
    t: 1_700_000_000_999,
    d: [
      flag('everybody'),
      flag('killed', { killed: true, defaultTreatment: 'gone' }),
      flag('half', {
        conditions: [
          {
            ...rule('on', { matcherType: 'ALL_KEYS' }),
            partitions: [
              { treatment: 'on', size: 50 },
              { treatment: 'off', size: 50 },
            ],
          },
        ],
      }),
      flag('staff', { conditions: [rule('on', inSegment('staff'))] }),
      flag('members', { conditions: [rule('on', inRuleBasedSegment('members'))] }),
      flag('version', {
        conditions: [
          rule(
            'on',
            ofAttribute('version', { matcherType: 'GREATER_THAN_OR_EQUAL_TO_SEMVER', stringMatcherData: '1.2.10' }),
          ),
        ],
      }),
      flag('versions', {
        conditions: [
          rule(
            'on',
            ofAttribute('version', {
              matcherType: 'BETWEEN_SEMVER',
              betweenStringMatcherData: { start: '1.2.3', end: '1.10.0' },
            }),
          ),
        ],
      }),
      flag('since', {
        conditions: [
          rule(
            'on',
            ofAttribute('since', {
              matcherType: 'GREATER_THAN_OR_EQUAL_TO',
              unaryNumericMatcherData: { dataType: 'DATETIME', value: Date.UTC(2024, 0, 1) },
            }),
          ),
        ],
      }),
      flag('topics', {
        conditions: [
          rule(
            'on',
            ofAttribute('topics', {
              matcherType: 'CONTAINS_ALL_OF_SET',
              whitelistMatcherData: { whitelist: ['a', 'b'] },
            }),
          ),
        ],
      }),
      flag('mail', {
        conditions: [
          rule(
            'on',
            ofAttribute('mail', {
              matcherType: 'ENDS_WITH',
              whitelistMatcherData: { whitelist: ['@shop.test', '@b.test'] },
            }),
          ),
        ],
      }),
      flag('silent', { impressionsDisabled: true }),
      flag('doomed'),
    ],
  },
  rbs: {
    s: -1,
    t: 1_700_000_000_999,
    d: [
      {
        name: 'members',
        changeNumber: 100,
        status: 'ACTIVE',
        trafficTypeName: 'user',
        excluded: { keys: ['user-2'], segments: [] },
        conditions: [rule('', { matcherType: 'ALL_KEYS' })],
      },
    ],
  },
}
const names = definitions.ff.d.map(({ name }) => name).filter((name) => name !== 'doomed')
const attributes = {
  version: '1.2.11',
  since: Date.UTC(2024, 5, 1),
  topics: ['b', 'c', 'a'],
  mail: 'ana@shop.test',
}
/** SHA-256 of the text, as everywhere. */
const PSEUDONYM = '293e908238b6ff502531b07f22f05d4d65f207fa9ab720d386292d74cbb0301e'

let browser: Browser
let officialScript: string
let answersScript: string
let groups: Group[]
beforeAll(async () => {
  browser = await launch()
  const bundled = async (contents: string) => {
    const { outputFiles } = await build({
      stdin: { contents, resolveDir: import.meta.dirname, loader: 'ts' },
      bundle: true,
      format: 'esm',
      write: false,
      logLevel: 'error',
    })
    return outputFiles[0]?.text ?? ''
  }
  officialScript = await bundled(`export * from '@splitsoftware/splitio-browserjs'`)
  // Of each group every 20th call: what differs here differs by the kind of call, not by its values.
  groups = readVectors<Group & { state?: string }>('evaluation')
    .filter(({ state = 'ready' }) => state === 'ready')
    .map((group) => ({
      ...group,
      calls: group.calls.filter(
        ({ key, flag }, n) => n % 20 === 0 && typeof key === 'string' && typeof flag === 'string',
      ),
    }))
  answersScript = await bundled(`export * from './crowd/answers'`)
})
afterAll(() => browser?.close())

interface Opened {
  page: Page
  server: DemoServer
  close(): Promise<void>
}

const startServer = () =>
  createDemoServer({
    definitions,
    memberships: { 'user-1': { segments: ['staff'] } },
    // The origin of a sandboxed frame.
    allowedOrigins: ['null'],
  })

/** A page with the crowd, the official SDK and pennon on it, in this order. Nothing of the crowd's leaves the machine. */
async function open(script: string, headers: Record<string, string> = {}): Promise<Opened> {
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
  const own = [server.pageUrl, server.apiUrl].map((url) => new URL(url).origin)
  await page.setRequestInterception(true)
  const handle = (request: HTTPRequest) => {
    const { origin, protocol } = new URL(request.url())
    return own.includes(origin) || !protocol.startsWith('http') ? request.continue() : request.abort()
  }
  page.on('request', (request) => void handle(request).catch(() => undefined))
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
      if (isOfficial) await made.whenReady()
      const { ready, source, storage } = made.status()
      return { ready, source, storage, logged: lines }
    },
    apiUrl,
    isOfficial,
  )

describe.each(Object.entries(CROWDS))('a page with %s', (_name, { script, headers }) => {
  it('has the main job done, and decides as the official SDK does there', async () => {
    const { page, server, close } = await open(await script(), headers)
    try {
      expect(await start(page, server.apiUrl, true)).toEqual({
        ready: true,
        source: 'network',
        storage: 'all',
        logged: [],
      })
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
      const expected = names.map((each) => (each === 'killed' ? 'gone' : 'on')).join()
      expect(seen).toEqual({
        treatments: expected,
        again: expected,
        official: expected,
        explained: expected,
        tracked: true,
        officialTracked: true,
        pseudonym: PSEUDONYM,
      })

      // A kill comes by the stream.
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

      // And what is decided last, with the page's end.
      await page.evaluate(() => client.getTreatment('doomed'))
      await page.goto(new URL('/next.html', server.pageUrl).href)
      await expect
        .poll(() => mine(server.impressions()).filter(({ flag }) => flag === 'doomed'))
        .toMatchObject([{ treatment: 'gone', transport: 'beacon' }])
      await expect.poll(() => mine(server.counts()).reduce((sum, { count }) => sum + count, 0)).toBe(names.length + 1)
      await expect.poll(() => mine(server.uniqueKeys())).toMatchObject([{ key: 'user-1', flag: 'silent' }])

      // The next page has it all without the service.
      await server.stop('api')
      await page.goto(new URL('/page.html', server.pageUrl).href)
      expect(await start(page, server.apiUrl, false)).toMatchObject({ ready: false, source: 'cache' })
      const second = await page.evaluate(
        (names, attributes) => names.map((name) => client.getTreatment(name, attributes)).join(),
        names,
        attributes,
      )
      expect(second).toBe(expected)
    } finally {
      await close()
    }
  })

  it('answers the rows of the official implementation as Node does', async () => {
    const { page, close } = await open(await script(), headers)
    try {
      const text = JSON.stringify(groups)
      const inPage = await page.evaluate(
        (rows) => (window as never as { answers(groups: unknown): string }).answers(JSON.parse(rows)),
        text,
      )
      const lines = inPage.split('\n')
      const expected = answers(JSON.parse(text) as Group[]).split('\n')
      expect(lines).toHaveLength(expected.length)
      expect(expected.length).toBeGreaterThan(500)
      expect(lines.filter((line, n) => line !== expected[n]).slice(0, 5)).toEqual([])
    } finally {
      await close()
    }
  })
})

describe('a frame with sandbox', () => {
  it('decides and delivers without any storage, and says so once', async () => {
    const server = await startServer()
    server.serve('/frame.html', '<!doctype html><title>frame</title><script src=/dist/pennon.min.js></script>')
    server.serve(
      '/page.html',
      '<!doctype html><title>page</title><iframe sandbox=allow-scripts src=/frame.html></iframe>',
    )
    const context = await openProfile(browser)
    try {
      const page = await context.newPage()
      await page.goto(new URL('/page.html', server.pageUrl).href)
      const frame = page.frames()[1] as Frame
      const seen = await frame.evaluate(
        async (apiUrl, names, attributes) => {
          const lines: string[] = []
          const say = (line: string) => void lines.push(line)
          const client = pennon.createClient({
            sdkKey: 'sdk-key',
            key: 'user-1',
            urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
            logger: { debug() {}, info() {}, warn: say, error: say },
          })
          await client.whenReady()
          const treatments = names.map((name) => client.getTreatment(name, attributes)).join()
          await client.flush()
          client.getTreatment('doomed')
          const { ready, storage } = client.status()
          return { origin, ready, storage, treatments, lines }
        },
        server.apiUrl,
        names,
        attributes,
      )
      const expected = names.map((each) => (each === 'killed' ? 'gone' : 'on')).join()
      expect(seen).toMatchObject({ origin: 'null', ready: true, storage: 'failed', treatments: expected })
      expect(seen.lines).toEqual([expect.stringContaining('storage')])
      expect(server.impressions()).toHaveLength(names.length - 1)
      await page.goto(new URL('/next.html', server.pageUrl).href)
      await expect.poll(() => server.impressions().at(-1)).toMatchObject({ flag: 'doomed', transport: 'beacon' })
    } finally {
      await context.close()
      await server.close()
    }
  })
})

describe('a page whose <base> is of another host', () => {
  it('asks its own host for what is given as a path', async () => {
    const server = await startServer()
    server.serve(
      '/page.html',
      '<!doctype html><base href="http://elsewhere.test/"><title>page</title><script src="' +
        `${server.pageUrl}dist/pennon.min.js"></script>`,
    )
    const context = await openProfile(browser)
    try {
      const page = await context.newPage()
      const asked: string[] = []
      await page.setRequestInterception(true)
      const handle = (request: HTTPRequest) => {
        const { host, pathname, href } = new URL(request.url())
        if (host !== new URL(server.pageUrl).host) {
          asked.push(href)
          return request.abort()
        }
        if (!pathname.startsWith('/flags')) return request.continue()
        asked.push(pathname)
        const answer = pathname.includes('splitChanges') ? definitions : { pushEnabled: false, ms: {}, ls: {} }
        return request.respond({ status: 200, contentType: 'application/json', body: JSON.stringify(answer) })
      }
      page.on('request', (request) => void handle(request).catch(() => undefined))
      await page.goto(new URL('/page.html', server.pageUrl).href)
      const treatment = await page.evaluate(async () => {
        const urls = { sdk: '/flags', auth: '/flags', streaming: '/flags', events: '/flags/', telemetry: '/flags' }
        const client = pennon.createClient({ sdkKey: 'sdk-key', key: 'user-1', urls })
        await client.whenReady()
        const found = client.getTreatment('everybody')
        client.getTreatment('silent')
        await client.flush()
        client.getTreatment('killed')
        client.track('clicked', { trafficType: 'user' })
        await client.destroy()
        return found
      })
      expect(treatment).toBe('on')
      expect([...new Set(asked)].sort()).toEqual([
        '/flags/events/bulk',
        '/flags/memberships/user-1',
        '/flags/splitChanges',
        '/flags/testImpressions/bulk',
        '/flags/testImpressions/count',
        '/flags/v1/keys/cs',
        '/flags/v2/auth',
      ])
    } finally {
      await context.close()
      await server.close()
    }
  })
})
