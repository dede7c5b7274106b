import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { build, type BuildOptions, type Plugin } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'
import { readVectors } from '../conformance/readVectors'
import type { Outcome } from './inPage/vitest'

const rows = join(import.meta.dirname, '../conformance')

/** Vitest in small. */
const smallVitest: Plugin = {
  name: 'small vitest',
  setup({ onResolve }) {
    onResolve({ filter: /^vitest$/ }, () => ({ path: join(import.meta.dirname, 'inPage/vitest.ts') }))
  },
}

/** The rows in place of their files, which a page cannot read. */
const rowsInside: Plugin = {
  name: 'rows inside',
  setup({ onLoad }) {
    onLoad({ filter: /readVectors\.ts$/ }, () => ({
      contents: `const rows = ${JSON.stringify(vectors())}; export const readVectors = (name) => rows[name]`,
      loader: 'js',
    }))
  },
}

const vectors = () =>
  Object.fromEntries(
    readdirSync(join(rows, 'vectors')).map((file) => {
      const [name = ''] = file.split('.')
      return [name, readVectors(name)]
    }),
  )

let browser: Browser
let server: DemoServer
let page: Page
beforeAll(async () => {
  browser = await launch()
  server = await createDemoServer()
  server.serve('/rows.html', '<!doctype html><meta charset="utf-8"><title>rows</title>')
  page = await (await browser.createBrowserContext()).newPage()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** Makes one script of a spec of test/conformance. */
async function bundle(name: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(rows, `${name}.test.ts`)],
    bundle: true,
    format: 'iife',
    // Debian's WebKitGTK and the oldest Safari that pennon supports run this syntax.
    target: 'es2022',
    write: false,
    logLevel: 'error',
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

/** Runs a spec in the page, with the rows that it reads. */
async function runInPage(name: string): Promise<Outcome> {
  const define = { 'process.env.QUICK': 'undefined' }
  const script = await bundle(name, { plugins: [smallVitest, rowsInside], define })
  const undo = server.serve('/spec.js', script, { 'content-type': 'text/javascript; charset=utf-8' })
  await page.goto(new URL('/rows.html', server.pageUrl).href)
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script')
    script.src = '/spec.js'
    await new Promise((resolve) => {
      script.onload = resolve
      document.head.append(script)
    })
    return (globalThis as unknown as { outcome: Outcome }).outcome
  })
  undo()
  return outcome
}

/** Runs a spec in Node, with the rows of its files. */
async function runInNode(name: string): Promise<Outcome> {
  const script = await bundle(name, {
    plugins: [smallVitest],
    platform: 'node',
    define: {
      'process.env.QUICK': 'undefined',
      'import.meta.url': JSON.stringify(pathToFileURL(join(rows, 'readVectors.ts')).href),
    },
  })
  const worker = new Worker(`${script}\nrequire('node:worker_threads').parentPort.postMessage(globalThis.outcome)`, {
    eval: true,
    stdout: true,
  })
  try {
    return await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  } finally {
    await worker.terminate()
  }
}

// The rows of wire.test.ts need Vitest's timers, which move the clock of Node alone; test/browser compares what pages send.
describe('the rows of the official implementation, in the page', () => {
  it.each(['evaluation', 'hash', 'impressions', 'semver'])('%s: as many as in Node', async (name) => {
    const { failures, ...played } = await runInPage(name)
    expect(failures.slice(0, 10)).toEqual([])
    const { passed, checks } = await runInNode(name)
    expect(played).toEqual({ passed, checks })
    expect(checks).toBeGreaterThan(0)
  })
})
