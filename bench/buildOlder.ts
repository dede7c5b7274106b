import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** 0.1.0 as it was finished. */
export const OLDER = '4ad0f91'

/**
 * Builds an earlier state of the project as it was built then, with the packages of its own lock file, unless that was done before.
 *
 * @returns the folder with its `dist`
 */
export function buildOlder(commit: string): string {
  const folder = join(root, 'node_modules/.cache/older', commit)
  if (existsSync(folder)) return folder
  if (spawnSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: root }).status !== 0) {
    console.error(`An earlier state is built from the history, and this clone lacks ${commit}: git fetch --unshallow`)
    process.exit(1)
  }
  // What a bench prints on stdout stands in docs/benchmarks.md.
  console.error(`Building ${commit}, once …`)
  // A folder below node_modules would not do: the build takes no source from there.
  const made = mkdtempSync(join(tmpdir(), 'pennon-older-'))
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: made, stdio: 'pipe' })
  try {
    const archive = join(made, 'source.tar')
    execFileSync('git', ['archive', '--output', archive, commit], { cwd: root })
    run('tar', '-xf', archive)
    run('npm', 'ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund')
    run('npm', 'run', 'build')
    cpSync(join(made, 'dist'), join(folder, 'dist'), { recursive: true })
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
  return folder
}
