import type { Page, ScreenshotOptions } from 'puppeteer-core'

/** Takes a picture of a whole page, in a window as high as the page: cards out of sight are empty. */
export async function takePicture(page: Page, options: Pick<ScreenshotOptions, 'path'> = {}): Promise<Uint8Array> {
  const before = page.viewport()
  if (!before) throw new Error('A page without a viewport has no size to take a picture of.')
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewport({ ...before, height })
  // What came into sight is laid out in the next frame, and drawn in the one after.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
  return page.screenshot({ ...options, fullPage: true })
}
