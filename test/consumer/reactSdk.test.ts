import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'

// The official React SDK with pennon/compat in the place of the SDK that it is built on, as docs/migrating.md says.

let folder: string
let browser: Browser
let server: DemoServer
let page: Page
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-react-sdk-'))
  cpSync(fileURLToPath(new URL('react-sdk', import.meta.url)), folder, { recursive: true })
  execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'], {
    cwd: folder,
    shell: process.platform === 'win32',
  })
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  server = await createDemoServer({
    definitions: JSON.parse(readFileSync('demo/definitions.json', 'utf8')) as object,
  })
  page = await browser.newPage()
})
afterEach(async () => {
  await page.close()
  await server.close()
})

/** What every page of these tests begins with. */
const head = (apiUrl: string) => `
  import { createElement as h, StrictMode, Suspense, use, useEffect } from 'react'
  import { SplitFactory, SplitFactoryProvider, useSplitClient, useTrack, useTreatment } from '@splitsoftware/splitio-react'
  const url = '${apiUrl}'
  const config = {
    core: { authorizationKey: 'react-key', key: 'user-1' },
    urls: { sdk: url, events: url, auth: url, streaming: url, telemetry: url },
    streamingEnabled: false,
  }
  const Flag = () => {
    const { treatment, isReady } = useTreatment({ name: 'checkout_v2' })
    const track = useTrack()
    useEffect(() => void track('user', 'seen'), [])
    return h('p', { 'data-ready': isReady }, treatment)
  }`

/** Bundles a module of the application, the package in the place of the official SDK. */
async function bundle(code: string, platform: 'browser' | 'node'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `${head(server.apiUrl)}\n${code}`, resolveDir: folder },
    bundle: true,
    write: false,
    format: 'esm',
    platform,
    alias: { '@splitsoftware/splitio/client': resolve('dist/compat.js') },
    // StrictMode makes everything twice in development alone.
    define: { 'process.env.NODE_ENV': '"development"' },
    ...(platform === 'node' && {
      banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
    }),
    logLevel: 'error',
  })
  return outputFiles[0]?.text as string
}

/** Opens a page that renders what `root` is. */
async function render(root: string): Promise<string[]> {
  const code = await bundle(
    `import { createRoot } from 'react-dom/client'
     globalThis.root = createRoot(document.getElementById('root'))
     globalThis.root.render(${root})`,
    'browser',
  )
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
  server.serve('/dist/app.js', code, { 'content-type': 'text/javascript' })
  server.serve(
    '/app.html',
    '<!doctype html><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="/dist/app.js"></script>',
  )
  await page.goto(new URL('/app.html', server.pageUrl).href)
  return faults
}

const ready = () =>
  page.waitForFunction(() => document.querySelector('p[data-ready=true]')?.textContent).then((text) => text.jsonValue())
const asked = (path: string) =>
  server.received.filter((one) => one.method === 'GET' && one.path.startsWith(path)).length

describe('@splitsoftware/splitio-react over pennon/compat', () => {
  it('lives in StrictMode: ready, one request for definitions a life, events arrive', async () => {
    const faults = await render(`h(StrictMode, null, h(SplitFactoryProvider, { config }, h(Flag)))`)
    expect(await ready()).toMatch(/^(on|off)$/)
    await page.evaluate('root.unmount()')
    await server.waitFor(1, '/events/bulk')
    await server.waitFor(1, '/testImpressions/bulk')
    expect(asked('/splitChanges')).toBeLessThanOrEqual(2)
    expect(faults).toEqual([])
  })

  it('takes a factory of its own, beside a config that it does not need', async () => {
    const faults = await render(
      `h(StrictMode, null, h(SplitFactoryProvider, { config, factory: SplitFactory(config) }, h(Flag)))`,
    )
    expect(await ready()).toMatch(/^(on|off)$/)
    expect([asked('/splitChanges'), faults]).toEqual([1, []])
  })

  it('waits in Suspense with one client', async () => {
    const faults = await render(`h(SplitFactoryProvider, { config }, h(Suspense, { fallback: 'wait' }, h(() => {
        const { client } = useSplitClient()
        use(client.__ready ??= client.whenReady())
        return h(Flag)
      })))`)
    expect(await ready()).toMatch(/^(on|off)$/)
    expect([asked('/splitChanges'), faults]).toEqual([1, []])
  })

  it('renders on a server without a request or a timer', async () => {
    const code = await bundle(
      `import { renderToString } from 'react-dom/server'
       const timers = []
       const { setTimeout: set } = globalThis
       globalThis.setTimeout = (...all) => (timers.push(all[1]), set(...all))
       const pages = Array.from({ length: 10 }, () => renderToString(h(SplitFactoryProvider, { config }, h(Flag))))
       await new Promise((resolve) => setImmediate(resolve))
       process.stdout.write(JSON.stringify({ pages: [...new Set(pages)], timers }))`,
      'node',
    )
    const script = join(folder, 'server.mjs')
    writeFileSync(script, code)
    const { pages, timers } = JSON.parse(execFileSync(process.execPath, [script], { encoding: 'utf8' })) as {
      pages: string[]
      timers: number[]
    }
    expect(pages).toEqual(['<p data-ready="false">control</p>'])
    expect([timers, server.received]).toEqual([[], []])
  })
})
