import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rollup } from 'rollup'
import { bundles, entrySources } from '../../rollup.config'
import { writeSubpaths } from './writeSubpaths'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')

/**
 * Makes dist. The build goes aside and is renamed when it is whole, so that nobody ever sees half of it, and an interrupted one
 * leaves the last.
 */
export async function makeDist(): Promise<void> {
  const started = new Date()
  // Beside dist, so that renaming is all, and source maps name the same paths.
  const made = mkdtempSync(`${dist}.`)
  const declarations = `${made}.types`
  const last = `${made}.last`
  const remove = () =>
    [made, declarations, `${declarations}.json`, last].forEach((path) => rmSync(path, { recursive: true, force: true }))
  // A process that listens to a signal is not ended in the middle of a statement, which might be the renaming.
  const end = () => process.exit(1)
  process.once('exit', remove).once('SIGINT', end).once('SIGTERM', end)
  try {
    emitDeclarations(declarations)
    await Promise.all(
      bundles(made, declarations).map(async (options) => {
        const bundle = await rollup(options)
        await bundle.write(options.output)
        await bundle.close()
      }),
    )
    // As old as its sources were: what was changed meanwhile is newer.
    utimesSync(made, started, started)
    replace(made, last)
    writeSubpaths(root)
  } finally {
    remove()
    process.off('exit', remove).off('SIGINT', end).off('SIGTERM', end)
  }
}

/** Writes a declaration file for each module of src that an entry needs, from one program for all of them. */
function emitDeclarations(folder: string): void {
  const config = {
    extends: './tsconfig.json',
    include: [],
    files: entrySources,
    compilerOptions: {
      // `npm run typecheck` finds the errors.
      noCheck: true,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: join(root, 'src'),
      outDir: folder,
    },
  }
  // Beside tsconfig.json, from where the paths in both are meant.
  const path = `${folder}.json`
  writeFileSync(path, JSON.stringify(config))
  const compiler = join(root, 'node_modules/typescript7/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', path], { stdio: 'inherit' })
}

/** Puts a finished build in the place of the last one, which goes to `last`. */
function replace(made: string, last: string): void {
  try {
    if (existsSync(dist)) renameSync(dist, last)
    renameSync(made, dist)
  } catch (error) {
    // Another terminal renames its own at the same moment.
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    rmSync(last, { recursive: true, force: true })
    replace(made, last)
  }
}
