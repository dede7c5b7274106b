import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type Axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { createDemoServer, type DemoServer, type DemoServerOptions } from '../../demo/server/createServer'
import { can } from './engine'
import { named } from './named'
import { prefer } from './prefer'

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
export const definitions = JSON.parse(read('../../demo/definitions.json')) as { ff: { d: { name: string }[] } }
export const memberships = JSON.parse(read('../../demo/memberships.json')) as object
const axeSource = read('../../node_modules/axe-core/axe.min.js')

/** What a person can do and see on the QA pages, with a server of their own. */
export interface Qa {
  /** The page in use. A test may put another one here, which is closed in the end like the rest. */
  server: DemoServer
  page: Page
  /** The errors of the page and of its console, but not that storage is slow. */
  complaints: string[]
  /** Opens a page of the server's; the first one, or one more. */
  open(path: string, another?: boolean): Promise<Page>
  /** The address of the page in use. A driver has to be asked for it, which puppeteer's `url()` does not. */
  address(): Promise<string>
  /** Replaces the text of a field. */
  type(selector: string, text: string): Promise<void>
  /** Clicks the button, link or option of that name. */
  press(name: string, page?: Page): Promise<void>
  /** The cells of a table's rows, as a person reads them. */
  rows(table: string): Promise<string[][]>
  /** Waits until an element says something. */
  says(selector: string, text: string | RegExp, page?: Page): Promise<void>
  /** The faults that axe finds in the page, on a desktop and on a phone, in light and in dark. */
  audit(): Promise<string[]>
  close(): Promise<void>
}

const desktop = { width: 1440, height: 900 }
const phone = { width: 390, height: 844 }

/**
 * Windows that no test has just now. In Chromium, to open one takes longer than most tests, and each server is an origin of its own,
 * whose storage is cleared in the end, as its port may come again.
 */
const idle = new WeakMap<Browser, Page[]>()

export async function openQa(browser: Browser, options: DemoServerOptions = {}): Promise<Qa> {
  const server = await createDemoServer({
    definitions,
    memberships,
    otherEnvironments: [{ name: 'Production', definitions }],
    ...options,
  })
  const pages: Page[] = []
  const complaints: string[] = []
  const complain = (text: string) => {
    // A disk that others write to may be slow to open a database, which a page says rightly: no QA page is at fault then.
    if (!text.includes('IndexedDB does not answer')) complaints.push(text)
  }
  const create = async () => {
    // Each page has a window of its own, because a tab behind another one is hidden.
    const page = idle.get(browser)?.pop() ?? (await (await browser.createBrowserContext()).newPage())
    pages.push(page)
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') complain(message.text())
    })
    await page.setViewport(desktop)
    return page
  }
  const page = await create()
  const qa: Qa = {
    server,
    page,
    complaints,
    async open(path, another = false) {
      const opened = another ? await create() : page
      await opened.goto(new URL(path, qa.server.pageUrl).href)
      await opened.waitForFunction(() => document.querySelectorAll('#environment option').length > 0)
      return opened
    },
    address: () => page.evaluate(() => location.href),
    async type(selector, text) {
      // In Firefox a field tells of its change only in the window that has the focus.
      await page.bringToFront()
      await page.focus(selector)
      await page.$eval(selector, (field) => (field as HTMLInputElement).select())
      await page.keyboard.press('Backspace')
      if (text) await page.type(selector, text)
    },
    async press(name, on = page) {
      // A click waits for frames, and Firefox draws few in a window behind another one.
      await on.bringToFront()
      await on.locator(named(name)).click()
    },
    rows: (table) =>
      page.$$eval(`#${table} tbody tr`, (found) =>
        found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())),
      ),
    async says(selector, text, on = page) {
      const [source, flags] = typeof text === 'string' ? [escapePattern(text), ''] : [text.source, text.flags]
      await on.waitForFunction(
        (where, pattern, how) => new RegExp(pattern, how).test(document.querySelector(where)?.textContent ?? ''),
        { polling: 50 },
        selector,
        source,
        flags,
      )
    },
    async audit() {
      const found: string[] = []
      for (const viewport of [desktop, phone]) {
        await page.setViewport(viewport)
        found.push(...(await findViolations(page)).map((violation) => `${viewport.width} px: ${violation}`))
        const isTooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
        if (isTooWide) found.push(`${viewport.width} px: the page scrolls sideways`)
        if (!can.media) continue
        // In the dark scheme only the colours differ.
        await prefer(page, 'dark')
        found.push(...(await findViolations(page, ['color-contrast'])).map((violation) => `dark: ${violation}`))
        await prefer(page, 'light')
      }
      await page.setViewport(desktop)
      return found
    },
    async close() {
      for (const each of pages) {
        await each.goto('about:blank')
        // Listeners are removed by the name of their event: without a name the call would close the page.
        each.removeAllListeners('pageerror').removeAllListeners('console')
        if (!can.cdp) await each.browserContext().close()
        else await clearStorage(each, new URL(qa.server.pageUrl).origin)
      }
      await qa.server.close()
      if (can.cdp) idle.set(browser, [...(idle.get(browser) ?? []), ...pages.reverse()])
    },
  }
  return qa
}

async function clearStorage(page: Page, origin: string): Promise<void> {
  const session = await page.createCDPSession()
  await session.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await session.detach()
}

/** @param rules of axe. @default all rules about accessibility */
async function findViolations(page: Page, rules?: string[]): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeSource)
  return page.evaluate(async (named) => {
    const { axe } = window as unknown as { axe: typeof Axe }
    const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
    const { violations } = await axe.run(document, { runOnly: named ?? tags, resultTypes: ['violations'] })
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }, rules)
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
