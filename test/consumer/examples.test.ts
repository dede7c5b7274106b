import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'
import { definitionsOf, flag } from '../browser/site'

// Every project of examples/, with the packed package in place of a released one, against the local server.
const run = promisify(execFile)
const npm = async (folder: string, ...args: string[]) =>
  (
    await run('npm', args, {
      cwd: folder,
      shell: process.platform === 'win32',
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
    })
  ).stdout

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

let root: string
let browser: Browser
let server: DemoServer
let page: Page
let said: string[]
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'pennon-examples-'))
  await npm('.', 'pack', '--ignore-scripts', '--pack-destination', root)
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  rmSync(root, { recursive: true, force: true })
})
beforeEach(async () => {
  server = await createDemoServer({ definitions: definitionsOf([flag('checkout_v2')]) })
  page = await browser.newPage()
  said = []
  page.on('console', (message) => {
    // Frameworks greet developers in the console; these lines are no complaints.
    if (!/React DevTools|Angular is running|^\[vite\]|development build of Vue/.test(message.text()))
      said.push(message.text())
  })
  page.on('pageerror', (error) => said.push(String(error)))
})
afterEach(async () => {
  await page.close()
  await server.close()
})

/** A copy of an example with everything installed, whose settings lead to the local server. */
async function install(name: string, settingsPath?: string): Promise<string> {
  const folder = join(root, name)
  cpSync(resolve('examples', name), folder, { recursive: true })
  const [tarball = ''] = readdirSync(root).filter((file) => file.endsWith('.tgz'))
  const path = join(folder, 'package.json')
  const { dependencies, ...rest } = JSON.parse(readFileSync(path, 'utf8')) as { dependencies: object }
  writeFileSync(path, JSON.stringify({ ...rest, dependencies: { ...dependencies, pennon: `file:../${tarball}` } }))
  await npm(folder, 'install', '--prefer-offline', '--no-audit', '--no-fund')
  if (!settingsPath) return folder
  const { apiUrl } = server
  const urls = JSON.stringify({ sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl })
  const settings = join(folder, settingsPath)
  const text = readFileSync(settings, 'utf8')
  expect(text).toContain("sdkKey: 'YOUR_SDK_KEY'")
  writeFileSync(settings, text.replace("sdkKey: 'YOUR_SDK_KEY'", `sdkKey: 'sdk-key', urls: ${urls}`))
  return folder
}

/** Serves files of a folder below `/<name>/`. */
function serve(name: string, folder: string, files: readonly string[]): string {
  for (const file of files) {
    const type = TYPES[extname(file)] ?? 'application/octet-stream'
    server.serve(`/${name}/${file.replaceAll('\\', '/')}`, readFileSync(join(folder, file), 'utf8'), {
      'content-type': type,
    })
  }
  return new URL(`/${name}/index.html`, server.pageUrl).href
}

/** The page shows the treatment, one impression of it arrives when the page goes, and the console stays empty. */
async function decides(): Promise<void> {
  await page.waitForFunction(`document.querySelector('#app')?.textContent === 'New checkout'`)
  await page.goto('about:blank')
  await expect.poll(() => server.impressions().length + server.counts().length).toBeGreaterThan(0)
  expect(server.impressions().map(({ flag: name, treatment, label }) => [name, treatment, label])).toEqual([
    ['checkout_v2', 'on', 'a rule'],
  ])
  expect(server.counts()).toEqual([])
  expect(said).toEqual([])
}

it.each(['vite', 'react', 'vue', 'svelte'])('examples/%s decides and records once', async (name) => {
  const folder = await install(name, 'src/settings.ts')
  await npm(folder, 'run', 'build', '--', '--base', './', '--logLevel', 'error')
  const site = join(folder, 'dist')
  const files = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => extname(file) in TYPES)
  await page.goto(serve(name, site, files))
  await decides()
})

it('examples/static decides and records once', async () => {
  const folder = await install('static', 'settings.js')
  await page.goto(serve('static', folder, ['index.html', 'settings.js', 'node_modules/pennon/dist/pennon.min.js']))
  await decides()
})

let child: ChildProcess | undefined
afterEach(() => void child?.kill())

const freePort = () =>
  new Promise<number>((done) => {
    const socket = createServer().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as { port: number }
      socket.close(() => done(port))
    })
  })

it.each([
  ['vite', 'src/settings.ts'],
  ['react', 'src/settings.ts'],
  ['vue', 'src/settings.ts'],
  ['svelte', 'src/settings.ts'],
  ['static', 'settings.js'],
])('examples/%s decides in what npm start shows', async (name, settings) => {
  const folder = await install(name, settings)
  const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { scripts: { start: string } }
  expect(scripts.start).toBe('vite')
  const port = await freePort()
  const vite = join(folder, 'node_modules/vite/bin/vite.js')
  child = spawn(process.execPath, [vite, '--host', '127.0.0.1', '--port', `${port}`], { cwd: folder, stdio: 'ignore' })
  const url = `http://127.0.0.1:${port}/`
  const isThere = () =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
  // A busy machine takes its time to start a tool.
  await expect.poll(isThere, { timeout: 60_000 }).toBe(true)
  await page.goto(url)
  const shows = (text: string) => page.waitForFunction(`document.querySelector('#app')?.textContent === '${text}'`)
  // The other examples follow the flag as long as the page is there.
  if (['vite', 'static'].includes(name)) return decides()
  await shows('New checkout')
  await server.streaming.connected()
  server.kill('checkout_v2')
  await shows('Old checkout')
  await page.goto('about:blank')
  await expect
    .poll(() =>
      server
        .impressions()
        .map(({ treatment }) => treatment)
        .sort(),
    )
    .toEqual(['off', 'on'])
  expect(said).toEqual([])
})

