// npm run demo:screenshot: makes the pictures of docs/ from the real pages.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildIfOlder } from '../test/tools/build'
import { ensureChromium } from '../test/tools/chromium'
import { readOptions } from '../test/tools/readOptions'
import { createDemoServer } from './server/createServer'
import { seedWeek } from './server/seedWeek'
import { takePicture } from './takePicture'
import type { Viewport, Page } from 'puppeteer-core'

readOptions('usage: npm run demo:screenshot', {})
await buildIfOlder()
// Loaded only here, so that `--help` does not wait for it.
const { launch } = await import('puppeteer-core')

const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const json = (path: string) => JSON.parse(readFileSync(beside(path), 'utf8')) as object
const user = new URLSearchParams({
  key: 'user-1',
  attributes: '{ "location": "california", "orders": 0, "app_version": "3.4.1" }',
})

const definitions = json('definitions.json')
const server = await createDemoServer({
  definitions,
  memberships: json('memberships.json'),
  otherEnvironments: [{ name: 'Production', definitions }],
})
const browser = await launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
})
try {
  mkdirSync(beside('../docs'), { recursive: true })
  await shootAll('', { width: 1440, height: 900 })
  await shootAll('-phone', { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true })
} finally {
  await browser.close()
  await server.close()
}

/** @param suffix of the files */
async function shootAll(suffix: string, viewport: Viewport) {
  // The story of the demo: a decision, why it is so, and its impression received.
  await shoot(`qa-page${suffix}`, viewport, `/?${user}`, async (page) => {
    await page.waitForSelector('#flags tbody .treatment')
    await page.click('[aria-label="Why first_order_discount"]')
    await page.waitForSelector('.why')
    await page.click('#send')
    await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Sent'))
    await page.waitForFunction(() =>
      document.querySelector('#tail tbody')?.textContent?.includes('first_order_discount'),
    )
  })
  await shoot(`qa-flags${suffix}`, viewport, '/flags.html?flag=california_banner', async (page) => {
    await page.waitForSelector('#editor form')
    await page.click('#tracking')
  })
  if (!suffix) await seedWeek(server, 400)
  await shoot(`qa-impressions${suffix}`, viewport, '/impressions.html?flag=checkout_v2', async (page) => {
    await page.waitForSelector('#tail tbody .treatment')
    await page.waitForSelector('#traffic canvas')
  })
  for (const [scheme, name] of [
    ['light', 'devtools'],
    ['dark', 'devtools-dark'],
  ] as const) {
    await shoot(
      `${name}${suffix}`,
      viewport,
      `/?${user}`,
      async (page) => {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.locator('pennon-devtools >>> .launcher button').click()
        await page.locator('pennon-devtools >>> [data-id="first_order_discount"]').click()
        await page.waitForSelector('pennon-devtools >>> .rule.match .marker')
      },
      false,
    )
  }
  await shoot(`qa-faults${suffix}`, viewport, '/faults.html?fault=offline&fault=impressions:broken', (page) =>
    page.waitForSelector('#server-faults li'),
  )
}

/** @param name of the file in docs */
async function shoot(
  name: string,
  viewport: Viewport,
  path: string,
  prepare: (page: Page) => Promise<unknown>,
  fullPage = true,
) {
  const page = await browser.newPage()
  await page.setViewport(viewport)
  await page.goto(new URL(path, server.pageUrl).href)
  await prepare(page)
  const options = { path: beside(`../docs/${name}.png`) as `${string}.png` }
  await (fullPage ? takePicture(page, options) : page.screenshot(options))
  await page.close()
}
