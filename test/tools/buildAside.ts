import { mkdtempSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Makes a folder anew. The build goes aside and is renamed when it is whole, so that nobody ever sees half of it, and one that
 * fails or is interrupted leaves the last.
 *
 * @param make fills the folder `made`, which stands beside the one that it will replace. Whatever else it puts there under a name
 * that begins with the name of `made` is removed in the end
 */
export async function buildAside(folder: string, make: (made: string) => Promise<void>): Promise<void> {
  const started = new Date()
  // The new folder stands beside the old one, so that renaming is all, and source maps name the same paths.
  const made = mkdtempSync(`${folder}.`)
  const last = `${made}.last`
  const remove = () => {
    for (const name of readdirSync(dirname(made))) {
      if (name.startsWith(basename(made))) rmSync(join(dirname(made), name), { recursive: true, force: true })
    }
  }
  // A process that listens to a signal is not ended in the middle of a statement, which might be the renaming.
  const end = () => process.exit(1)
  process.once('exit', remove).once('SIGINT', end).once('SIGTERM', end)
  try {
    await make(made)
    // A file is made as old as its sources were: what was changed meanwhile is newer.
    utimesSync(made, started, started)
    replace(folder, made, last)
  } finally {
    remove()
    process.off('exit', remove).off('SIGINT', end).off('SIGTERM', end)
  }
}

/** Puts a finished build in the place of the last one, which goes to `last`. */
function replace(folder: string, made: string, last: string): void {
  const isLast = renameUnless(folder, last, 'ENOENT')
  try {
    // Another terminal may have put its own there at the same moment.
    if (renameUnless(made, folder, 'ENOTEMPTY', 'EEXIST')) return
  } catch (error) {
    if (isLast) renameSync(last, folder)
    throw error
  }
  rmSync(last, { recursive: true, force: true })
  replace(folder, made, last)
}

/** Renames a folder. @returns false where one of these faults kept it from that */
function renameUnless(from: string, to: string, ...faults: string[]): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (faults.includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}
