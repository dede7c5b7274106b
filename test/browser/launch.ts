import puppeteer, { type Browser } from 'puppeteer-core'
import { findFirefox, findWebkit } from '../engines/browsers'
import { launchWebkit } from '../engines/webkit/launchWebkit'
import { CHROMIUM_ARGS, findChromium, findShell } from '../tools/chromium'
import { engine } from './engine'
import { recordCoverage } from './recordCoverage'

export interface LaunchOptions {
  /**
   * The whole Chromium, in which tabs hide each other and a page that is left is kept in the bfcache. Otherwise it is its headless
   * shell where there is one: the same engine for half the CPU time. Other engines are always whole. @default false
   */
  windows?: boolean
  /** false: a page that is left is not kept to come back to. WebKitGTK always keeps it, the headless shell never. @default true */
  bfcache?: boolean
  /** `true`: a private window. WebKitGTK's windows always are. @default false */
  private?: boolean
  /** The test hears of the requests of pages. To load one takes Firefox a fifth more CPU time then. @default false */
  requests?: boolean
}

/** A real browser of the engine that this run is about: as root, in a container, without a network. */
export function launch(options: LaunchOptions = {}): Promise<Browser> {
  return { chromium: launchChromium, firefox: launchFirefox, webkit: openWebkit }[engine](options)
}

/** Suggestions for what is typed into the address bar, which Chromium loads as pages of its own into every window. */
const ADDRESS_BAR = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup']

async function launchChromium({ windows = false, bfcache = true, private: isPrivate = false }: LaunchOptions) {
  const chromium = findChromium()
  if (!chromium) throw new Error('no Chromium: npm run browser:install')
  const shell = windows ? undefined : findShell(chromium)
  const browser = await puppeteer.launch({
    executablePath: shell ?? chromium,
    headless: shell ? 'shell' : true,
    args: [
      ...CHROMIUM_ARGS,
      // No request of a page leaves this machine.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
      `--disable-features=${[...ADDRESS_BAR, ...(bfcache ? [] : ['BackForwardCache'])].join(',')}`,
      ...(isPrivate ? ['--incognito'] : []),
    ],
  })
  const folder = process.env['PENNON_COVERAGE']
  return folder ? recordCoverage(browser, folder) : browser
}

async function launchFirefox({ bfcache = true, private: isPrivate = false, requests = false }: LaunchOptions) {
  const executablePath = findFirefox()
  if (!executablePath) throw new Error('no Firefox: npm run test:engines installs one, or set FIREFOX_PATH')
  return puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    // `inFirefox` runs scripts in a window of the browser's own.
    args: ['--remote-allow-system-access'],
    networkEnabled: requests,
    extraPrefsFirefox: {
      // Firefox looks for updates and for a way out by itself.
      'app.update.enabled': false,
      'network.captive-portal-service.enabled': false,
      'network.connectivity-service.enabled': false,
      // The add-ons that it comes with, and a screen of 60 Hz, take an eighth of the CPU time of these tests.
      'extensions.enabledScopes': 0,
      'layout.frame_rate': 20,
      ...(bfcache ? {} : { 'browser.sessionhistory.max_total_viewers': 0 }),
      ...(isPrivate ? { 'browser.privatebrowsing.autostart': true } : {}),
    },
  })
}

async function openWebkit() {
  const paths = findWebkit()
  if (!paths) throw new Error('no WebKitGTK with its driver: npm run test:engines installs it')
  return launchWebkit(paths)
}
