// npm run demo:tour -- FOLDER [NAME]: pictures of every page at four widths, in light and in dark, with nothing received, with one row and with
// about 50,000, to look at. A picture stands in FOLDER as <page>-<rows>-<scheme>-<width>.png. With a NAME, such as
// "impressions-full", those alone that begin so. Without a FOLDER it renews docs/qa-pictures: a sheet a page, with its eight pictures.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildIfOlder } from '../test/tools/build'
import { ensureChromium } from '../test/tools/chromium'
import { readOptions } from '../test/tools/readOptions'
import { createDemoServer } from './server/createServer'
import { seedWeek } from './server/seedWeek'
import { takePicture } from './takePicture'
import type { Page } from 'puppeteer-core'
import type { DemoServer } from './server/types'

/** The amounts of rows that pages are shown with: what each is called, and how it comes about. */
const amounts: Record<string, (server: DemoServer) => Promise<unknown>> = {
  empty: async () => {},
  one: ({ apiUrl, sdkKey }) =>
    fetch(`${apiUrl}/testImpressions/bulk`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${sdkKey}`, SplitSDKVersion: 'pennon-0.2.0' },
      body: JSON.stringify([{ f: 'checkout_v2', i: [{ k: 'ada', t: 'on', r: 'default rule', m: Date.now() }] }]),
    }),
  // Users of a week, with about seven impressions each.
  full: (server) => seedWeek(server, 2_900),
}

/** Pages that look the same whatever was received: one amount of them says it all. */
const constant = ['flags', 'faults', 'start']
const schemes = ['light', 'dark']
const widths = [390, 768, 1280, 1440]
/** The size of a sheet: what is on it can just be read, and all sheets together weigh less than 3 MB. */
const sheetScale = 0.45
const sheetQuality = 40

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
  away: ['/away.html?left=0', '#status'],
  // This page comes last, because what it decides is received.
  decide: [
    '/?key=user-1&attributes={"location":"california"}',
    '#flags tbody .treatment',
    (page) => page.click('[aria-label="Why first_order_discount"]'),
  ],
}

const {
  _: [folder, wanted = ''],
} = readOptions(
  `usage: npm run demo:tour [-- FOLDER [NAME]]
  FOLDER   for one picture of each page, amount of rows, scheme and width; without it docs/qa-pictures is renewed
  NAME     those pictures alone whose names begin so, such as impressions-full`,
  { _: [] },
)
await buildIfOlder()
// Loaded only here, so that `--help` does not wait for it.
const { launch } = await import('puppeteer-core')
const beside = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const json = (name: string) => JSON.parse(readFileSync(beside(name), 'utf8')) as object
const target = folder ?? beside('../docs/qa-pictures')
mkdirSync(target, { recursive: true })
const browser = await launch({
  executablePath: ensureChromium(),
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
})
try {
  for (const [amount, fill] of Object.entries(amounts)) {
    // Each amount has a server of its own: what the pages of the last one decided is none of its rows.
    const server = await createDemoServer({
      definitions: json('definitions.json'),
      memberships: json('memberships.json'),
    })
    await fill(server)
    const page = await browser.newPage()
    for (const [name, [path, landmark, prepare]] of Object.entries(pages)) {
      const group = `${name}-${amount}`
      if (!group.startsWith(wanted)) continue
      if (!folder && constant.includes(name) && amount !== 'full') continue
      await page.setViewport({ width: 1440, height: 900 })
      await page.goto(new URL(path, server.pageUrl).href)
      await page.waitForSelector(landmark)
      await prepare?.(page)
      const pictures: string[] = []
      for (const scheme of schemes) {
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        for (const width of widths) {
          await page.setViewport({ width, height: 900 })
          const picture = Buffer.from(await takePicture(page)).toString('base64')
          pictures.push(picture)
          if (folder) writeFileSync(join(target, `${group}-${scheme}-${width}.png`), picture, 'base64')
        }
      }
      if (!folder) await makeSheet(`${target}/${constant.includes(name) ? name : group}.webp`, pictures)
    }
    await page.close()
    await server.close()
  }
} finally {
  await browser.close()
}

/** @param pictures base64, as many in a row as there are widths */
async function makeSheet(path: `${string}.webp`, pictures: readonly string[]) {
  const page = await browser.newPage()
  await page.setContent('<body style="margin: 0; display: grid; gap: 12px; width: max-content; background: #888">')
  await page.evaluate(
    async (all, columns, scale) => {
      document.body.style.gridTemplateColumns = `repeat(${columns}, auto)`
      for (const each of all) {
        const image = new Image()
        image.src = `data:image/png;base64,${each}`
        await image.decode()
        image.width = image.naturalWidth * scale
        document.body.append(image)
      }
    },
    pictures,
    widths.length,
    sheetScale,
  )
  await page.setViewport(
    await page.evaluate(() => ({ width: document.body.scrollWidth, height: document.body.scrollHeight })),
  )
  await page.screenshot({ path, type: 'webp', quality: sheetQuality })
  await page.close()
}
