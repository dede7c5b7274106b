// Finds (and with `npm run browser:install` installs, where it can) a Chromium for the browser tests, and its headless shell.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Playwright from 'playwright-core'
import { canInstallWithApt, INSTALL_TIMEOUT, installWithApt } from './installWithApt'
import { readOptions } from './readOptions'

const DEBIAN = '/usr/bin/chromium'
const WELL_KNOWN = [
  DEBIAN,
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

/** Debian's package of the headless shell. */
const SHELL = 'chromium-headless-shell'

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

/**
 * The path of the headless shell of a Chromium, or undefined: the same engine without Chrome around it, for half the CPU time.
 * Debian puts it beside Chromium, and so does Playwright's download.
 */
export function findShell(chromium: string): string | undefined {
  const beside = [
    `${chromium}-headless-shell`,
    chromium.replace(
      /([\\/])chromium-(\d+)([\\/])chrome-([^\\/]+).*?(\.exe)?$/,
      '$1chromium_headless_shell-$2$3chrome-headless-shell-$4$3chrome-headless-shell$5',
    ),
  ]
  return beside.find((path) => path !== chromium && existsSync(path))
}

/** The path of a Chromium, which is installed if there is none. Where Debian's has no headless shell yet, that is installed too. */
export function ensureChromium(): string {
  const found = findChromium()
  if (found) {
    if (found === DEBIAN && !process.env.CHROMIUM_PATH && !findShell(found) && canInstallWithApt()) addShell()
    return found
  }
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

/** Of the same version, so that Chromium itself stays as it is. Without it the tests take longer, and that is all. */
function addShell(): void {
  try {
    const version = execFileSync('dpkg-query', ['-W', '-f=${Version}', 'chromium'], { encoding: 'utf8' })
    installWithApt(`${SHELL}=${version}`)
  } catch (error) {
    console.error(`${SHELL} is not installed, so Chromium is used for all tests: ${String(error)}`)
  }
}

/** The ways to install a Chromium here, the best one first. */
function installers(): (() => void)[] {
  const withApt = () => installWithApt('chromium', SHELL, 'fonts-liberation')
  // Older ones have no package of the headless shell.
  const withOldApt = () => installWithApt('chromium', 'fonts-liberation')
  const withPlaywright = () => {
    const command = require.resolve('playwright-core/cli.js')
    execFileSync(process.execPath, [command, 'install', 'chromium'], {
      stdio: ['ignore', 2, 2],
      timeout: INSTALL_TIMEOUT,
    })
  }
  return canInstallWithApt() ? [withApt, withOldApt, withPlaywright] : [withPlaywright]
}

if (process.argv[1] === import.meta.filename) {
  readOptions('usage: npm run browser:install', {})
  try {
    console.log(`Chromium: ${ensureChromium()}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
