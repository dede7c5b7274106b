import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch } from '../browser/launch'
import type { Browser, Page } from 'puppeteer-core'

const TYPES: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}
const folder = 'docs/site/.vitepress/dist'

let server: Server
let browser: Browser
let page: Page
let url: string
const complaints: string[] = []
const foreign: string[] = []

/** Serves `a.html` at `/a`, as hosts of static files do. */
const fileOf = (path: string) =>
  [path, `${path}.html`, join(path, 'index.html')]
    .map((name) => join(folder, name))
    .find((name) => existsSync(name) && statSync(name).isFile())

beforeAll(async () => {
  execFileSync('npm', ['run', '--silent', 'docs'], { stdio: 'ignore' })
  server = createServer(({ url: path = '/' }, response) => {
    const file = fileOf(decodeURIComponent(new URL(path, 'http://localhost').pathname))
    if (!file) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain' }).end(readFileSync(file))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  browser = await launch()
  page = await browser.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!/^(data:|http:\/\/127\.0\.0\.1)/.test(request.url())) foreign.push(request.url())
  })
}, 300_000)
afterAll(async () => {
  await browser?.close()
  server?.close()
})

/** What the lines of the playground say: flag, treatment, label and the configuration if there is one. */
const rows = () =>
  page.$$eval('.playground summary', (found) =>
    found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText)),
  )
/** What is shown below the line of a flag. */
const shownOf = (flag: string) =>
  page.$$eval(
    '.playground details',
    (found, name) =>
      found.find((one) => one.querySelector('.flag')?.textContent === name)?.querySelector<HTMLElement>('.why')
        ?.innerText,
    flag,
  )
const type = (field: string, text: string) =>
  page.$eval(
    `.playground ${field}`,
    (area, typed) => {
      ;(area as HTMLInputElement).value = typed
      area.dispatchEvent(new Event('input'))
    },
    text,
  )

