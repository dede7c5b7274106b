import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TargetType, type Browser, type BrowserContext, type JSCoverageEntry, type Page } from 'puppeteer-core'

/** What `npm run coverage` reads: a script as the page had it, and which of its parts ran. */
export type Recorded = Required<Pick<JSCoverageEntry, 'url' | 'text' | 'rawScriptCoverage'>>

/** Has every page of a Chromium leave a file in the folder when it is closed, with what ran of its scripts. */
export function recordCoverage(browser: Browser, folder: string): Browser {
  const begun = new Map<Page, Promise<void>>()
  const contexts = new WeakSet<BrowserContext>()

  const options = { resetOnNavigation: false, includeRawScriptCoverage: true, useBlockCoverage: true }
  const begin = (page: Page) => {
    const started = page.coverage.startJSCoverage(options)
    started.catch(() => {})
    begun.set(page, started)
  }
  const take = async (page: Page) => {
    const started = begun.get(page)
    if (!started) return
    begun.delete(page)
    try {
      await started
      const entries = await page.coverage.stopJSCoverage()
      if (entries.length) writeFileSync(join(folder, `${randomUUID()}.json`), JSON.stringify(entries))
    } catch {
      // Some tests crash their pages, or end their browser.
    }
  }
  /** Does something about pages before what ends them. */
  const before = <Target extends object>(target: Target, method: keyof Target, act: () => Promise<unknown>) => {
    const end = (target[method] as (...given: unknown[]) => Promise<void>).bind(target)
    Object.assign(target, {
      [method]: async (...given: unknown[]) => {
        await act()
        return end(...given)
      },
    })
  }
  const takeAll = (of: (page: Page) => boolean) => Promise.all([...begun.keys()].filter(of).map(take))
  const watch = (page: Page) => {
    if (begun.has(page)) return
    begin(page)
    before(page, 'close', () => take(page))
    // The scripts of a document that is left are soon forgotten.
    before(page, 'goto', async () => {
      if (page.url() === 'about:blank') return
      await take(page)
      begin(page)
    })
    const context = page.browserContext()
    if (contexts.has(context)) return
    contexts.add(context)
    before(context, 'close', () => takeAll((one) => one.browserContext() === context))
  }
  browser.on('targetcreated', (target) => {
    if (target.type() === TargetType.PAGE)
      void target.page().then(
        (page) => page && watch(page),
        () => {},
      )
  })
  before(browser, 'close', () => takeAll(() => true))
  return browser
}
