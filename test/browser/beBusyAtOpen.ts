import type { Page } from 'puppeteer-core'

/** Makes a page busy for so many ms, soon after it begins to open its first database: what the browser answers then waits for it. */
export async function beBusyAtOpen(page: Page, ms: number, inMs = 0): Promise<void> {
  await page.evaluateOnNewDocument(
    (length, wait) => {
      const { open } = IDBFactory.prototype
      IDBFactory.prototype.open = function (...parameters) {
        IDBFactory.prototype.open = open
        setTimeout(() => {
          const end = performance.now() + length
          while (performance.now() < end);
        }, wait)
        return open.apply(this, parameters)
      }
    },
    ms,
    inMs,
  )
}
