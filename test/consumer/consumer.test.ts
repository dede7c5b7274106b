import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'
import { installPackage, type Consumer } from './installPackage'
import { openUnderPolicy } from './openUnderPolicy'

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
/** The shop's decisions by the demo's definitions. */
const decided = { ready: true, treatment: expect.stringMatching(/^(compact|photo|story)$/) as string }

describe('the packed package', () => {
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
  it('takes what Vite makes of the package', async () => {
    await consumer.run(vite, 'build', '--base', './', '--outDir', 'site', '--logLevel', 'warn')
    const files = readdirSync(join(consumer.folder, 'site'), { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => /\.(html|js)$/.test(path))
    // Streaming is a chunk of its own there as well.
    expect(files.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(1)
    const before = server.impressions().length
    const { shop, complaints } = await openUnderPolicy(
      browser,
      server,
      'index.html',
      Object.fromEntries(files.map((path) => [path, read(`site/${path}`)])),
    )
    expect({ shop, complaints }).toMatchObject({ shop: decided, complaints: [] })
    expect(server.impressions().slice(before)).toContainEqual(expect.objectContaining({ flag: 'checkout_v2' }))
  })
})
