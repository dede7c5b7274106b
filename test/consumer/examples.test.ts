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
let complaints: string[]
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
  complaints = []
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
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

/** The page shows the treatment, and one impression of it arrives when the page goes. */
async function decides(): Promise<void> {
  await page.waitForFunction(`document.querySelector('#app')?.textContent === 'New checkout'`)
  await page.goto('about:blank')
  await expect.poll(() => server.impressions().length + server.counts().length).toBeGreaterThan(0)
  expect(server.impressions().map(({ flag: name, treatment, label }) => [name, treatment, label])).toEqual([
    ['checkout_v2', 'on', 'a rule'],
  ])
  expect(server.counts()).toEqual([])
  expect(complaints).toEqual([])
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

describe('examples/next', () => {
  let next: ChildProcess | undefined
  afterEach(() => void next?.kill())

  const freePort = () =>
    new Promise<number>((done) => {
      const socket = createServer().listen(0, '127.0.0.1', () => {
        const { port } = socket.address() as { port: number }
        socket.close(() => done(port))
      })
    })

  it('is drawn on the server, hydrated, and records once', async () => {
    const folder = await install('next', 'settings.js')
    await npm(folder, 'run', 'build')
    const port = await freePort()
    next = spawn(process.execPath, ['node_modules/next/dist/bin/next', 'start', '-p', `${port}`, '-H', '127.0.0.1'], {
      cwd: folder,
      env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1' },
      stdio: 'ignore',
    })
    const url = `http://127.0.0.1:${port}/`
    const html = async () => (await fetch(url)).text()
    await expect.poll(() => html().catch(() => ''), { timeout: 30_000 }).toContain('New checkout')
    // The definitions once for both drawings, by Next's cache.
    await html()
    expect(server.received.filter(({ path }) => path === '/splitChanges')).toHaveLength(1)
    await page.goto(url)
    await decides()
  }, 300_000)
})

describe('adapters without a page', () => {
  /** Bundles code beside an example, and runs it in Node. It prints what it saw. */
  const inNode = async (folder: string, code: string): Promise<unknown> => {
    await build({
      stdin: { contents: code, resolveDir: folder, loader: 'ts' },
      outfile: join(folder, 'run.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
      logLevel: 'error',
    })
    const { stdout } = await run(process.execPath, ['run.mjs'], { cwd: folder })
    return JSON.parse(stdout)
  }
  it('examples/signals follows a flag', async () => {
    const folder = await install('signals')
    expect(
      await inNode(
        folder,
        `import { effect, signal } from '@preact/signals-core'
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
      ),
    ).toEqual({ values: ['control', 'on', 'off'], recorded: ['on', 'off'] })
  })

  it('examples/angular follows a flag, outside of the zone', async () => {
    const folder = await install('angular', 'settings.ts')
    const text = readFileSync(join(folder, 'settings.ts'), 'utf8')
    const listens =
      'localFlags: globalThis.flags, impressionListener: (one) => globalThis.recorded.push(one.treatment), key:'
    writeFileSync(join(folder, 'settings.ts'), text.replace('key:', listens).replace(/urls: \{[^}]*\},/, ''))
    expect(
      await inNode(
        folder,
        `import '@angular/compiler'
         import { Injector, NgZone } from '@angular/core'
         import 'zone.js'
         Object.assign(globalThis, { flags: { a: 'on' }, recorded: [] })
         const { Pennon } = await import('./pennon.service')
         const zone = new NgZone({})
         let isInside = []
         const injector = Injector.create({ providers: [{ provide: NgZone, useValue: zone }, { provide: Pennon, useFactory: () => new Pennon() }] })
         const pennon = injector.get(Pennon)
         const { runInInjectionContext } = await import('@angular/core')
         const treatment = runInInjectionContext(injector, () => pennon.treatment('a'))
         pennon.client.on('update', () => isInside.push(NgZone.isInAngularZone()))
         const values = [treatment()]
         await pennon.client.whenReady()
         globalThis.flags.a = 'off'
         pennon.client.update()
         values.push(treatment())
         await pennon.client.flush()
         console.log(JSON.stringify({ values, recorded: globalThis.recorded, isInside }))
         await pennon.client.destroy()`,
      ),
    ).toEqual({ values: ['on', 'off'], recorded: ['on', 'off'], isInside: [false] })
  })
})
