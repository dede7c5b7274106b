import type { Page, ScreenshotOptions } from 'puppeteer-core'

/** How many pictures are compared before a page counts as never standing still. */
const maxTries = 5

/** Takes a picture of a whole page, in a window as high as the page: cards out of sight are empty. */
export async function takePicture(page: Page, options: Pick<ScreenshotOptions, 'path'> = {}): Promise<Uint8Array> {
  const before = page.viewport()
  if (!before) throw new Error('A page without a viewport has no size to take a picture of.')
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewport({ ...before, height })
  // Content that came into sight is laid out in the next frame, and drawn in the one after.
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))))
  // On a busy machine what scrolls inside the page is drawn later than the rest: the picture is done when the next one is the same.
  for (let last = Buffer.alloc(0), tries = 0; ; tries++) {
    const picture = Buffer.from(await page.screenshot({ ...options, fullPage: true }))
    if (picture.equals(last) || tries === maxTries) return picture
    last = picture
  }
}
