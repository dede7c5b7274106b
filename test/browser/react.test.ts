import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadBootstrap, serializeBootstrap } from '../../src/server'
import { launch } from './launch'
import { definitionsOf, flag, openSite, type Site } from './site'
import type { Client } from '../../src/client/types/client'
import type { Settings } from '../../src/client/types/settings'

// What the page's scripts see.
declare const seen: Seen
interface Seen {
  /** Names of the components, each time one is drawn. */
  drawn: string[]
  /** What React complained of, and pennon logged. */
  complaints: string[]
  /** What could be read on the page before React touched it, and after each of its changes. */
  texts: string[]
  client: Client
  leave(): void
}

/** React by its major version: where an application of that version finds it. */
const VERSIONS = [
  ['18', resolve('test/react18/node_modules')],
  ['19', resolve('node_modules')],
] as const

/** The application: four components on two flags, one of which waits, and one that hands out the client. */
const application = `
  import { createElement as h, StrictMode, Suspense } from 'react'
  import { PennonProvider, useClient, useSuspenseTreatment, useTreatment } from ${JSON.stringify(resolve('dist/react.js'))}
  export const seen = { drawn: [], complaints: [], texts: [] }
  const Flag = ({ name }) => {
    seen.drawn.push(name)
    return h('p', null, name + ': ' + useTreatment(name))
  }
  const Keep = () => {
    seen.client = useClient()
    return null
  }
  const Waits = () => 'waits: ' + useSuspenseTreatment('plain')
  export const app = (settings) =>
    h(StrictMode, null, h(PennonProvider, { settings },
      h(Flag, { name: 'plain' }), h(Flag, { name: 'plain' }), h(Flag, { name: 'other' }), h(Keep),
      h(Suspense, { fallback: 'one moment' }, h(Waits))))
`
const inBrowser = `
  import { createRoot, hydrateRoot } from 'react-dom/client'
  import { app, seen } from 'application'
  const say = (...line) => void seen.complaints.push(line.join(' '))
  console.error = console.warn = say
  const place = document.querySelector('#app')
  const flags = document.querySelector('#flags')?.textContent
  const look = () => seen.texts.push(place.innerText)
  look()
  new MutationObserver(look).observe(place, { subtree: true, childList: true, characterData: true })
  globalThis.start = (settings) => {
    const whole = { ...settings, logger: { debug() {}, info() {}, warn: say, error: say }, ...(flags && { bootstrap: JSON.parse(flags) }) }
    const root = flags ? hydrateRoot(place, app(whole), { onRecoverableError: say }) : createRoot(place)
    if (!flags) root.render(app(whole))
    seen.leave = () => root.unmount()
  }
  globalThis.seen = seen
`
const onServer = `
  import { renderToString } from 'react-dom/server'
  import { app } from 'application'
  export const render = (settings) => renderToString(app(settings))
`

/** Bundles code that may import the application, with this React. */
async function bundle(code: string, modules: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: '.' },
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
    // React says more while it is developed with.
    define: { 'process.env.NODE_ENV': '"development"' },
    alias: { react: join(modules, 'react'), 'react-dom': join(modules, 'react-dom') },
    plugins: [
      {
        name: 'application',
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^application$/ }, () => ({ path: 'application', namespace: 'application' }))
          onLoad({ filter: /./, namespace: 'application' }, () => ({ contents: application, resolveDir: resolve('.') }))
        },
      },
    ],
    ...options,
  })
  return outputFiles?.[0]?.text ?? ''
}

let browser: Browser
let site: Site
let folder: string
beforeAll(async () => {
  browser = await launch()
  folder = mkdtempSync(join(tmpdir(), 'pennon-react-'))
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await browser.close()
})
afterEach(() => site.close())

