import type { Page } from 'puppeteer-core'
import { engine } from './engine'

/** Goes back in the page's history, as the button does. Firefox's driver waits in vain in its own `goBack()`. */
export async function goBack(page: Page): Promise<void> {
  // A script that WebKitGTK's driver sends while a page comes out of the bfcache is never answered: it has a command of its own.
  if (engine === 'webkit') return void (await page.goBack())
  const left = await page.evaluate(() => location.href)
  // The page may go before the driver has its answer.
  await page.evaluate(() => history.back()).catch(() => undefined)
  await page.waitForFunction(
    (from) => location.href !== from && document.readyState === 'complete',
    { polling: 10 },
    left,
  )
}
