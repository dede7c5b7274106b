import { expect } from 'vitest'
import { allOnce, tally } from '../browser/tally'
import type { Page } from 'puppeteer-core'
import type { Shop } from '../browser/shop'
import type { Client } from '../../src/client/types/client'

// The scripts of the page see this global.
declare const client: Client

/** The server runs in this process and answers nobody while that reads 60,000 rows. A post that nobody answered is sent again. */
export const patient = { requestTimeoutMs: 60_000 }

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
    const seen = new Set<string>()
    const forgiven = new Map<string, number>()
    for (const one of mayBeCut) forgiven.set(one, (forgiven.get(one) ?? 0) + 1)
    return server
      .impressions()
      .map(({ key, flag }) => `${key} ${flag}`)
      .filter((one) => {
        const isFirst = !seen.has(one)
        seen.add(one)
        const left = forgiven.get(one) ?? 0
        if (!isFirst) forgiven.set(one, left - 1)
        return isFirst || left <= 0
      })
  }
  await expect.poll(() => tally(wanted, counted()), { timeout: 100_000, interval: 500 }).toEqual(allOnce(wanted.length))
  await page.evaluate(() => client.destroy())
  expect(tally(wanted, counted())).toEqual(allOnce(wanted.length))
}
