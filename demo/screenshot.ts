// Makes the pictures of docs/ from the real pages: `npm run demo:screenshot`, after a build.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'
import { ensureChromium } from '../test/tools/chromium'
import { createDemoServer } from './server/createServer'
import type { Viewport, Page } from 'puppeteer-core'

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
const browser = await puppeteer.launch({
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

/* global document -- of the page, where these functions run */
/** @param suffix of the files */
async function shootAll(suffix: string, viewport: Viewport) {
  await shoot(`qa-page${suffix}`, viewport, `/?${user}`, async (page) => {
    await page.waitForSelector('#flags tbody .treatment')
    await page.click('#send')
    await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Sent'))
    // The totals come last.
    const sent = String(server.impressions().length)
    await page.waitForFunction((n) => document.getElementById('tail-count')?.textContent === n, {}, sent)
    await page.waitForSelector('#tail tbody .treatment')
  })
  await shoot(`qa-flags${suffix}`, viewport, '/flags.html?flag=california_banner', (page) =>
    page.waitForSelector('#editor form'),
  )
  await receive()
  await shoot(`qa-impressions${suffix}`, viewport, '/impressions.html', async (page) => {
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
  await page.screenshot({ path: beside(`../docs/${name}.png`), fullPage })
  await page.close()
}

/** Some hours of traffic, so that the charts have something to show. */
async function receive() {
  const now = Date.now()
  const flags = ['checkout_v2', 'wishlist_beta', 'first_order_discount']
  const body = flags.map((f, which) => ({
    f,
    i: Array.from({ length: 300 }, (_, n) => {
      const hour = Math.sin((n / 300) * Math.PI) ** 2
      return {
        k: `user-${(n * 37) % 180}`,
        t: which === 2 ? ['ten_percent', 'free_delivery'][n % 2] : n % (which + 3) ? 'off' : 'on',
        r: n % 9 ? 'default rule' : undefined,
        c: 1_794_476_467_218,
        m: Math.round(now - 6 * 3_600_000 * (n / 300) ** (1 + hour)),
      }
    }),
  }))
  const headers = { Authorization: `Bearer ${server.sdkKey}`, SplitSDKVersion: 'pennon-0.1.0' }
  await fetch(`${server.apiUrl}/testImpressions/bulk`, { method: 'POST', headers, body: JSON.stringify(body) })
  const pf = flags.map((f, which) => ({ f, m: now, rc: 40 * which + 12 }))
  await fetch(`${server.apiUrl}/testImpressions/count`, { method: 'POST', headers, body: JSON.stringify({ pf }) })
}
