// @ts-check
// Makes docs/qa-page.png and docs/qa-page-phone.png from the real page: `npm run demo:screenshot`, after a build.
import { mkdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import puppeteer from 'puppeteer-core'
import { ensureChromium } from '../test/tools/chromium.mjs'
import { createDemoServer } from './server/createServer.mjs'

const beside = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url))
const json = (/** @type {string} */ path) => JSON.parse(readFileSync(beside(path), 'utf8'))
const user = new URLSearchParams({
  key: 'user-1',
  attributes: '{ "location": "california", "orders": 0, "app_version": "3.4.1" }',
})

const server = await createDemoServer({ definitions: json('definitions.json'), memberships: json('memberships.json') })
const browser = await puppeteer.launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
})
try {
  mkdirSync(beside('../docs'), { recursive: true })
  await shoot('../docs/qa-page.png', { width: 1440, height: 900 })
  await shoot('../docs/qa-page-phone.png', { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true })
} finally {
  await browser.close()
  await server.close()
}

/**
 * @param {string} file
 * @param {import('puppeteer-core').Viewport} viewport
 */
async function shoot(file, viewport) {
  const page = await browser.newPage()
  await page.setViewport(viewport)
  await page.goto(`${server.pageUrl}?${user}`)
  await page.waitForSelector('#flags tbody .treatment')
  await page.click('#send')
  await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Sent'))
  // The totals come last.
  const sent = server.impressions().length
  await page.waitForFunction((n) => document.getElementById('tail-count')?.textContent === n, {}, String(sent))
  await page.waitForSelector('#tail tbody .treatment')
  await page.screenshot({ path: beside(file), fullPage: true })
  await page.close()
}
