import type { Browser, BrowserContext, Page } from 'puppeteer-core'
import { createPage } from './createPage'
import { startDisplay } from './startDisplay'
import { startDriver, type Driver } from './startDriver'
import { startProxy } from './startProxy'

export interface WebkitPaths {
  /** WebKitWebDriver. */
  driver: string
  /** MiniBrowser. */
  browser: string
}

/**
 * WebKitGTK by WebDriver, with as much of puppeteer's face as the tests use.
 *
 * A context is a browser process. One that is closed goes on, so that what its pages sent last arrives, and becomes the next context, as
 * good as new: a process of its own costs more than twice the CPU time of a window.
 */
export async function launchWebkit(paths: WebkitPaths): Promise<Browser> {
  const display = await startDisplay()
  const processes = new Set<Process>()
  const idle: Process[] = []
  const browser = {
    newPage: async (): Promise<Page> => (await browser.createBrowserContext()).newPage(),
    async createBrowserContext(): Promise<BrowserContext> {
      const process = idle.pop() ?? (await startProcess(paths, display.name))
      processes.add(process)
      let closed = false
      const context = {
        newPage: () => process.newPage(context),
        pages: process.pages,
        get closed() {
          return closed
        },
        async close() {
          if (closed) return
          closed = true
          // A process that hangs never comes to this end.
          if (await process.clear()) idle.push(process)
        },
      }
      return context as unknown as BrowserContext
    },
    version: async () => `WebKitGTK ${[...processes][0]?.browserVersion ?? ''}`,
    async close() {
      await Promise.all([...processes].map((process) => process.stop()))
      display.stop()
    },
  }
  return browser as Pick<Browser, keyof typeof browser> as Browser
}

type Process = Awaited<ReturnType<typeof startProcess>>

async function startProcess(paths: WebkitPaths, display: string) {
  const proxy = await startProxy()
  const driver = await startDriver({
    executablePath: paths.driver,
    browserPath: paths.browser,
    display,
    proxyPort: proxy.port,
  })
  const pages = new Map<string, Page>()
  const minimised = new Set<string>()
  // Stays when all pages are closed: with its last window the browser would end.
  const first = await driver.send<string>('GET', '/window')
  let current = first
  let closed = false

  /** Commands go one after the other, as each needs its window to be the current one. */
  let last: Promise<unknown> = Promise.resolve()
  const inWindow = <Value>(handle: string, run: () => Promise<Value>): Promise<Value> => {
    const next = last.then(async () => {
      if (closed) throw new Error('Target closed')
      if (current !== handle) await driver.send('POST', '/window', { handle })
      current = handle
      return run()
    })
    last = next.catch(() => undefined)
    return next
  }
  const sendTo =
    (handle: string): Driver['send'] =>
    (method, path, body) =>
      inWindow(handle, () => driver.send(method, path, body))

  async function bringToFront(handle: string) {
    for (const other of pages.keys()) {
      if (other === handle || minimised.has(other)) continue
      minimised.add(other)
      await sendTo(other)('POST', '/window/minimize', {})
    }
    // Setting its place shows a window again.
    if (minimised.delete(handle)) await sendTo(handle)('POST', '/window/rect', { width: 1000, height: 760 })
  }

  const process = {
    browserVersion: driver.browserVersion,
    async newPage(context: unknown): Promise<Page> {
      const { handle } = await inWindow(first, () =>
        driver.send<{ handle: string }>('POST', '/window/new', { type: 'window' }),
      )
      const { page } = createPage({
        handle,
        send: sendTo(handle),
        bringToFront: () => bringToFront(handle),
        addScript: proxy.addScript,
        setOffline: proxy.setOffline,
        async close() {
          await sendTo(handle)('DELETE', '/window')
          pages.delete(handle)
          minimised.delete(handle)
        },
        context,
      })
      pages.set(handle, page as unknown as Page)
      await bringToFront(handle)
      return page as unknown as Page
    },
    pages: async () => [...pages.values()],
    /** Closes all pages and forgets what was set for them. @returns whether all did close */
    async clear() {
      let isClear = true
      // One by one, so that each page hears that it goes.
      for (const page of pages.values()) await page.close().catch(() => (isClear = false))
      proxy.reset()
      return isClear
    },
    async stop() {
      await process.clear()
      closed = true
      await driver.stop()
      proxy.stop()
    },
  }
  return process
}
