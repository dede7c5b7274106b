import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Consumer {
  readonly folder: string
  /** Runs a script of Node in the folder. Resolves with what it prints; rejects with that when it fails. */
  run(script: string, ...args: string[]): Promise<string>
  remove(): void
}

/**
 * A project of its own outside the clone: the files of `from`, what its lock file has, where it has one, and the package, packed and
 * installed as from a registry.
 */
export async function installPackage(from: string): Promise<Consumer> {
  const folder = mkdtempSync(join(tmpdir(), 'pennon-consumer-'))
  const consumer: Consumer = {
    folder,
    run: (script, ...args) => execute(process.execPath, [script, ...args], folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
  try {
    cpSync(from, folder, { recursive: true })
    const isProject = existsSync(join(folder, 'package.json'))
    if (!isProject) {
      writeFileSync(join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n')
    }
    await execute('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], '.')
    const tarball = readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? ''
    renameSync(join(folder, tarball), join(folder, 'pennon.tgz'))
    // What the package depends on is in npm's cache since the clone was installed.
    const quickly = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
    if (isProject) await execute('npm', ['ci', ...quickly], folder)
    await execute('npm', ['install', '--no-save', ...quickly, './pennon.tgz'], folder)
    return consumer
  } catch (error) {
    consumer.remove()
    throw error
  }
}

function execute(command: string, args: string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const shell = process.platform === 'win32' && command === 'npm'
    execFile(command, args, { cwd, shell, timeout: 300_000, maxBuffer: 2 ** 26 }, (error, out, err) => {
      if (error) reject(new Error(`${error.message}\n${out}${err}`))
      else resolve(out)
    })
  })
}
