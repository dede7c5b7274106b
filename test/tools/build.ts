// npm run build: makes dist from src, if it is older. With --force always.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOptions } from './readOptions'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')

/** What a build depends on: of folders, everything in them. */
const SOURCES = [
  'src',
  'demo/page',
  'rollup.config.ts',
  'flattenParts.ts',
  'letForConst.ts',
  'mangledNames.ts',
  'test/tools/makeDist.ts',
  'test/tools/buildAside.ts',
  'test/tools/writeSubpaths.ts',
  'tsconfig.json',
  'package.json',
  'package-lock.json',
]

/** Makes dist if something that it depends on is newer. */
export async function buildIfOlder(): Promise<void> {
  if (!existsSync(dist) || SOURCES.some((path) => changedAt(join(root, path)) > statSync(dist).mtimeMs)) await build()
}

/** Loads what builds only now: most calls find that nothing is older, and should know it at once. */
async function build(): Promise<void> {
  const { makeDist } = await import('./makeDist')
  await makeDist()
}

/** When a file, or anything in a folder, was last changed, in ms. A folder changes with its list of files. */
function changedAt(path: string): number {
  const found = statSync(path)
  const times = found.isDirectory() ? readdirSync(path).map((name) => changedAt(join(path, name))) : []
  return Math.max(found.mtimeMs, ...times)
}

if (process.argv[1] === import.meta.filename) {
  const { force } = readOptions(
    `usage: npm run build [-- --force]
  --force   makes dist even if nothing that it depends on is newer`,
    { force: false },
  )
  await (force ? build() : buildIfOlder())
}
