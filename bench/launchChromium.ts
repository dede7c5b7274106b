import puppeteer, { type Browser, type LaunchOptions } from 'puppeteer-core'
import { ensureChromium } from '../test/tools/chromium'

/** Starts a Chromium that asks for nothing but the pages of the bench. */
export function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  return puppeteer.launch({
    executablePath: ensureChromium(),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
    ...options,
  })
}
