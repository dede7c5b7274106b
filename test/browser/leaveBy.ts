import type { Page } from 'puppeteer-core'
import { expect } from 'vitest'

export const LEAVINGS = ['navigation', 'reload', 'close'] as const
export type Leaving = (typeof LEAVINGS)[number]

/**
 * Makes a page go away as the person before it does, in every engine. Resolves when it is gone: another document stands in its
 * place, or the tab is closed.
 *
 * @param next where a navigation leads
 */
export async function leaveBy(how: Leaving, page: Page, next: string): Promise<void> {
  if (how === 'navigation') await page.goto(next)
  else if (how === 'reload') await page.reload()
  else {
    const context = page.browserContext()
    await page.close({ runBeforeUnload: true })
    await expect.poll(async () => (await context.pages()).includes(page), { timeout: 10_000 }).toBe(false)
  }
}
