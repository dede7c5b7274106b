import { build } from 'esbuild'
import type { Browser, HTTPRequest, Page } from 'puppeteer-core'
import { expect } from 'vitest'
import { engine } from '../engine'
import { flag } from '../site'
import { createDemoServer, type DemoServer } from '../../../demo/server/createServer'
import type { Client } from '../../../src/client/types/client'

declare const client: Client

/** A request of the tool's, which never left the machine. */
export interface ToolRequest {
  url: string
  method: string
  body: string
}

export interface ToolPage {
  readonly page: Page
  readonly server: DemoServer
  /** Asks for these flags on the page. */
  decide(...flags: string[]): Promise<void>
  /** All that the tool sent so far, as one text. */
  sent(): string
  /** Waits until the tool sent this. */
  arrived(text: string | RegExp): Promise<void>
  /** What pennon logged as warnings and errors. */
  logged(): Promise<string[]>
  close(): Promise<void>
}

interface ToolPageOptions {
  /** Code of the page, a module: it may import packages, and makes `settings` for `createClient`. */
  code: string
  /** A snippet that runs at the begin of the page, before the module. */
  head?: string
  /** The answer to the tool's requests. @default '{}' */
  answer?: (request: HTTPRequest) => string | undefined
  /** Origins of servers that the test started: requests to these are not answered here. @default none */
  origins?: readonly string[]
  /** A node_modules that has the tool's package. @default the one of the clone */
  modules?: string
  /** Functions of the test's that the page may call. @default none */
  functions?: Record<string, (given: never) => unknown>
}

/** A site with pennon, an integration and the tool on it. What the tool sends is recorded and answered here. */
export async function openToolPage(
  browser: Browser,
  { code, head = '', answer = () => undefined, origins = [], modules, functions = {} }: ToolPageOptions,
): Promise<ToolPage> {
  const names = ['checkout', 'search', 'x'.repeat(300)]
  const server = await createDemoServer({
    definitions: {
      ff: { s: -1, t: 1, d: names.map((name) => flag(name, { changeNumber: 1_700_000_000_123 })) },
      rbs: { s: -1, t: -1, d: [] },
    },
  })
  const { outputFiles } = await build({
    stdin: {
      contents: `import { createClient } from './dist/index.js'
        ${code}
        globalThis.logged = []
        const say = (line) => logged.push(line)
        globalThis.client = createClient({
          sdkKey: 'sdk-key', key: 'user-1', streaming: false,
          urls: Object.fromEntries(['sdk', 'auth', 'streaming', 'events', 'telemetry'].map((name) => [name, '${server.apiUrl}'])),
          logger: { debug() {}, info() {}, warn: say, error: say },
          ...settings,
        })
        await client.whenReady()
        globalThis.isReady = true`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    ...(modules && { nodePaths: [modules] }),
    format: 'esm',
    write: false,
    // `npm run coverage` asks which lines of src it ran.
    ...(process.env['PENNON_COVERAGE'] && { sourcemap: 'inline' as const }),
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    logLevel: 'error',
  })
  server.serve(
    '/tool.html',
    `<!doctype html><title>tool</title><link rel=icon href=data:,>${head}<script type=module src=/tool.js></script>`,
  )
  server.serve('/next.html', '<!doctype html><title>next</title>')

  const requests: ToolRequest[] = []
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  for (const [name, act] of Object.entries(functions)) await page.exposeFunction(name, act)
  await page.setRequestInterception(true)
  const own = [new URL(server.pageUrl).origin, new URL(server.apiUrl).origin, ...origins]
  const handle = async (request: HTTPRequest) => {
    const url = new URL(request.url())
    if (url.pathname === '/tool.js') {
      return request.respond({ contentType: 'text/javascript', body: outputFiles[0]?.text ?? '' })
    }
    if (own.includes(url.origin) || !url.protocol.startsWith('http')) return request.continue()
    // Firefox's driver has no `postData()`; in Chromium that is all there is, unless it is long.
    const short = engine === 'firefox' ? undefined : request.postData()
    const body = short ?? (request.hasPostData() ? await request.fetchPostData() : '') ?? ''
    requests.push({ url: url.href, method: request.method(), body })
    return request.respond({
      status: 200,
      contentType: /\.js$/.test(url.pathname) ? 'text/javascript' : 'application/json',
      headers: {
        'Access-Control-Allow-Origin': request.headers()['origin'] ?? '*',
        'Access-Control-Allow-Headers': '*, content-type, authorization',
        'Access-Control-Allow-Credentials': 'true',
      },
      body: answer(request) ?? '{}',
    })
  }
  page.on('request', (request) => void handle(request).catch(() => undefined))
  await page.goto(new URL('/tool.html', server.pageUrl).href)
  await page.waitForFunction('globalThis.isReady')

  const sent = () =>
    requests.map(({ method, url, body }) => `${method} ${decodeURIComponent(url)} ${readable(body)}`).join('\n')
  return {
    page,
    server,
    decide: (...flags) =>
      page.evaluate((asked) => {
        for (const name of asked) client.getTreatment(name, { secret: 'stays here' })
      }, flags),
    sent,
    async arrived(text) {
      await expect.poll(sent, { timeout: 20_000 }).toMatch(text)
    },
    logged: () => page.evaluate('logged') as Promise<string[]>,
    async close() {
      await context.close()
      await server.close()
    },
  }
}

/** Forms are decoded: `data=…`, as text or as base64. */
function readable(body: string): string {
  if (!body.startsWith('data=')) return body
  const data = new URLSearchParams(body).get('data') ?? ''
  return /^[\w+/]+=*$/.test(data) ? Buffer.from(data, 'base64').toString() : data
}
