import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Builds an earlier state of the project as it was built then, with the packages of its own lock file, unless that was done before.
 *
 * @returns its folder
 */
export function buildOlder(commit: string): string {
  const folder = join(root, 'node_modules/.cache/bench-load', commit)
  if (existsSync(folder)) return folder
  console.log(`Building ${commit}, once …`)
  const made = `${folder}.${process.pid}`
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: made, stdio: 'pipe' })
  mkdirSync(made, { recursive: true })
  try {
    const archive = join(made, 'source.tar')
    execFileSync('git', ['archive', '--output', archive, commit], { cwd: root })
    run('tar', '-xf', archive)
    run('npm', 'ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund')
    run('npm', 'run', 'build')
    // Only what was built is needed.
    rmSync(join(made, 'node_modules'), { recursive: true })
    renameSync(made, folder)
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return folder
}
