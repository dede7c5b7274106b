import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type BuildOptions } from 'esbuild'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { loadBootstrap, serializeBootstrap } from '../../src/server'
import { blocksOf } from '../docs/compileBlocks'
import { can } from './engine'
import { launch } from './launch'
import { definitionsOf, flag, openSite, rule, type Site } from './site'
import type { Client } from '../../src/client/types/client'
import type { Settings } from '../../src/client/types/settings'

// The scripts of the page see these globals.
declare const seen: Seen
interface Seen {
  /** Names of the components, each time one is drawn. */
  drawn: string[]
  /** What React and pennon logged. */
  complaints: string[]
  /** The text of the page before React touched it, and after each of its changes. */
  texts: string[]
  client: Client
  /** Draws the same for another user. */
  become(key: string): void
  /** Draws another page of `pages`, in a transition. */
  go(page: string): void
  /** Draws another page at once, which throws away the transition that is going on. */
  jump(page: string): void
  leave(): void
}

/** Where an application finds React, by its major version. */
const VERSIONS = [
  ['18', resolve('test/react18/node_modules')],
  ['19', resolve('node_modules')],
] as const

/**
 * Two applications. One has four components on two flags, one of which waits, and one that hands out the client. The other
 * shows a page at a time: one that is never there, one that takes long to draw.
 */
const application = `
  import { createElement as h, StrictMode, startTransition, Suspense, useState } from 'react'
  import { flushSync } from 'react-dom'
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

  const never = new Promise(() => {})
  const Never = () => { throw never }
  // This takes longer than React draws in one go.
  const Slow = () => {
    for (const end = performance.now() + 6; performance.now() < end; );
    return null
  }
  const Last = () => {
    seen.drawn.push('last')
    return null
  }
  const Pages = () => {
    const [page, setPage] = useState('plain')
    // React is told that this is as urgent as a click, because only that interrupts a transition.
    seen.jump = (next) => flushSync(() => setPage(next))
    seen.go = (next) => startTransition(() => setPage(next))
    return h(Suspense, { fallback: 'one moment' }, h(Flag, { key: page, name: page }),
      page === 'never' && h(Never),
      page === 'slow' && [...Array(30).keys(), 'last'].map((key) => h(key === 'last' ? Last : Slow, { key })))
  }
  export const pages = (settings) =>
    h(StrictMode, null, h(PennonProvider, { settings }, h('p', null, settings.key), h(Pages), h(Keep)))
`
const inBrowser = `
  import { createRoot, hydrateRoot } from 'react-dom/client'
  import { app, pages, seen } from 'application'
  const say = (...line) => void seen.complaints.push(line.join(' '))
  console.error = console.warn = say
  const place = document.querySelector('#app')
  const flags = document.querySelector('#flags')?.textContent
  const look = () => seen.texts.push(place.innerText)
  look()
  new MutationObserver(look).observe(place, { subtree: true, childList: true, characterData: true })
  globalThis.start = (settings, name) => {
    const draw = { app, pages }[name]
    const whole = { ...settings, logger: { debug() {}, info() {}, warn: say, error: say }, ...(flags && { bootstrap: JSON.parse(flags) }) }
    const root = flags ? hydrateRoot(place, draw(whole), { onRecoverableError: say }) : createRoot(place)
    seen.become = (key) => root.render(draw({ ...whole, key }))
    if (!flags) seen.become(whole.key)
    seen.leave = () => root.unmount()
  }
  globalThis.seen = seen
`
const onServer = `
  import { PassThrough } from 'node:stream'
  import { text } from 'node:stream/consumers'
  import { renderToPipeableStream, renderToString } from 'react-dom/server'
  import { app } from 'application'
  export const render = (settings) => renderToString(app(settings))
  export const stream = (settings) =>
    new Promise((done, onError) => {
      const { pipe } = renderToPipeableStream(app(settings), { onError, onAllReady: () => done(text(pipe(new PassThrough()))) })
    })
`

