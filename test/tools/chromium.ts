// Finds (and with `npm run browser:install` installs, where it can) a Chromium for the browser tests.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Playwright from 'playwright-core'
import { canInstallWithApt, INSTALL_TIMEOUT, installWithApt } from './installWithApt'

const WELL_KNOWN = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${process.env.PROGRAMFILES ?? 'C:\\Program Files'}\\Google\\Chrome\\Application\\chrome.exe`,
]

/** What Chromium needs as root, in a container, and to ask for nothing but the pages of a test or a bench. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
] as const

const HELP = `No Chromium found for the browser tests. Do one of these:
  - npm run browser:install       (apt-get as root on Debian, else Playwright's download)
  - set CHROMIUM_PATH to a Chromium or Chrome you have
  - npm test -- --quick           (runs no browser)`

const require = createRequire(import.meta.url)

/** The path of an installed Chromium, or undefined: CHROMIUM_PATH, Playwright's own download, well-known places. */
export function findChromium(): string | undefined {
  const asked = process.env.CHROMIUM_PATH
  if (asked) {
    if (!existsSync(asked)) throw new Error(`CHROMIUM_PATH=${asked} does not exist`)
    return asked
  }
  // Playwright is loaded only here: that takes a tenth of a second, and most runs know the path.
  const { chromium } = require('playwright-core') as typeof Playwright
  return [chromium.executablePath(), ...WELL_KNOWN].find((path) => path && existsSync(path))
}

/** The path of a Chromium, which is installed if there is none. */
export function ensureChromium(): string {
  const found = findChromium()
  if (found) return found
  for (const install of installers()) {
    try {
      install()
    } catch (error) {
      console.error(String(error))
    }
    const path = findChromium()
    if (path) return path
  }
  throw new Error(HELP)
}

/** The ways to install a Chromium here, the best one first. */
function installers(): (() => void)[] {
  const withApt = () => installWithApt('chromium', 'fonts-liberation')
  const withPlaywright = () => {
    const command = require.resolve('playwright-core/cli.js')
    execFileSync(process.execPath, [command, 'install', 'chromium'], { stdio: 'inherit', timeout: INSTALL_TIMEOUT })
  }
  return canInstallWithApt() ? [withApt, withPlaywright] : [withPlaywright]
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(`Chromium: ${ensureChromium()}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
