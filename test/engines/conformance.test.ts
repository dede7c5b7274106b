import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'
import { readVectors } from '../conformance/readVectors'
import type { Outcome } from './inPage/vitest'

const rows = join(import.meta.dirname, '../conformance')

/** What the specs import of Node, as the page has it: vitest in small, and the rows in place of their files. */
const forPages: Plugin = {
  name: 'for pages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^vitest$/ }, () => ({ path: join(import.meta.dirname, 'inPage/vitest.ts') }))
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

/** Runs a spec of test/conformance in the page, with the rows that it reads. */
async function runInPage(spec: string): Promise<Outcome> {
  const { outputFiles } = await build({
    entryPoints: [join(rows, spec)],
    bundle: true,
    format: 'iife',
    // Debian's WebKitGTK and the oldest Safari that pennon supports run this syntax.
    target: 'es2022',
    define: { 'process.env.QUICK': 'undefined' },
    plugins: [forPages],
    write: false,
    logLevel: 'error',
  })
  const undo = server.serve('/spec.js', outputFiles[0]?.text ?? '', {
    'content-type': 'text/javascript; charset=utf-8',
  })
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

describe('the rows of the official implementation, in the page', () => {
  it.each(['evaluation', 'hash', 'impressions', 'semver'])('%s', async (name) => {
    const { passed, failures } = await runInPage(`${name}.test.ts`)
    expect(failures.slice(0, 10)).toEqual([])
    expect(passed).toBeGreaterThan(0)
  })
})
