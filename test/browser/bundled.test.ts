import { basename, resolve } from 'node:path'
import * as esbuild from 'esbuild'
import type { Browser } from 'puppeteer-core'
import { rollup } from 'rollup'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as vite from 'vite'
import type { Client } from '../../src/client/types/client'
import { launch } from './launch'
import { openSite, type Site } from './site'

declare const client: Client

/** The scripts that a bundler made, by name, and the name of the first one. */
interface Bundled {
  readonly entry: string
  readonly files: Readonly<Record<string, string>>
}

/** The code of an application, which uses all that a site's pages need of pennon. */
const application = `
  import { createClient } from ${JSON.stringify(resolve('dist/index.js'))}
  Object.assign(globalThis, { pennon: { createClient } })
`
const virtual = {
  name: 'application',
  resolveId: (id: string) => (id === 'application' ? id : null),
  load: (id: string) => (id === 'application' ? application : null),
}

/** @param output of Rollup, or of Vite, which gives the same */
function bundled(output: readonly { fileName: string; code?: string; isEntry?: boolean }[]): Bundled {
  return {
    entry: output.find(({ isEntry }) => isEntry)?.fileName ?? '',
    files: Object.fromEntries(output.flatMap(({ fileName, code }) => (code === undefined ? [] : [[fileName, code]]))),
  }
}

async function withEsbuild(splitting: boolean): Promise<Bundled> {
  const { outputFiles } = await esbuild.build({
    stdin: { contents: application, resolveDir: '.' },
    bundle: true,
    minify: true,
    format: 'esm',
    outdir: 'out',
    splitting,
    write: false,
    logLevel: 'error',
  })
  const files = Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]))
  return { entry: 'stdin.js', files }
}

async function withRollup(inlineDynamicImports: boolean): Promise<Bundled> {
  const bundle = await rollup({ input: 'application', plugins: [virtual] })
  const { output } = await bundle.generate({ format: 'es', inlineDynamicImports })
  return bundled(output)
}

async function withVite(): Promise<Bundled> {
  const made = await vite.build({
    configFile: false,
    logLevel: 'error',
    base: '/app/',
    plugins: [virtual],
    build: { write: false, rollupOptions: { input: 'application' } },
  })
  return bundled((made as { output: Parameters<typeof bundled>[0] }).output)
}

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())
afterEach(() => site.close())

describe('an application that is bundled', () => {
  it.each<[string, { isSplit: boolean; make: () => Promise<Bundled> }]>([
    ['by Vite', { isSplit: true, make: withVite }],
    ['by Rollup', { isSplit: true, make: () => withRollup(false) }],
    ['by Rollup into one file', { isSplit: false, make: () => withRollup(true) }],
    ['by esbuild, with splitting', { isSplit: true, make: () => withEsbuild(true) }],
    ['by esbuild, without splitting', { isSplit: false, make: () => withEsbuild(false) }],
  ])('%s decides, explains and posts', async (_how, { isSplit, make }) => {
    site = await openSite(browser)
    const { entry, files } = await make()
    expect(Object.keys(files).length > 1).toBe(isSplit)
    for (const [name, code] of Object.entries(files)) {
      site.server.serve(`/app/${name}`, code, { 'content-type': 'text/javascript' })
    }
    site.server.serve(
      '/module.html',
      `<!doctype html><title>app</title><script type="module" src="/app/${entry}"></script>`,
    )

    const page = await site.open()
    expect(await site.ready(page)).toMatchObject({ ready: true, source: 'network' })
    expect(await site.treatments(page, ['plain'])).toEqual(['on'])
    await page.evaluate(() => client.flush())
    expect(await page.evaluate(() => client.explain('plain')?.label)).toBe('a rule')
    expect(site.server.impressions()).toMatchObject([{ flag: 'plain', transport: 'fetch' }])
    // The code of streaming is loaded as well.
    await site.server.streaming.connected()
    expect(await site.logged(page)).toEqual([])
  })
})