/** Bundles code that may import the application, with this React. */
async function bundle(code: string, modules: string, options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: '.', loader: 'tsx' },
    jsx: 'automatic',
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'error',
    // React's development build has more warnings.
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
  const open = async (name: 'app' | 'pages', html = '', flags = ''): Promise<Page> => {
    site.server.serve('/react.js', script, { 'content-type': 'text/javascript' })
    site.server.serve(
      '/react.html',
      `<!doctype html><title>app</title><link rel="icon" href="data:,"><div id="app">${html}</div>${flags}
       <script type="module" src="/react.js"></script>`,
    )
    const page = await site.context.newPage()
    await page.goto(site.address('/react.html'))
    await page.waitForFunction(() => 'start' in globalThis)
    await page.evaluate(
      (given, which) => (globalThis as unknown as { start(...args: unknown[]): void }).start(given, which),
      settings(),
      name,
    )
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
    const page = await open('app')
    await shows(page, 'plain: onplain: onother: onwaits: on')
    await expect.poll(() => recorded(page)).toEqual(['other: on', 'plain: on', 'plain: on', 'plain: on'])
    // The part that waits was never drawn with another answer.
    expect((await page.evaluate(() => seen.texts)).filter((text) => text.includes('waits: control'))).toEqual([])
    expect(site.asked('/splitChanges').filter((url) => url.includes('since=-1'))).toHaveLength(1)

    await site.server.streaming.connected()
    await page.evaluate(() => void (seen.drawn.length = 0))
    site.server.changeFlag('other', { defaultTreatment: 'off', killed: true })
    await shows(page, 'plain: onplain: onother: offwaits: on')
    // It is drawn once, which StrictMode doubles.
    expect(await page.evaluate(() => seen.drawn)).toEqual(['other', 'other'])
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
    const { render, stream } = (await import(pathToFileURL(module).href)) as {
      render(given: Settings): string
      stream(given: Settings): Promise<string>
    }
    site.server.clearReceived()
    const html = render(settings({ bootstrap }))
    expect(await stream(settings({ bootstrap }))).toBe(html)
    // Without bootstrap, too, nothing waits.
    expect(await stream(settings())).toContain('control')
    expect(site.server.received).toEqual([])

    site.server.changeFlag('other', { defaultTreatment: 'off', killed: true })
    const page = await open(
      'app',
      html,
      `<script type="application/json" id="flags">${serializeBootstrap(bootstrap)}</script>`,
    )
    await shows(page, 'plain: onplain: onother: offwaits: on')
    const texts = await page.evaluate(() => seen.texts)
    expect(texts[0]?.split(/\s*\n\s*/)).toEqual(['plain: on', 'plain: on', 'other: on', 'waits: on'])
    expect(texts.filter((text) => /control|moment/.test(text))).toEqual([])
    const withoutFirst = async () => (await recorded(page)).filter((one) => one !== 'other: on')
    await expect.poll(withoutFirst).toEqual(['other: off', 'plain: on', 'plain: on', 'plain: on'])
    expect(site.asked('/splitChanges').filter((url) => url.includes('since=-1'))).toEqual([])
    expect(await page.evaluate(() => seen.complaints)).toEqual([])
  })

  it('records nothing of a transition that is thrown away, whether it waited or was interrupted', async () => {
    const names = ['plain', 'never', 'other', 'slow']
    site = await openSite(browser, { definitions: definitionsOf(names.map((name) => flag(name))) })
    const page = await open('pages')
    await shows(page, 'user-1plain: on')

    await page.evaluate(() => seen.go('never'))
    await page.waitForFunction(() => seen.drawn.includes('never'))
    await page.evaluate(() => seen.go('other'))
    await shows(page, 'user-1other: on')

    // A timer has its turn when React pauses within the drawing.
    await page.evaluate(
      () =>
        new Promise<void>((done) => {
          seen.go('slow')
          const interrupt = () => {
            if (!seen.drawn.includes('slow')) return void setTimeout(interrupt)
            seen.jump('plain')
            done()
          }
          interrupt()
        }),
    )
    await shows(page, 'user-1plain: on')

    expect(await recorded(page)).toEqual(['other: on', 'plain: on', 'plain: on'])
    expect(await page.evaluate(() => seen.drawn)).not.toContain('last')
    const texts = await page.evaluate(() => seen.texts)
    expect(texts.filter((text) => /moment|never|slow/.test(text))).toEqual([])
    expect(await page.evaluate(() => seen.complaints)).toEqual([])
  })

  it('never shows a user what another one got', async () => {
    const forFirst = rule('on', { matcherType: 'WHITELIST', whitelistMatcherData: { whitelist: ['user-1'] } })
    site = await openSite(browser, { definitions: definitionsOf([flag('plain', { conditions: [forFirst] })]) })
    const page = await open('pages')
    await shows(page, 'user-1plain: on')
    await page.evaluate(() => seen.become('user-2'))
    await shows(page, 'user-2plain: off')
    await page.evaluate(() => seen.become('user-1'))
    await shows(page, 'user-1plain: on')

    await recorded(page)
    const users = () => site.server.impressions().map(({ key, treatment }) => `${key}: ${treatment}`)
    expect(users().sort()).toEqual(['user-1: on', 'user-1: on', 'user-2: off'])

    // The updates follow each other before anybody could read the last one.
    for (const key of ['user-2', 'user-1', 'user-3', 'user-1', 'user-2']) {
      await page.evaluate((next) => seen.become(next), key)
    }
    await shows(page, 'user-2plain: off')
    await recorded(page)
    expect(users().filter((one) => !['user-1: on', 'user-2: off', 'user-3: off'].includes(one))).toEqual([])
    const texts = await page.evaluate(() => seen.texts)
    expect(texts.filter((text) => /user-1[^]*off|user-[23][^]*on$/.test(text))).toEqual([])
    expect(site.asked('/splitChanges').filter((url) => url.includes('since=-1'))).toHaveLength(1)
    expect(await page.evaluate(() => seen.complaints)).toEqual([])
  })
})

