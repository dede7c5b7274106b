import type { Page } from 'puppeteer-core'
import { engine } from './engine'
import { inFirefox } from './inFirefox'

/** Lays the page out for a printer, or for a screen again. */
export async function showOn(page: Page, medium: 'print' | 'screen'): Promise<void> {
  if (engine === 'firefox') await inFirefox(page, `void (tab.mediumOverride = '${medium}')`)
  else await page.emulateMediaType(medium)
}
