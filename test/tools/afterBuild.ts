// tsx test/tools/afterBuild.ts COMMAND …: builds dist if it is older than its sources, and then runs a command of the project. Who only
// asks that command for its help does not wait for a build.
import { execFileSync } from 'node:child_process'
import { buildIfOlder } from './build'

const [command = '', ...args] = process.argv.slice(2)
try {
  if (!args.includes('--help')) await buildIfOlder()
  execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
} catch (error) {
  const { status } = error as { status?: number }
  // A command that ended with a status has said what went wrong.
  if (status === undefined) throw error
  process.exitCode = status ?? 1
}