describe('README', () => {
  const readme = readFileSync('README.md', 'utf8')

  /** Runs the code of a section with what follows it, against the local server. @returns the page, and what its console said */
  const run = async (title: string, then = ''): Promise<{ page: Page; said: string[] }> => {
    site = await openSite(browser, { definitions: definitionsOf([flag('checkout_v2')]) })
    const { apiUrl } = site.server
    const urls = JSON.stringify({ sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl })
    const [block] = blocksOf('README.md', readme.split(`## ${title}\n`)[1] ?? '')
    const code = block?.code.replace("sdkKey: 'YOUR_SDK_KEY'", `sdkKey: 'sdk-key', urls: ${urls}`) ?? ''
    expect(code).toContain(apiUrl)
    const script = await bundle(`${code}\n${then}`, resolve('node_modules'), {})
    site.server.serve('/readme.js', script, { 'content-type': 'text/javascript' })
    site.server.serve(
      '/readme.html',
      '<!doctype html><title>readme</title><link rel="icon" href="data:,"><div id="app"></div><script type="module" src="/readme.js"></script>',
    )
    const page = await site.context.newPage()
    const said: string[] = []
    // React names its work for the profiler in Firefox's console, which shows nothing of that.
    page.on('console', (message) => (message.type() as string) !== 'timeStamp' && said.push(message.text()))
    await page.goto(site.address('/readme.html'))
    return { page, said }
  }
  const recorded = async (page: Page) => {
    await page.goto(site.address('/next.html'))
    await expect.poll(() => site.server.impressions().length).toBeGreaterThan(0)
    return site.server.impressions().map(({ key, flag: name, treatment }) => `${key}: ${name} ${treatment}`)
  }

  it.skipIf(!can.console)('the first decision', async () => {
    const { page, said } = await run('The first decision')
    await expect.poll(() => said).toEqual(['checkout_v2 on a rule'])
    expect(await recorded(page)).toEqual(['user-42: checkout_v2 on'])
  })

  it('in React', async () => {
    const { page, said } = await run(
      'In React',
      `import { createRoot } from 'react-dom/client'
       createRoot(document.querySelector('#app')).render(<App userId="user-42" />)`,
    )
    await page.waitForFunction(`document.querySelector('#app').textContent === 'New'`)
    expect(said.filter((line) => !line.includes('React DevTools'))).toEqual([])
    expect(await recorded(page)).toEqual(['user-42: checkout_v2 on'])
  })

  it.skipIf(!can.console)('with OpenFeature', async () => {
    const { page, said } = await run('With OpenFeature')
    await expect.poll(() => said).toEqual(['true STATIC a rule'])
    expect(await recorded(page)).toEqual(['user-42: checkout_v2 on'])
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
