import type { Page } from 'puppeteer-core'
import { can } from './engine'

export type Scheme = 'light' | 'dark'

/** The rows that can be shown here: where a driver has no emulation of media, a page has the default, which is light. */
export const showable = <Row extends readonly [Scheme, ...unknown[]]>(rows: readonly Row[]): readonly Row[] =>
  rows.filter(([scheme]) => can.media || scheme === 'light')

/** Makes the page one of a person who prefers that colour scheme. */
export async function prefer(page: Page, scheme: Scheme): Promise<void> {
  if (can.media) await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
}
