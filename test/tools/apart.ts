// tsx test/tools/apart.ts FOLDER COMMAND …: runs a command of packages that are installed in that folder, apart from the project.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const shell = process.platform === 'win32'

/**
 * Installs what the lock file of a folder has, unless that was done already. What only a command run by hand needs has a folder of its
 * own: nobody who only tests has to install it.
 */
export function installApart(folder: string): void {
  if (isInstalled(folder)) return
  // What a bench or a tool prints on stdout may be read by a program.
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: ['ignore', 2, 2], shell })
}

function isInstalled(folder: string): boolean {
  const installed = join(folder, 'node_modules/.package-lock.json')
  return existsSync(installed) && statSync(installed).mtimeMs > statSync(join(folder, 'package-lock.json')).mtimeMs
}

function run(folder: string, command: string, args: readonly string[]): void {
  try {
    installApart(folder)
    const PATH = [join(folder, 'node_modules/.bin'), process.env.PATH].join(delimiter)
    execFileSync(command, args, { stdio: 'inherit', shell, env: { ...process.env, PATH } })
  } catch (error) {
    // The command has said what went wrong.
    process.exitCode = (error as { status?: number }).status ?? 1
  }
}

if (process.argv[1] === import.meta.filename) {
  const [folder = '', command = '', ...args] = process.argv.slice(2)
  if (args.includes('--help') && !isInstalled(folder)) {
    // Its own help is in a package that would have to be installed first.
    console.log(
      `usage: ${[command, ...args].join(' ').replace('--help', '…')}\n  npm ci --prefix ${folder} installs it`,
    )
  } else {
    run(folder, command, args)
  }
}
