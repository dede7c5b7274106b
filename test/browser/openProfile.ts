import type { Browser, BrowserContext, Page } from 'puppeteer-core'
import { engine } from './engine'

/** Pages that find no storage but their own. */
export type Profile = Pick<BrowserContext, 'newPage' | 'pages' | 'close' | 'closed'>

/**
 * A fresh profile for pages of a server of their own.
 *
 * A real profile costs Chromium twice what a page does. So pages share the one of the browser there: each server is another origin,
 * and what an origin stored is cleared in the end, as its port may come again.
 */
export async function openProfile(browser: Browser): Promise<Profile> {
  return engine === 'chromium' ? sharedProfile(browser) : browser.createBrowserContext()
}

function sharedProfile(browser: Browser): Profile {
  const opened = new Set<Page>()
  const origins = new Set<string>()
  let closed = false
  const add = (page: Page) => {
    opened.add(page)
    page.on('framenavigated', (frame) => origins.add(new URL(frame.url()).origin))
    page.on('popup', (popup) => popup && add(popup))
    page.on('close', () => opened.delete(page))
  }
  return {
    get closed() {
      return closed
    },
    async newPage() {
      const page = await browser.newPage()
      add(page)
      return page
    },
    pages: async () => [...opened],
    async close() {
      closed = true
      // A page that the test closed may still be going.
      await Promise.all([...opened].map((page) => page.close().catch(() => undefined)))
      // This is the empty page that a browser begins with.
      const [first] = await browser.pages()
      const session = await first?.createCDPSession()
      for (const origin of origins) {
        if (origin !== 'null') await session?.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
      }
      await session?.detach()
    },
  }
}
