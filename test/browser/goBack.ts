import type { Page } from 'puppeteer-core'

/** Goes back in the page's history, as the button does. Firefox's driver waits in vain in its own `goBack()`. */
export async function goBack(page: Page): Promise<void> {
  const left = await page.evaluate(() => location.href)
  // The page may go before the driver has its answer.
  await page.evaluate(() => history.back()).catch(() => undefined)
  await page.waitForFunction(
    (from) => location.href !== from && document.readyState === 'complete',
    { polling: 10 },
    left,
  )
}
