import type { Page } from 'puppeteer-core'
import { can, engine } from './engine'
import { inFirefox } from './inFirefox'

export type Scheme = 'light' | 'dark'

/** Makes the browser say that its user prefers a colour scheme. */
export async function prefer(page: Page, scheme: Scheme): Promise<void> {
  if (engine === 'firefox') await inFirefox(page, `void (tab.prefersColorSchemeOverride = '${scheme}')`)
  else if (can.media) await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
}
