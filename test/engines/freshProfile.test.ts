import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Browser, Page } from 'puppeteer-core'
import { createDemoServer } from '../../demo/server/createServer'
import { launch } from '../browser/launch'
import { openProfile } from '../browser/openProfile'

let browser: Browser
beforeAll(async () => {
  browser = await launch()
})
afterAll(() => browser.close())

/** Stores something. @returns what was there before */
const store = (page: Page) =>
  page.evaluate(async () => {
    const were = [localStorage.length, (await indexedDB.databases()).length, 'early' in globalThis]
    localStorage.setItem('left', 'x')
    await new Promise((resolve) => (indexedDB.open('left').onsuccess = resolve))
    return were
  })

// Profiles may share a browser process, and the port of a server may come again.
it('a profile finds nothing of the one before it, at the same origin', async () => {
  const server = await createDemoServer({ definitions: { ff: { s: -1, t: 1, d: [] }, rbs: { s: -1, t: -1, d: [] } } })
  server.serve('/empty.html', '<!doctype html><title>empty</title>')
  const address = new URL('/empty.html', server.pageUrl).href
  try {
    for (let n = 0; n < 2; n++) {
      const profile = await openProfile(browser)
      const page = await profile.newPage()
      await page.goto(address)
      expect(await store(page)).toEqual([0, 0, false])
      await page.evaluateOnNewDocument(() => Object.assign(globalThis, { early: true }))
      await page.goto(address)
      expect(await store(page)).toEqual([1, 1, true])
      await profile.close()
    }
  } finally {
    await server.close()
  }
})
