import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer.mjs'
import { launch } from '../browser/launch'
import { installPackage, type Consumer } from './installPackage'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const tsc = resolve('node_modules/typescript/bin/tsc')
const vite = resolve('node_modules/vite/bin/vite.js')

let consumer: Consumer
let server: DemoServer
let browser: Browser

beforeAll(async () => {
  consumer = await installPackage(here('shop'))
  cpSync(here('../types/flags.ts'), join(consumer.folder, 'typedFlags.ts'))
  server = await createDemoServer({
    definitions: JSON.parse(readFileSync(here('../../demo/definitions.json'), 'utf8')) as object,
  })
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await server?.close()
  consumer?.remove()
})

const installed = (path: string) => join(consumer.folder, 'node_modules/pennon', path)
const read = (path: string) => readFileSync(join(consumer.folder, path), 'utf8')
/** What the shop decides with the demo's definitions. */
const decided = { ready: true, treatment: expect.stringMatching(/^(compact|photo|story)$/) as string }

describe('the packed package', () => {
  it('has what it needs, and nothing of how it is made', () => {
    const { dependencies } = JSON.parse(read('node_modules/pennon/package.json')) as { dependencies: object }
    expect(Object.keys(dependencies).sort()).toEqual(['idb-keyval', 'ky', 'murmurhash-js'])
    expect(readdirSync(installed('.')).sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'docs', 'package.json', 'src'].sort(),
    )
  })

  it('has every document that its README leads to', () => {
    const links = [...read('node_modules/pennon/README.md').matchAll(/\]\((docs\/[^)#]+\.md)/g)].map(
      (link) => link[1] ?? '',
    )
    expect(links).toContain('docs/typed-flags.md')
    expect(links.filter((path) => !existsSync(installed(path)))).toEqual([])
  })

  it('prints the flags of an environment', async () => {
    const args = ['--sdk-key', 'shop-key', '--sdk-url', server.apiUrl, '--out', 'flags.ts', '--check']
    expect(await consumer.run('node_modules/.bin/pennon', 'types', ...args)).toBe('')
  })

  it('compiles strictly, its declarations included, as for Node and as for a bundler', async () => {
    expect(await consumer.run(tsc, '-p', 'tsconfig.shop.json')).toBe('')
    const bundled = ['--module', 'preserve', '--moduleResolution', 'bundler', '--noEmit']
    expect(await consumer.run(tsc, '-p', 'tsconfig.shop.json', ...bundled)).toBe('')
  })

  it('runs in Node, and ends', async () => {
    writeFileSync(
      join(consumer.folder, 'node.js'),
      `import { decide } from './build/decide.js'\nprocess.stdout.write(await decide(process.argv[2]))\n`,
    )
    expect(JSON.parse(await consumer.run('node.js', server.apiUrl))).toMatchObject(decided)
    expect(server.impressions()).toContainEqual(expect.objectContaining({ flag: 'product_card', transport: 'fetch' }))
  })

  it('has its own packages built in', async () => {
    for (const name of ['idb-keyval', 'ky', 'murmurhash-js']) rmSync(installed(`../${name}`), { recursive: true })
    expect(JSON.parse(await consumer.run('node.js', server.apiUrl))).toMatchObject(decided)
  })
})

describe('a page under a strict content security policy', () => {
  /** Serves files, opens one of them, and tells what it decided and what the browser complained of. */
  async function open(path: string, files: Record<string, string>) {
    const policy = [
      `default-src 'none'`,
      `script-src 'self'`,
      `connect-src ${server.apiUrl}/`,
      `require-trusted-types-for 'script'`,
      `trusted-types 'none'`,
    ].join('; ')
    const undo = Object.entries(files).map(([name, body]) => {
      const type = name.endsWith('.html') ? 'text/html' : 'text/javascript'
      const text = body.replace('API_URL', server.apiUrl)
      return server.serve(`/shop/${name}`, text, { 'content-type': type, 'content-security-policy': policy })
    })
    const page: Page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => complaints.push(message.text()))
    try {
      await page.goto(new URL(`shop/${path}`, server.pageUrl).href)
      const isLoaded = await page.evaluate(() => 'pennon' in globalThis || !!document.querySelector('[type=module]'))
      if (!isLoaded) return { complaints }
      await page.waitForFunction(() => document.documentElement.dataset['shop'])
      const shop = await page.evaluate(() => document.documentElement.dataset['shop'] ?? '')
      return { shop: JSON.parse(shop) as object, complaints }
    } finally {
      await page.close()
      for (const each of undo) each()
    }
  }

  const script = () => read('node_modules/pennon/dist/pennon.min.js')
  const integrity = () =>
    (JSON.parse(read('node_modules/pennon/dist/integrity.json')) as Record<string, string>)['pennon.min.js'] ?? ''
  const staticPage = (pennon: string) => ({
    'static.html': read('static.html').replace('INTEGRITY', integrity()),
    'static.js': read('static.js'),
    'pennon.min.js': pennon,
  })

  it('takes the script tag with the integrity that the package states, decides and delivers', async () => {
    expect(integrity()).toBe(`sha384-${createHash('sha384').update(script()).digest('base64')}`)
    const before = server.impressions().length
    expect(await open('static.html', staticPage(script()))).toEqual({ shop: decided, complaints: [] })
    // Closing the page handed it over.
    await expect.poll(() => server.impressions().slice(before)).toMatchObject([{ flag: 'product_card', key: 'ana' }])
  })

  it('refuses a script that was tampered with', async () => {
    const { shop, complaints } = await open('static.html', staticPage(`${script()} `))
    expect(shop).toBeUndefined()
    expect(complaints.join()).toMatch(/integrity/)
  })

  it('takes what Vite makes of the package', async () => {
    await consumer.run(vite, 'build', '--base', './', '--outDir', 'site', '--logLevel', 'warn')
    const files = readdirSync(join(consumer.folder, 'site'), { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.(html|js)$/.test(path))
    // Streaming is a chunk of its own there as well.
    expect(files.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(1)
    const before = server.impressions().length
    const { shop, complaints } = await open(
      'index.html',
      Object.fromEntries(files.map((path) => [path, read(`site/${path}`)])),
    )
    expect({ shop, complaints }).toMatchObject({ shop: decided, complaints: [] })
    expect(server.impressions().slice(before)).toContainEqual(expect.objectContaining({ flag: 'checkout_v2' }))
  })
})
