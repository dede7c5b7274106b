import type { Browser, LaunchOptions } from 'puppeteer-core'
import { CHROMIUM_ARGS, ensureChromium } from '../test/tools/chromium'

/** Starts a Chromium that asks for nothing but the pages of the bench. */
export async function launchChromium({ args = [], ...options }: LaunchOptions = {}): Promise<Browser> {
  // Loaded only here, so that `--help` does not wait for it.
  const { launch } = await import('puppeteer-core')
  return launch({
    executablePath: ensureChromium(),
    args: [...CHROMIUM_ARGS, ...args],
    ...options,
  })
}
