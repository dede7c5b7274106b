import type { Page } from 'puppeteer-core'
import { can } from './engine'

export type Scheme = 'light' | 'dark'

/** Makes the page one of a person who prefers that colour scheme. */
export async function prefer(page: Page, scheme: Scheme): Promise<void> {
  if (can.media) await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
}
