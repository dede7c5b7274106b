import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type Axe from 'axe-core'
import type { Browser, BrowserContext, Page, Viewport } from 'puppeteer-core'
import { createDemoServer, type DemoServer, type DemoServerOptions } from '../../demo/server/createServer'

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8')
export const definitions = JSON.parse(read('../../demo/definitions.json')) as { ff: { d: { name: string }[] } }
const memberships = JSON.parse(read('../../demo/memberships.json')) as object
const axeSource = read('../../node_modules/axe-core/axe.min.js')

/** A person before the QA pages, with a server of their own. */
export interface Qa {
  server: DemoServer
  page: Page
  /** What the console and the page complained of. */
  complaints: string[]
  /** Opens a page of the server's; the first one, or one more. */
  open(path: string, another?: boolean): Promise<Page>
  /** Replaces what stands in a field. */
  type(selector: string, text: string): Promise<void>
  /** Clicks the button, link or option of that name. */
  press(name: string, page?: Page): Promise<void>
  /** The cells of a table's rows, as a person reads them. */
  rows(table: string): Promise<string[][]>
  /** Waits until an element says something. */
  says(selector: string, text: string | RegExp, page?: Page): Promise<void>
  /** What axe finds in the page. */
  audit(): Promise<string[]>
  close(): Promise<void>
}

export const viewports = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
} satisfies Record<string, Viewport>

export async function openQa(browser: Browser, options: DemoServerOptions = {}): Promise<Qa> {
  const server = await createDemoServer({
    definitions,
    memberships,
    otherEnvironments: [{ name: 'Production', definitions }],
    ...options,
  })
  const contexts: BrowserContext[] = []
  const complaints: string[] = []
  const create = async () => {
    // A window each: a tab behind another one is hidden.
    const context = await browser.createBrowserContext()
    contexts.push(context)
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warn') complaints.push(message.text())
    })
    await page.setViewport(viewports.desktop)
    return page
  }
  const page = await create()
  return {
    server,
    page,
    complaints,
    async open(path, another = false) {
      const opened = another ? await create() : page
      await opened.goto(new URL(path, server.pageUrl).href)
      await opened.waitForFunction(() => document.querySelectorAll('#environment option').length > 0)
      return opened
    },
    async type(selector, text) {
      // In Firefox a field tells of its change only in the window that has the focus.
      await page.bringToFront()
      await page.focus(selector)
      await page.$eval(selector, (field) => (field as HTMLInputElement).select())
      await page.keyboard.press('Backspace')
      if (text) await page.type(selector, text)
    },
    press: (name, on = page) => on.locator(`::-p-aria([name="${name}"])`).click(),
    rows: (table) =>
      page.$$eval(`#${table} tbody tr`, (found) =>
        found.map((row) => [...row.children].map((cell) => (cell as HTMLElement).innerText.trim())),
      ),
    async says(selector, text, on = page) {
      const [source, flags] = typeof text === 'string' ? [escapePattern(text), ''] : [text.source, text.flags]
      await on.waitForFunction(
        (where, pattern, how) => new RegExp(pattern, how).test(document.querySelector(where)?.textContent ?? ''),
        {},
        selector,
        source,
        flags,
      )
    },
    async audit() {
      await page.evaluate(axeSource)
      return page.evaluate(async () => {
        const { axe } = window as unknown as { axe: typeof Axe }
        const tags = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
        const { violations } = await axe.run(document, { runOnly: tags })
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      })
    },
    async close() {
      await Promise.all(contexts.map((context) => context.close()))
      await server.close()
    },
  }
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
