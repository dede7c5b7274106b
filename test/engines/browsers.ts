import { existsSync } from 'node:fs'
import type { WebkitPaths } from './webkit/launchWebkit'

/** The path of an installed Firefox, or undefined: FIREFOX_PATH, well-known places. */
export function findFirefox(): string | undefined {
  return (
    asked('FIREFOX_PATH') ??
    [
      '/usr/bin/firefox-esr',
      '/usr/bin/firefox',
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      `${process.env.PROGRAMFILES ?? 'C:\\Program Files'}\\Mozilla Firefox\\firefox.exe`,
    ].find((path) => existsSync(path))
  )
}

/** WebKitGTK with its driver, and what shows it a screen: on Linux only. WEBKIT_DRIVER_PATH, WEBKIT_BROWSER_PATH, well-known places. */
export function findWebkit(): WebkitPaths | undefined {
  const driver = asked('WEBKIT_DRIVER_PATH') ?? ['/usr/bin/WebKitWebDriver'].find((path) => existsSync(path))
  const browser =
    asked('WEBKIT_BROWSER_PATH') ??
    ['x86_64-linux-gnu', 'aarch64-linux-gnu', '.']
      .flatMap((folder) => ['4.1', '6.0', '4.0'].map((api) => `/usr/lib/${folder}/webkit2gtk-${api}/MiniBrowser`))
      .find((path) => existsSync(path))
  const isShown = ['Xvfb', 'openbox'].every((name) => existsSync(`/usr/bin/${name}`))
  return driver && browser && isShown ? { driver, browser } : undefined
}

function asked(variable: string): string | undefined {
  const path = process.env[variable]
  if (path && !existsSync(path)) throw new Error(`${variable}=${path} does not exist`)
  return path || undefined
}
