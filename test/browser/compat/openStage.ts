import { isDeepStrictEqual } from 'node:util'
import { build } from 'esbuild'
import type { Browser } from 'puppeteer-core'
import { createDemoServer, type DemoServer, type Received } from '../../../demo/server/createServer'
import type * as Compat from '../../../src/compat/index'
import { engine } from '../engine'
import { documentOf, FLAGS } from './definitions'

export type Sdk = typeof Compat
export type Settings = Compat.SplitIO.IClientSideSettings
export type Which = 'official' | 'pennon'

/** What the script of a scenario has in its page. */
export interface Kit {
  sdk: Sdk
  /** The settings that every scenario starts from: polling only, and everything at the local server. */
  settings(changes?: Partial<Settings>, core?: object): Settings
  /** Notes an observation. The same name again makes a list. */
  note(name: string, value: unknown): void
  /** Notes the events of a client, in order, as `note(name, …)`. */
  listen(client: Compat.SplitIO.IBrowserClient, name?: string): void
  /** The kind of what an SDK throws. */
  thrown(act: () => unknown): string
  /** Waits until definitions are on disk. */
  stored(): Promise<void>
  /** Waits until it holds. */
  until(holds: () => unknown): Promise<void>
  /** Calls a member of the server, on the other side of the wire. */
  server(
    member:
      | 'setDefinitions'
      | 'setMemberships'
      | 'changeFlag'
      | 'kill'
      | 'waitFor'
      | 'fault'
      | 'connected'
      | 'control'
      | 'occupancy'
      | 'error'
      | 'expireTokens'
      | 'drop',
    ...values: unknown[]
  ): Promise<void>
}

export interface Scenario {
  name: string
  flags?: object[]
  memberships?: object
  /** Each runs on a page of its own, one after the other, in the same tab and with the same storage. Plain text to the page. */
  pages: ((kit: Kit) => unknown)[]
  /** `true`: how often an SDK asks and decides depends on timing here, so that repeated requests and counts are left out. */
  isPolling?: boolean
}

/** What was seen, by name. */
export type Transcript = Record<string, unknown>

const PROTOCOL_HEADERS = [
  'accept',
  'content-type',
  'authorization',
  'splitsdkversion',
  'splitsdkimpressionsmode',
  'cache-control',
]

