import puppeteer, { type Browser, type LaunchOptions } from 'puppeteer-core'
import { findChromium } from '../tools/chromium'

/** Real Chromium: as root, in a container, without a network. puppeteer keeps bfcache and really hides tabs. */
export function launch(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = findChromium()
  if (!executablePath) throw new Error('no Chromium: npm run browser:install')
  return puppeteer.launch({
    executablePath,
    headless: true,
    ...options,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...(options.args ?? []),
    ],
  })
}