describe('the documentation site', () => {
  it('leads from the first page to every guide of its sidebar, by a click and by its address', async () => {
    await page.goto(url)
    await page.locator('a.VPButton::-p-text(Start here)').click()
    await page.waitForSelector('.VPSidebar')
    const links = await page.$$eval('.VPSidebar a', (found) => found.map(({ pathname }) => pathname))
    expect(links.length).toBeGreaterThan(30)
    const titleOf = () => page.$eval('.vp-doc h1', (found) => found.innerText)
    for (const link of links) {
      await page.$eval(`.VPSidebar a[href="${link}"]`, (found) => found.click())
      await page.waitForSelector(`.VPSidebar .is-active > .item > a[href="${link}"]`)
      await page.waitForSelector('.vp-doc h1')
      const title = await titleOf()
      await page.reload()
      expect({ link, title: await titleOf() }).toEqual({ link, title })
      expect(new URL(page.url()).pathname).toBe(link)
    }
  })

  it('has something behind every link of every page', () => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
    const dead = files.flatMap((file) => {
      const links = readFileSync(join(folder, file), 'utf8').matchAll(/<a [^>]*href="([^"]+)"/g)
      return [...links].flatMap(([, link = '']) => {
        const { origin, pathname, hash } = new URL(link.replaceAll('&amp;', '&'), `${url}/${file}`)
        if (origin !== url) return []
        const found = fileOf(decodeURIComponent(pathname))
        const isThere =
          found && (!hash || readFileSync(found, 'utf8').includes(` id="${decodeURIComponent(hash.slice(1))}"`))
        return isThere ? [] : [`${file}: ${link}`]
      })
    })
    expect(files.length).toBeGreaterThan(30)
    expect(dead).toEqual([])
  })

  it('explains decisions in its playground, as the reader edits what they are made from', async () => {
    await page.goto(`${url}/playground`)
    await page.waitForSelector('.playground summary')
    expect(await rows()).toEqual([
      ['new_checkout', 'on', 'plan is pro or team'],
      ['banner', 'blue', 'half blue, half green', '{"text":"Hello"}'],
      ['one_click_buy', 'off', 'not in split'],
      ['old_search', 'off', 'killed'],
    ])
    const definitions = await page.$eval('.playground textarea', (area) => area.value)
    await type('textarea', definitions.replace('"killed": true', '"killed": false'))
    await expect.poll(async () => (await rows())[3]).toEqual(['old_search', 'on', 'everybody'])
    // A fault stands beside its field, and what was decided before it stays.
    const faults = () => page.$$eval('.playground .fault', (found) => found.map(({ textContent }) => textContent))
    await type('textarea', '[ { name: 1 } ]')
    await expect.poll(faults).toEqual(['', '', expect.stringContaining('JSON')])
    await type('textarea', '{}')
    await expect.poll(faults).toEqual(['', '', 'This is no list. A whole answer of the service has the list in ff.d.'])
    await type('textarea', definitions)
    await expect.poll(faults).toEqual(['', '', ''])
    await type('#attributes', '[]')
    await expect.poll(faults).toEqual(['', 'This is no object.', ''])
    await type('#attributes', '')
    await type('#key', '')
    await expect.poll(faults).toEqual([expect.stringContaining('key must be a string'), '', ''])
    expect(await rows()).toHaveLength(4)
  })

  it('opens a decision to the rule that matched, the bucket, the traffic allocation and what each condition saw', async () => {
    await page.goto(`${url}/playground`)
    await page.waitForSelector('.playground summary')
    expect(await shownOf('new_checkout')).toBe('')
    for (const line of await page.$$('.playground summary')) await line.click()
    const linesOf = async (flag: string) => (await shownOf(flag))?.split(/\n+/)
    expect(await linesOf('new_checkout')).toEqual([
      'Rule 1 matched, and the key falls into bucket 37 of 100.',
      'Targeting rules',
      ...['Rule 1', 'matched', '✓', 'user.plan in list ["pro","team"]', 'plan is "pro"'],
      ...['on 100 % buckets 1–100', 'off 0 % nobody'],
      ...['Rule 2', 'not reached', 'in segment all'],
    ])
    expect(await linesOf('one_click_buy')).toEqual([
      'The key is outside the traffic allocation of the flag: it does not take part, and gets the default treatment.',
      ...['Prerequisites', '✓', 'new_checkout must be on; for this key it is on'],
      ...['Traffic allocation', '✗', '50 % of traffic takes part; the key falls into bucket 70 of 100'],
      ...['takes part 50 % buckets 1–50', 'left out 50 % buckets 51–100'],
      ...['Targeting rules', 'Rule 1', 'not reached', 'in segment all'],
    ])
    expect(await linesOf('old_search')).toEqual([
      'The flag is killed: everyone gets its default treatment, whatever its rules say.',
    ])
    // What is open stays open, and says what became of it.
    await type('#attributes', '{}')
    await expect.poll(() => shownOf('new_checkout')).toContain('plan is not given')
    await expect.poll(() => shownOf('one_click_buy')).toContain('for this key it is off')
  })

  it('names every entry in its reference as it is imported, and describes what most readers import at `pennon`', async () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: object }
    const integrations = readdirSync('src/integrations').filter((file) => file.endsWith('.ts'))
    const imported = Object.keys(exports)
      .filter((entry) => !/\.(js|json)$/.test(entry))
      .flatMap((entry) =>
        entry.endsWith('*') ? integrations.map((file) => entry.replace('*', file.slice(0, -3))) : entry,
      )
      .map((entry) => entry.replace('.', 'pennon'))
    await page.goto(`${url}/reference/`)
    await page.waitForSelector('.vp-doc li')
    const named = await page.$$eval('.vp-doc li a', (found) => found.map(({ innerText }) => innerText))
    expect(named.sort()).toEqual(imported.sort())
    await page.locator('.vp-doc li a').click()
    await page.waitForSelector('.vp-doc a[href$="interfaces/Client"]')
    expect(new URL(page.url()).pathname).toBe('/reference/pennon/')
  })

  it('finds what is searched for', async () => {
    await page.goto(`${url}/glossary`)
    await page.locator('.VPNavBarSearch button').click()
    await page.locator('.VPLocalSearchBox input').fill('traffic allocation')
    await page.waitForSelector('.VPLocalSearchBox a.result')
    // A guide comes before the places that only mention it, in the reference or under benchmarks.
    await page.locator('.VPLocalSearchBox input').fill('page hide')
    const found = () =>
      page.$$eval('.VPLocalSearchBox a.result', (links) =>
        links.map((link) => link.getAttribute('href')?.replace(/#.*/, '')),
      )
    await expect.poll(async () => (await found()).slice(0, 2)).toEqual(['/readme', '/page-hide'])
  })

  it('lists every guide and every entry of the reference for programs, by its title, in the order of the sidebar', async () => {
    const list = readFileSync(`${folder}/llms.txt`, 'utf8')
    const lines = [...list.matchAll(/^- \[(.+)\]\((.+)\)$/gm)].map(([, title = '', link = '']) => ({ title, link }))
    expect(lines.filter(({ title, link }) => /\.md$/.test(title) || !fileOf(link))).toEqual([])
    await page.goto(`${url}/readme`)
    const sidebar = await page.$$eval('.VPSidebar a', (found) => found.map(({ pathname }) => pathname))
    expect(lines.slice(0, sidebar.length).map(({ link }) => link)).toEqual(sidebar)
    const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /^(?!404|reference\/(?!(.+\/)?index)).+\.html$/.test(file))
      .map((file) => `/${file.replace(/(index)?\.html$/, '')}`)
    expect(lines.map(({ link }) => link).sort()).toEqual(pages.sort())
    expect(lines).toContainEqual({ title: 'Glossary', link: '/glossary' })
    expect(lines).toContainEqual({ title: 'pennon/react', link: '/reference/pennon/react/' })
  })

  it('is no wider than a phone, and neither is a table, on any page of the guides and of the reference', async () => {
    const list = readFileSync(`${folder}/llms.txt`, 'utf8')
    const links = [...list.matchAll(/\]\((.+)\)$/gm)].map(([, link = '']) => link)
    expect(links.length).toBeGreaterThan(60)
    await page.setViewport({ width: 390, height: 844 })
    for (const link of links) {
      await page.goto(url + link)
      await page.waitForSelector(link === '/' ? '.VPFeatures' : '.vp-doc h1')
      if (link === '/playground') await page.waitForSelector('.playground summary')
      const wide = await page.$$eval('html, .vp-doc table', (found) =>
        found.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent?.slice(0, 80)),
      )
      expect({ link, wide }).toEqual({ link, wide: [] })
    }
  })

  it('asks no other host, and the console is empty', () => {
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })
})
