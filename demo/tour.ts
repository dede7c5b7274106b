// npm run demo:tour -- FOLDER [NAME]: pictures of every page at four widths, in light and in dark, with nothing received, with one row and with
// about 50,000, to look at. A picture stands in FOLDER as <page>-<rows>-<scheme>-<width>.png. With a NAME, such as
// "impressions-full", those alone that begin so.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import puppeteer, { type Page } from 'puppeteer-core'
import { ensureChromium } from '../test/tools/chromium'
import { createDemoServer } from './server/createServer'
import { seedWeek } from './server/seedWeek'

/** With each amount: what it is called, and how it comes about. */
const amounts = {
  empty: async () => {},
  one: async () => {
    await fetch(`${server.apiUrl}/testImpressions/bulk`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${server.sdkKey}`, SplitSDKVersion: 'pennon-0.2.0' },
      body: JSON.stringify([{ f: 'checkout_v2', i: [{ k: 'ada', t: 'on', r: 'default rule', m: Date.now() }] }]),
    })
  },
  // Users of a week, with about seven impressions each.
  full: () => seedWeek(server, 2_900),
}

/** Where each page is, what is there when it is drawn, and what to do before the picture. */
const pages: Record<string, [path: string, landmark: string, prepare?: (page: Page) => Promise<unknown>]> = {
  flags: [
    '/flags.html?flag=first_order_discount',
    '#editor form',
    (page) => page.select('#segment', 'loyal_customers'),
  ],
  impressions: [
    '/impressions.html',
    '#matching',
    (page) => page.waitForFunction(() => /\d/.test(document.getElementById('matching')?.textContent ?? '')),
  ],
  faults: ['/faults.html?fault=offline', '#server-faults li'],
  start: ['/start.html', '#start-title'],
  away: ['/away.html', '#status'],
  // Last, as what it decides is received.
  decide: [
    '/?key=user-1&attributes={"location":"california"}',
    '#flags tbody .treatment',
    (page) => page.click('[aria-label="Why first_order_discount"]'),
  ],
}

const [folder, wanted = ''] = process.argv.slice(2)
if (!folder) throw new Error('usage: npm run demo:tour -- FOLDER [NAME]')
mkdirSync(folder, { recursive: true })
const json = (name: string) => JSON.parse(readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8')) as object
const server = await createDemoServer({ definitions: json('definitions.json'), memberships: json('memberships.json') })
const browser = await puppeteer.launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  for (const [amount, fill] of Object.entries(amounts)) {
    await fill()
    for (const [name, [path, landmark, prepare]] of Object.entries(pages)) {
      const group = `${name}-${amount}`
      if (!group.startsWith(wanted)) continue
      await page.setViewport({ width: 1440, height: 900 })
      await page.goto(new URL(path, server.pageUrl).href)
      await page.waitForSelector(landmark)
      await prepare?.(page)
      for (const scheme of ['light', 'dark']) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        for (const width of [390, 768, 1280, 1440]) {
          await page.setViewport({ width, height: 900 })
          await page.screenshot({ path: join(folder, `${group}-${scheme}-${width}.png`), fullPage: true })
        }
      }
    }
  }
} finally {
  await browser.close()
  await server.close()
}