describe.each(VERSIONS)('React %s', (version, modules) => {
  let script: string
  beforeAll(async () => {
    script = await bundle(inBrowser, modules, {})
  })

  const settings = (over: Partial<Settings> = {}): Settings => {
    const { apiUrl } = site.server
    return {
      sdkKey: 'sdk-key',
      key: 'user-1',
      impressionsMode: 'DEBUG',
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
      ...over,
    }
  }
  const open = async (html = '', flags = ''): Promise<Page> => {
    site.server.serve('/react.js', script, { 'content-type': 'text/javascript' })
    site.server.serve(
      '/react.html',
      `<!doctype html><title>app</title><link rel="icon" href="data:,"><div id="app">${html}</div>${flags}
       <script type="module" src="/react.js"></script>`,
    )
    const page = await site.context.newPage()
    await page.goto(site.address('/react.html'))
    await page.evaluate((given) => (globalThis as unknown as { start(given: object): void }).start(given), settings())
    return page
  }
  const shows = (page: Page, text: string) =>
    expect.poll(() => page.evaluate(() => document.querySelector('#app')?.textContent)).toBe(text)
  const recorded = async (page: Page) => {
    await page.evaluate(() => seen.client.flush())
    const impressions = site.server.impressions().map(({ flag: name, treatment }) => `${name}: ${treatment}`)
    return impressions.sort()
  }

  it('draws, records and asks once, in StrictMode, and redraws what a change concerns', async () => {
    site = await openSite(browser, { definitions: definitionsOf([flag('plain'), flag('other')]) })
    const page = await open()
    await shows(page, 'plain: onplain: onother: onwaits: on')
    await expect.poll(() => recorded(page)).toEqual(['other: on', 'plain: on', 'plain: on', 'plain: on'])
    // The part that waits was never there with another answer.
    expect((await page.evaluate(() => seen.texts)).filter((text) => text.includes('waits: control'))).toEqual([])
    expect(site.asked('/splitChanges').filter((url) => url.includes('since=-1'))).toHaveLength(1)

    await site.server.streaming.connected()
    await page.evaluate(() => void (seen.drawn.length = 0))
    site.server.changeFlag('other', { defaultTreatment: 'off', killed: true })
    await shows(page, 'plain: onplain: onother: offwaits: on')
    expect(new Set(await page.evaluate(() => seen.drawn))).toEqual(new Set(['other']))
    expect(await recorded(page)).toEqual(['other: off', 'other: on', 'plain: on', 'plain: on', 'plain: on'])

    // What the provider made ends with it.
    await page.evaluate(() => seen.leave())
    expect(await page.evaluate(() => seen.client.status().destroyed)).toBe(true)
    expect(await page.evaluate(() => seen.complaints)).toEqual([])
  })

  it('is hydrated without a warning, then takes up what is newer', async () => {
    site = await openSite(browser, { definitions: definitionsOf([flag('plain'), flag('other')]) })
    const bootstrap = await loadBootstrap({ sdkKey: 'sdk-key', key: 'user-1', urls: { sdk: site.server.apiUrl } })
    const module = join(folder, `render${version}.mjs`)
    writeFileSync(
      module,
      await bundle(onServer, modules, {
        platform: 'node',
        banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
      }),
    )
    const { render } = (await import(pathToFileURL(module).href)) as { render(given: Settings): string }
    site.server.clearReceived()
    const html = render(settings({ bootstrap }))
    expect(site.server.received).toEqual([])

    site.server.changeFlag('other', { defaultTreatment: 'off', killed: true })
    const page = await open(
      html,
      `<script type="application/json" id="flags">${serializeBootstrap(bootstrap)}</script>`,
    )
    await shows(page, 'plain: onplain: onother: offwaits: on')
    const texts = await page.evaluate(() => seen.texts)
    expect(texts[0]?.split(/\s*\n\s*/)).toEqual(['plain: on', 'plain: on', 'other: on', 'waits: on'])
    expect(texts.filter((text) => /control|moment/.test(text))).toEqual([])
    expect((await recorded(page)).filter((one) => one !== 'other: on')).toEqual([
      'other: off',
      'plain: on',
      'plain: on',
      'plain: on',
    ])
    expect(await page.evaluate(() => seen.complaints)).toEqual([])
  })
})

it("OpenFeature's React SDK draws what a flag becomes, for the user of its context, and records it", async () => {
  site = await openSite(browser, { definitions: definitionsOf([flag('plain'), flag('other')]) })
  const { server } = site
  const script = await bundle(
    `import { createElement as h, useEffect } from 'react'
     import { createRoot } from 'react-dom/client'
     import { OpenFeature } from '@openfeature/web-sdk'
     import { OpenFeatureProvider, useBooleanFlagDetails } from '@openfeature/react-sdk'
     import { createPennonProvider } from ${JSON.stringify(resolve('dist/openfeature.js'))}
     const complaints = []
     const drawn = []
     console.error = console.warn = (...line) => void complaints.push(line.join(' '))
     const Flag = ({ name }) => {
       useEffect(() => void drawn.push(name))
       const { value, variant } = useBooleanFlagDetails(name, false)
       return h('p', null, name + ': ' + value + ' ' + variant)
     }
     await OpenFeature.setContext({ targetingKey: 'user-1' })
     OpenFeature.setProvider(createPennonProvider(settings))
     createRoot(document.querySelector('#app')).render(
       h(OpenFeatureProvider, null, h(Flag, { name: 'plain' }), h(Flag, { name: 'other' })))
     Object.assign(globalThis, { complaints, drawn, OpenFeature })`,
    resolve('node_modules'),
    {},
  )
  const { apiUrl } = server
  const urls = { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl }
  server.serve('/openfeature.js', script, { 'content-type': 'text/javascript' })
  server.serve(
    '/openfeature.html',
    `<!doctype html><title>app</title><link rel="icon" href="data:,"><div id="app"></div>
     <script>settings = ${JSON.stringify({ sdkKey: 'sdk-key', urls })}</script>
     <script type="module" src="/openfeature.js"></script>`,
  )
  const page = await site.context.newPage()
  await page.goto(site.address('/openfeature.html'))
  const shows = (text: string) =>
    expect.poll(() => page.evaluate(() => document.querySelector('#app')?.textContent)).toBe(text)
  await shows('plain: true onother: true on')

  await server.streaming.connected()
  await page.evaluate('void (drawn.length = 0)')
  server.changeFlag('other', { defaultTreatment: 'off', killed: true })
  await shows('plain: true onother: false off')
  expect(await page.evaluate('[...new Set(drawn)]')).toEqual(['other'])

  await page.evaluate(`OpenFeature.setContext({ targetingKey: 'user-2' })`)
  await page.evaluate('OpenFeature.close()')
  const recorded = server.impressions().map(({ key, flag: name, treatment }) => `${key}: ${name} ${treatment}`)
  expect(recorded.sort()).toEqual([
    'user-1: other off',
    'user-1: other on',
    'user-1: plain on',
    'user-2: other off',
    'user-2: plain on',
  ])
  expect(await page.evaluate('complaints')).toEqual([])
})
