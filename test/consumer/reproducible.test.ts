import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const elsewhere = mkdtempSync(join(tmpdir(), 'pennon-again-'))
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }))

/** Every file of a folder by its path, with the hash of what is in it. */
const contentsOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      // A source map names where node_modules lies, which is a link here.
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.map'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path.slice(folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  )

it('dist is the same, byte by byte, when it is built again in another place', () => {
  const tracked = execFileSync('git', ['ls-files'], { encoding: 'utf8' }).trim().split('\n')
  for (const path of tracked) cpSync(path, join(elsewhere, path))
  symlinkSync(resolve('node_modules'), join(elsewhere, 'node_modules'))
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: elsewhere, stdio: 'inherit' })
  const first = contentsOf(resolve('dist'))
  expect(Object.keys(first)).toContain('/index.js')
  expect(contentsOf(join(elsewhere, 'dist'))).toEqual(first)
}, 300_000)
