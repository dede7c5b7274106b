// Finds (and with `node test/tools/chromium.mjs` installs, where it can) a Chromium for the browser tests.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const wellKnown = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  `${process.env.PROGRAMFILES ?? 'C:\\Program Files'}\\Google\\Chrome\\Application\\chrome.exe`,
]

/** The path of an installed Chromium, or undefined: CHROMIUM_PATH, Playwright's own download, well-known places. */
export function findChromium() {
  const asked = process.env.CHROMIUM_PATH
  if (asked) {
    if (!existsSync(asked)) throw new Error(`CHROMIUM_PATH=${asked} does not exist`)
    return asked
  }
  return [chromium.executablePath(), ...wellKnown].find((p) => p && existsSync(p))
}

const help = `No Chromium found for the browser tests. Do one of these:
  - npm run browser:install       (apt-get as root on Debian, else Playwright's download)
  - set CHROMIUM_PATH to a Chromium or Chrome you have
  - npm run test:unit             (runs no browser)`

/** Launch options that work as root, in a container and with a closed network. Never throws: without a browser the launch itself says so. */
export function launchOptions() {
  return {
    executablePath: findChromium(),
    headless: true,
    // Playwright itself passes --no-sandbox and --disable-background-networking
    args: ['--disable-gpu', '--disable-quic', '--disable-dev-shm-usage'],
  }
}

function run(cmd, args) {
  console.log(`> ${cmd} ${args.join(' ')}`)
  execFileSync(cmd, args, {
    stdio: 'inherit',
    timeout: 300_000,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

/** Installs a Chromium if there is none. */
export function ensureChromium() {
  const found = findChromium()
  if (found) return found
  const tries = []
  if (
    process.platform === 'linux' &&
    process.getuid?.() === 0 &&
    existsSync('/etc/debian_version') &&
    existsSync('/usr/bin/apt-get')
  ) {
    tries.push(() => {
      run('apt-get', ['update', '-qq'])
      run('apt-get', [
        'install',
        '-y',
        '-qq',
        '--no-install-recommends',
        '-o',
        'DPkg::Lock::Timeout=300',
        'chromium',
        'fonts-liberation',
      ])
    })
  }
  tries.push(() =>
    run(process.execPath, [createRequire(import.meta.url).resolve('playwright-core/cli.js'), 'install', 'chromium']),
  )
  for (const t of tries) {
    try {
      t()
    } catch (e) {
      console.error(String(e.message ?? e))
    }
    const path = findChromium()
    if (path) return path
  }
  throw new Error(help)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    console.log(`Chromium: ${ensureChromium()}`)
  } catch (e) {
    console.error(e.message)
    process.exitCode = 1
  }
}
