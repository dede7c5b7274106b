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

const rows = () =>
  page.$$eval('.playground tbody tr', (found) =>
    found.map((row) => [...row.querySelectorAll('td')].map(({ innerText }) => innerText)),
  )

describe('the documentation site', () => {
  it('leads from the first page to every guide of its sidebar', async () => {
    await page.goto(url)
    await page.locator('a.VPButton::-p-text(Start here)').click()
    await page.waitForSelector('.VPSidebar')
    const links = await page.$$eval('.VPSidebar a', (found) => found.map(({ href }) => href))
    expect(links.length).toBeGreaterThan(15)
    expect(links.filter((link) => !fileOf(new URL(link).pathname))).toEqual([])
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
    await page.waitForSelector('.playground tbody tr')
    expect(await rows()).toEqual([
      ['new_checkout', 'on', 'plan is pro or team', ''],
      ['banner', expect.stringMatching(/^(blue|green)$/), 'half blue, half green', expect.stringContaining('text')],
      ['old_search', 'off', 'killed', ''],
    ])
    await page.$eval('.playground textarea', (area) => {
      area.value = area.value.replace('"killed": true', '"killed": false')
      area.dispatchEvent(new Event('input'))
    })
    await expect.poll(async () => (await rows())[2]).toEqual(['old_search', 'on', 'everybody', ''])
    await page.$eval('.playground textarea', (area) => {
      area.value = '{'
      area.dispatchEvent(new Event('input'))
    })
    await page.waitForSelector('.playground .fault')
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

  it('finds what is searched for, and lists every guide for programs', async () => {
    await page.goto(`${url}/glossary`)
    await page.locator('.VPNavBarSearch button').click()
    await page.locator('.VPLocalSearchBox input').fill('traffic allocation')
    await page.waitForSelector('.VPLocalSearchBox a.result')
    expect(readFileSync(`${folder}/llms.txt`, 'utf8')).toContain('- [Glossary](/glossary)')
  })

  it.each([
    ['/', '.VPFeatures'],
    ['/react', '.vp-doc table'],
    ['/playground', '.playground tbody tr'],
    ['/reference/', '.vp-doc li'],
  ])('is no wider than a phone: %s', async (path, content) => {
    await page.setViewport({ width: 390, height: 844 })
    await page.goto(url + path)
    await page.waitForSelector(content)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
  })

  it('asks no other host, and the console is empty', () => {
    expect(foreign).toEqual([])
    expect(complaints).toEqual([])
  })
})
