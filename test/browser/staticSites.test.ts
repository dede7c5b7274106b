import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { blocksOf } from '../docs/compileBlocks'
import { minify } from 'terser'
import { can } from './engine'
import { launch } from './launch'
import { definitionsOf, flag, openSite, type Site } from './site'

// The pages of docs/static-sites.md, as they stand there.
const guide = readFileSync('docs/static-sites.md', 'utf8')
const pageOf = (name: string) => blocksOf('', guide.split(`<!-- ${name} -->`)[1] ?? '')[0]?.code ?? ''
/** The first page of a section of README. */
const readmePage = (title: string) =>
  blocksOf('', readFileSync('README.md', 'utf8').split(`## ${title}\n`)[1] ?? '').find(
    ({ language }) => language === 'html',
  )?.code ?? ''

let browser: Browser
let site: Site
beforeAll(async () => {
  browser = await launch({ requests: true })
})
afterAll(() => browser.close())
beforeEach(async () => {
  site = await openSite(browser, { definitions: definitionsOf([flag('hero')]) })
  site.server.serve('/pennon.min.js', readFileSync('dist/pennon.min.js', 'utf8'), { 'content-type': 'text/javascript' })
})
afterEach(() => site.close())

/** Opens a page of the document, with the local server in place of the service. */
const open = async (html: string, into?: Page): Promise<Page> => {
  const { apiUrl } = site.server
  const urls = JSON.stringify({ sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl })
  const text = html
    .replaceAll("sdkKey: 'YOUR_SDK_KEY'", `sdkKey: 'sdk-key', urls: ${urls}`)
    .replaceAll('/pennon/', '/dist/')
  site.server.serve('/static.html', `<!doctype html><title>static</title><link rel="icon" href="data:,">${text}`)
  const page = into ?? (await site.context.newPage())
  await page.goto(site.address('/static.html'))
  return page
}
const heading = (page: Page) => page.evaluate(() => document.querySelector('h1')?.textContent)
const isHidden = (page: Page) => page.evaluate(() => document.documentElement.classList.contains('undecided'))

describe('docs/static-sites.md', () => {
  it('the stub is at most 250 bytes', async () => {
    const [, script = ''] = /<script>([^]*?)<\/script>/.exec(pageOf('stub')) ?? []
    const { code = '' } = await minify(script, { mangle: { toplevel: true } })
    expect(script).toContain('new Promise')
    expect(`<script>${code}</script>`.length).toBeLessThanOrEqual(250)
  })

  it('calls wait for the script, whether it comes late or from the cache', async () => {
    const page = await open(pageOf('stub'))
    await page.waitForFunction('window.client')
    expect(await page.evaluate('client.whenReady().then(({ ready }) => ready)')).toBe(true)
    await open(pageOf('stub'), page)
    await page.waitForFunction('window.client')
  })

  it('README has the same in short', async () => {
    const page = await open(readmePage('On a static site'))
    await page.waitForFunction(`document.title === 'New'`)
  })

  it('README begins with a script tag that decides', async () => {
    const page = await open(readmePage('Install'))
    expect(await page.evaluate('client.whenReady().then(({ ready }) => ready)')).toBe(true)
    expect(await page.evaluate(`client.getTreatment('hero')`)).toBe('on')
  })

  it('a call that throws stops no other', async () => {
    const faulty = pageOf('stub').replace(
      'whenPennon.then((pennon) => {',
      "whenPennon.then(() => { throw new Error('broken') }).catch(() => {})\n  whenPennon.then((pennon) => {",
    )
    expect(faulty).toContain('broken')
    const page = await open(faulty)
    await page.waitForFunction('window.client')
  })

  it('shows what was decided', async () => {
    const page = await open(pageOf('flicker'))
    await expect.poll(() => isHidden(page)).toBe(false)
    await expect.poll(() => heading(page)).toBe('New')
  })

  it('shows the page as it is where no decision comes in time', async () => {
    site.server.fault('/splitChanges', { hang: true })
    const page = await open(pageOf('flicker'))
    await expect.poll(() => isHidden(page)).toBe(false)
    expect(await heading(page)).toBe('Old')
  })

  it('loads modules that were hinted at', async () => {
    const page = await open(pageOf('module'))
    await page.waitForFunction('window.client')
    expect(await page.evaluate('client.whenReady().then(({ ready }) => ready)')).toBe(true)
  })
})

describe('dist/script-tag.html', () => {
  const tag = readFileSync('dist/script-tag.html', 'utf8').trim()
  const file = readFileSync('dist/pennon.min.js')
  const hash = createHash('sha384').update(file).digest('base64')
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const example = pageOf('script tag')

  it('is the line of the document, with the version and the hash of the file', () => {
    const [line = ''] = /<script\s[^]*?<\/script>/.exec(example) ?? []
    const printed = line.replaceAll(/\s+/g, ' ').replaceAll(' >', '>').replace('<script >', '<script>')
    expect(tag).toBe(printed.replace('VERSION', version).replace('HASH', hash))
    expect(JSON.parse(readFileSync('dist/integrity.json', 'utf8'))).toEqual({ 'pennon.min.js': `sha384-${hash}` })
  })

  // What a content delivery network would answer is answered here: nothing leaves the machine.
  it.skipIf(!can.interception).each([
    ['runs the file that was released', file.toString(), 'object'],
    ['runs no file that was changed on its way', `${file.toString()} `, 'undefined'],
  ])('%s', async (_what, delivered, type) => {
    const page = await site.context.newPage()
    const asked: string[] = []
    await page.setRequestInterception(true)
    page.on('request', (request) => {
      if (!request.url().startsWith('https:')) return void request.continue()
      asked.push(request.url())
      const headers = { 'access-control-allow-origin': '*' }
      void request.respond({ contentType: 'text/javascript', headers, body: delivered })
    })
    await open(example.replace(/<script\s[^]*?<\/script>/, tag), page)
    expect(asked).toEqual([`https://cdn.jsdelivr.net/npm/pennon@${version}/dist/pennon.min.js`])
    expect(await page.evaluate('typeof pennon')).toBe(type)
    if (type === 'object') await page.waitForFunction(`document.title === 'New'`)
  })
})
