import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** An installation that takes longer has stalled, ms. */
export const INSTALL_TIMEOUT = 300_000

/** Whether this is a Debian, and we are root on it. */
export function canInstallWithApt(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
}

export function installWithApt(...packages: string[]): void {
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300', ...packages])
}

function run(command: string, args: readonly string[]): void {
  console.error(`> ${command} ${args.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  // What the installation says goes to the standard error: the standard output may be kept, as that of a bench is.
  execFileSync(command, args, { stdio: ['ignore', 2, 2], timeout: INSTALL_TIMEOUT, env })
}
