import { spawn } from 'node:child_process'

/**
 * Opens an address in the default browser.
 *
 * @param onFailure is told why it cannot; the address was printed, so nothing else is lost
 */
export function openBrowser(url: string, onFailure: (why: string) => void): void {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env
  if (process.platform === 'linux' && !DISPLAY && !WAYLAND_DISPLAY) {
    onFailure('there is no display here')
    return
  }
  const [command, ...args]: [string, ...string[]] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '""', url]
        : ['xdg-open', url]
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => onFailure(`${command} cannot be started`))
    .unref()
}