describe('drawn on a server', () => {
  /** Lets the component of an example count how often it is drawn, as `drawn` of the page. */
  const countDrawings = (path: string) => {
    const code = readFileSync(path, 'utf8')
    const hook = "const isNew = useTreatment('checkout_v2')"
    expect(code).toContain(hook)
    writeFileSync(path, code.replace(hook, `globalThis.drawn = (globalThis.drawn ?? 0) + 1\n${hook}`))
  }
  /** What the page asked for, in the order of the alphabet. The server that drew it has no origin. */
  const askedByPage = () =>
    server.received
      .filter(({ method, headers }) => method !== 'OPTIONS' && headers['origin'])
      .map(({ path }) => path)
      .sort()

  it.each([
    ['next', 'settings.js', 'node_modules/next/dist/bin/next start -H 127.0.0.1', 'app/shop.jsx'],
    ['vite-ssr', 'src/settings.ts', 'server.js', 'src/App.tsx'],
    ['node', 'settings.js', 'server.js', undefined],
  ])(
    'examples/%s draws what the browser takes over, which records once',
    async (name, settings, script, component) => {
      const folder = await install(name, settings)
      if (component) countDrawings(join(folder, component))
      await npm(folder, 'run', 'build', '--if-present')
      const port = await freePort()
      child = spawn(process.execPath, script.split(' '), {
        cwd: folder,
        env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', PORT: `${port}` },
        stdio: 'ignore',
      })
      const url = `http://127.0.0.1:${port}/`
      const html = async () => (await fetch(url)).text()
      await expect.poll(() => html().catch(() => ''), { timeout: 30_000 }).toContain('New checkout')
      if (name === 'next') {
        // Next's cache fetches the definitions once for both drawings.
        await html()
        expect(server.received.filter(({ path }) => path === '/splitChanges')).toHaveLength(1)
      }
      await page.evaluateOnNewDocument(`
        texts = new Set()
        new MutationObserver(() => {
          const text = document.querySelector('#app')?.textContent
          if (text) texts.add(text)
        }).observe(document, { subtree: true, childList: true, characterData: true })`)
      await page.goto(url)
      // Definitions are fetched once at the beginning, and once more when the stream is open. The flag uses no segments.
      await expect.poll(askedByPage).toEqual(['/splitChanges', '/splitChanges', '/sse', '/v2/auth'])
      expect(await page.evaluate('[...texts]')).toEqual(['New checkout'])
      // One drawing is by what the server drew, the other by the client that goes on from there.
      if (component) expect(await page.evaluate('drawn')).toBe(2)
      await decides()
    },
    300_000,
  )
})

it('examples/angular follows a flag, and the zone has nothing to wait for', async () => {
  const folder = await install('angular', 'settings.ts')
  const { outputFiles } = await build({
    stdin: {
      contents: `
        import 'zone.js'
        import '@angular/compiler'
        import { Component, computed, inject, NgZone, provideZoneChangeDetection } from '@angular/core'
        import { bootstrapApplication } from '@angular/platform-browser'
        import { Pennon } from './pennon.service'
        @Component({ selector: 'main', template: "{{ isNew() ? 'New checkout' : 'Old checkout' }}" })
        class Checkout {
          treatment = inject(Pennon).treatment('checkout_v2')
          isNew = computed(() => this.treatment() === 'on')
        }
        const { injector } = await bootstrapApplication(Checkout, { providers: [provideZoneChangeDetection()] })
        Object.assign(globalThis, { client: injector.get(Pennon).client, zone: injector.get(NgZone) })`,
      resolveDir: folder,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'esm',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
    logLevel: 'error',
  })
  server.serve('/angular/page.js', outputFiles[0]?.text ?? '', { 'content-type': 'text/javascript' })
  server.serve(
    '/angular/index.html',
    '<!doctype html><link rel="icon" href="data:,"><main id="app"></main><script type="module" src="page.js"></script>',
  )
  await page.goto(new URL('/angular/index.html', server.pageUrl).href)
  await page.waitForFunction(`document.querySelector('#app').textContent === 'New checkout'`)
  await server.streaming.connected()
  // The client polls, streams and waits to send; made in the zone, any of these would be a task of it that is not over.
  expect(await page.evaluate('zone.hasPendingMacrotasks')).toBe(false)
  server.kill('checkout_v2')
  await page.waitForFunction(`document.querySelector('#app').textContent === 'Old checkout'`)
  await page.evaluate('client.flush()')
  await expect.poll(() => server.impressions().map(({ treatment }) => treatment)).toEqual(['on', 'off'])
  expect(said).toEqual([])
})

it('examples/signals follows a flag', async () => {
  const folder = await install('signals')
  await build({
    stdin: {
      contents: `
        import { effect, signal } from '@preact/signals-core'
        import { createTestClient } from 'pennon/testing'
        import { watchTreatment } from './watchTreatment'
        const client = createTestClient({ flags: { a: 'on' } })
        const values = []
        const treatment = signal('control')
        effect(() => void values.push(treatment.value))
        const stop = watchTreatment(client, 'a', treatment)
        await client.whenReady()
        client.set('a', 'off')
        stop()
        client.set('a', 'on')
        console.log(JSON.stringify({ values, recorded: client.recorded.impressions.map(({ treatment }) => treatment) }))`,
      resolveDir: folder,
      loader: 'ts',
    },
    outfile: join(folder, 'run.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
  const { stdout } = await run(process.execPath, ['run.mjs'], { cwd: folder })
  expect(JSON.parse(stdout)).toEqual({ values: ['control', 'on', 'off'], recorded: ['on', 'off'] })
})