/** The official SDK as a module that a page can import. */
async function bundleOfficial(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '@splitsoftware/splitio-browserjs'`, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    write: false,
    logLevel: 'error',
  })
  return outputFiles[0]?.text as string
}

/** The tab in which all scenarios run, one after the other. */
export interface Stage {
  /** Runs one scenario with one SDK, against a server of its own: an origin where nothing is stored. */
  run(which: Which, scenario: Scenario): Promise<Transcript>
}

/** One tab for all scenarios: to open one costs more than to run one. */
export async function openStage(browser: Browser): Promise<Stage> {
  const [official, page] = await Promise.all([bundleOfficial(), browser.newPage()])
  let server: DemoServer
  // The page's clock is set to half past the hour, because the end of an hour would let equal impressions be sent twice.
  await page.evaluateOnNewDocument(() => {
    const { now } = Date
    const shift = 1_800_000 - (now() % 3_600_000)
    Date.now = () => now() + shift
    // The official SDK sends telemetry from one page in a thousand: never from these.
    Math.random = () => 0.5
    // The next page says how many beacons there were: they arrive some time later, and not in their order.
    const { navigator, sessionStorage } = window
    const send = navigator.sendBeacon.bind(navigator)
    navigator.sendBeacon = (...args) => {
      const isTaken = send(...args)
      if (isTaken) sessionStorage.setItem('beacons', String(Number(sessionStorage.getItem('beacons')) + 1))
      return isTaken
    }
  })
  await page.exposeFunction('toServer', async (member: string, values: unknown[]) => {
    const act = ({ ...server.streaming, ...server } as unknown as Record<string, (...values: unknown[]) => unknown>)[
      member
    ]
    await act?.(...values)
  })
  // Only Chromium's driver can clear an origin; the ports of a run rarely come again.
  const session = engine === 'chromium' ? await page.createCDPSession() : undefined

  return {
    async run(which, scenario) {
      server = await createDemoServer({
        definitions: documentOf(scenario.flags ?? FLAGS),
        memberships: scenario.memberships ?? { 'user-1': { segments: ['staff'], largeSegments: [] } },
      })
      server.serve('/official.js', official, { 'content-type': 'text/javascript' })
      server.serve('/page.html', '<!doctype html><title>page</title>')
      server.serve('/next.html', '<!doctype html><title>next</title>')
      const transcript: Transcript = {}
      try {
        for (const script of scenario.pages) {
          await page.goto(new URL('/page.html', server.pageUrl).href)
          const found = (await page.evaluate(
            inPage(script, which === 'official' ? '/official.js' : '/dist/compat.js', server.apiUrl),
          )) as [string, unknown][]
          take(transcript, found)
        }
        await page.goto(new URL('/next.html', server.pageUrl).href)
        const beacons = await page.evaluate(() => Number(sessionStorage.getItem('beacons')))
        await server.waitFor(beacons, ({ path }) => path.endsWith('/beacon'))
        takeRequests(transcript, server.received, scenario.isPolling)
        return JSON.parse(JSON.stringify(transcript, plain)) as Transcript
      } finally {
        // A later server may get the same port.
        const { origin } = new URL(server.pageUrl)
        await session?.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
        await page.evaluate(() => sessionStorage.clear())
        await server.close()
      }
    },
  }
}

/** The text that a page evaluates: the kit, and the scenario's script. */
function inPage(script: Scenario['pages'][number], module: string, apiUrl: string): string {
  return `(async () => {
    const sdk = await import('${module}')
    const found = []
    // An observation is copied, because the SDK may change it later. In lists, undefined keeps its place.
    const copy = (value) =>
      Array.isArray(value)
        ? value.map((item) => (item === undefined ? '(undefined)' : copy(item)))
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined).map(([name, member]) => [name, copy(member)]))
          : value
    const note = (name, value) => found.push([name, copy([value])[0]])
    const urls = { sdk: '${apiUrl}', events: '${apiUrl}', auth: '${apiUrl}', streaming: '${apiUrl}', telemetry: '${apiUrl}' }
    const kit = {
      sdk,
      note,
      settings: (changes, core) => ({
        core: { authorizationKey: 'sdk-key-0123', key: 'user-1', ...core },
        urls,
        streamingEnabled: false,
        ...changes,
      }),
      listen(client, name = 'events') {
        for (const [event, wire] of Object.entries(client.Event)) {
          client.on(wire, (value) => note(name, [event, typeof value === 'string' ? 'a text' : value]))
        }
      },
      thrown(act) {
        try {
          act()
          return 'nothing'
        } catch (fault) {
          return fault instanceof Error ? 'an Error' : typeof fault
        }
      },
      async until(holds) {
        while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
      },
      async stored() {
        const isStored = async () => {
          if (Object.keys(localStorage).some((name) => name.endsWith('splits.till'))) return true
          const databases = await indexedDB.databases()
          if (!databases.some(({ name }) => name === 'pennon-definitions')) return false
          const database = await new Promise((resolve) => {
            indexedDB.open('pennon-definitions').onsuccess = ({ target }) => resolve(target.result)
          })
          const lists = [...database.objectStoreNames].map(
            (name) => new Promise((resolve) => {
              database.transaction(name).objectStore(name).getAllKeys().onsuccess = ({ target }) => resolve(target.result)
            }),
          )
          const isWritten = (await Promise.all(lists)).flat().some(([kind]) => kind === 'header')
          database.close()
          return isWritten
        }
        await kit.until(isStored)
      },
      server: (member, ...values) => toServer(member, values),
    }
    await (${script.toString()})(kit)
    return found
  })()`
}

function take(transcript: Transcript, found: [string, unknown][]) {
  for (const [name, value] of found) {
    const before = transcript[name]
    transcript[name] = name in transcript ? [...(before as unknown[]), value] : [value]
  }
}

/** One entry per method and path: in what order different ones leave depends on timers, and on nothing else. */
function takeRequests(transcript: Transcript, received: readonly Received[], isPolling = false) {
  for (const { method, path, url, transport, headers, body } of received) {
    if (method === 'OPTIONS' || /metrics/.test(path) || (isPolling && path.endsWith('/count'))) continue
    const name = `${method} ${path}`
    const entry = {
      query: queryOf(url),
      transport,
      ...Object.fromEntries(PROTOCOL_HEADERS.flatMap((header) => (headers[header] ? [[header, headers[header]]] : []))),
      ...(body && { body: JSON.parse(body) as unknown }),
    }
    const same = (transcript[name] ??= {}) as Record<string, unknown>
    if (isPolling && Object.values(same).some((other) => isDeepStrictEqual(other, entry))) continue
    same[`#${Object.keys(same).length + 1}`] = entry
  }
}

/** Without what differs from run to run: times, tokens, and the order of the keys that a stream is asked for. */
function queryOf(url: string): string {
  const [, query = ''] = url.split('?')
  const timeless = query
    .replace(/(since|Since)=\d{13}/g, '$1=(time)')
    .replace(/accessToken=[^&]+/, 'accessToken=(token)')
  return query && `?${timeless.replace(/users=[^&]+(&users=[^&]+)+/, (users) => users.split('&').sort().join('&'))}`
}

/** Times and the SDK's name differ from run to run and from SDK to SDK: what is compared is that they are there. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'number' && value > 1_500_000_000_000) return '(time)'
  return typeof value === 'string' ? value.replace(/(pennon|browserjs)-\d+\.\d+\.\d+/, '(SDK)') : value
}
