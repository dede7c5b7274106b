import type { Browser, Page } from 'puppeteer-core'
import type { DemoServer } from '../../demo/server/createServer'

/** What a page of the shop showed, and what the browser logged. */
export interface Opened {
  readonly shop?: object
  readonly complaints: string[]
}

/** Serves files under a strict content security policy, and opens one of them. */
export async function openUnderPolicy(
  browser: Browser,
  server: DemoServer,
  path: string,
  files: Record<string, string>,
): Promise<Opened> {
  const policy = [
    `default-src 'none'`,
    `script-src 'self'`,
    `connect-src ${server.apiUrl}/`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ].join('; ')
  const undo = Object.entries(files).map(([name, body]) => {
    const type = name.endsWith('.html') ? 'text/html' : 'text/javascript'
    const text = body.replace('API_URL', server.apiUrl)
    return server.serve(`/shop/${name}`, text, { 'content-type': type, 'content-security-policy': policy })
  })
  const page: Page = await browser.newPage()
  const complaints: string[] = []
  // Firefox looks for an icon by itself, and complains that the policy has none.
  const complain = (text: string) => void (text.includes('/favicon.ico') || complaints.push(text))
  page.on('pageerror', (error) => complain(String(error)))
  page.on('console', (message) => complain(message.text()))
  try {
    await page.goto(new URL(`shop/${path}`, server.pageUrl).href)
    const isLoaded = await page.evaluate(() => 'pennon' in globalThis || !!document.querySelector('[type=module]'))
    if (!isLoaded) return { complaints }
    await page.waitForFunction(() => document.documentElement.dataset['shop'])
    const shop = await page.evaluate(() => document.documentElement.dataset['shop'] ?? '')
    return { shop: JSON.parse(shop) as object, complaints }
  } finally {
    await page.close()
    for (const each of undo) each()
  }
}
