import { expect } from 'vitest'
import { allOnce, tally } from '../browser/tally'
import type { Page } from 'puppeteer-core'
import type { Shop } from '../browser/shop'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see this global.
declare const client: Client

/**
 * Waits until everything of these visitors has come, through a page that delivers what others left, and that nothing came twice.
 *
 * @param mayBeCut what posts carried that ended with their page: the server may have it, and the next page sends it once more
 */
export async function deliveredOnce(
  { server }: Shop,
  page: Page,
  wanted: readonly string[],
  mayBeCut: readonly string[] = [],
) {
  const counted = () => {
    const all = server.impressions().map(({ key, flag }) => `${key} ${flag}`)
    for (const one of mayBeCut) {
      const again = all.indexOf(one, all.indexOf(one) + 1)
      if (again > 0) all.splice(again, 1)
    }
    return all
  }
  await expect.poll(() => tally(wanted, counted()), { timeout: 100_000 }).toEqual(allOnce(wanted.length))
  await page.evaluate(() => client.destroy())
  expect(tally(wanted, counted())).toEqual(allOnce(wanted.length))
}
