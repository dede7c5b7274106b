// npm run size: gzipped size of every entry with all that it imports statically, and of all that a page loads. Exits with 1 when one is
// over its budget.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { buildIfOlder } from './build'
import { readOptions } from './readOptions'

interface Budget {
  /** A file of dist, unless there are `files`. */
  readonly name: string
  /** The files of dist that are weighed together. @default the one that is named */
  readonly files?: readonly string[]
  /** 1000 bytes, gzip level 9. */
  readonly kB: number
  /** The entry that is there already: what counts is what this one adds. */
  readonly base?: string
}

readOptions('usage: npm run size', {})
await buildIfOlder()

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

const filesIn = (folder: string) => readdirSync(join(dist, folder)).filter((file) => file.endsWith('.js'))

const BUDGETS: Budget[] = [
  // What stands between a page and its first decision.
  // It takes the first answers into use itself, so that the 21 kB of the second file are not waited for at a first visit.
  { name: 'index.js', kB: 22.3 },
  { name: 'late.js', kB: 22.0 },
  { name: 'stream.js', kB: 4.4 },
  // All that a page loads on which nothing goes wrong.
  { name: 'page', files: ['index.js', 'late.js', 'stream.js'], kB: 48.5 },
  { name: 'predecessor.js', kB: 1 },
  { name: 'texts.js', kB: 1.8 },
  { name: 'full.js', kB: 48.2 },
  { name: 'pennon.min.js', kB: 48.3 },
  { name: 'compat.js', kB: 4.7, base: 'index.js' },
  { name: 'openfeature.js', kB: 1.6, base: 'index.js' },
  { name: 'react.js', kB: 1.6, base: 'index.js' },
  { name: 'server.js', kB: 2 },
  { name: 'hash.js', kB: 0.5 },
  { name: 'config.js', kB: 0.2 },
  { name: 'devtools.js', kB: 16 },
  ...filesIn('integrations').map((file) => ({
    name: `integrations/${file}`,
    kB: /webhook|S3/.test(file) ? 1.5 : 0.9,
  })),
]

/** The file and, each once, the files that its static imports lead to. A dynamic import is not loaded with it. */
function withImports(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found
  found.add(file)
  const code = readFileSync(join(dist, file), 'utf8')
  for (const [, path = ''] of code.matchAll(/\b(?:import|from)\s*"(\.[^"]+)"/g)) {
    withImports(join(dirname(file), path), found)
  }
  return found
}

function filesOf({ name, files = [name], base }: Budget): string[] {
  const without = base ? withImports(base) : new Set()
  const loaded = new Set(files.flatMap((file) => [...withImports(file)]))
  return [...loaded].filter((file) => !without.has(file))
}

const width = Math.max(...BUDGETS.map(({ name }) => name.length))

for (const budget of BUDGETS) {
  const { name, kB } = budget
  const sizes = filesOf(budget).map((file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  const isOver = bytes > kB * 1000
  const size = (bytes / 1000).toFixed(2).padStart(6)
  console.log(`${name.padEnd(width)} ${size} kB gzipped, budget ${kB.toFixed(1)} kB${isOver ? '  OVER' : ''}`)
  if (isOver) process.exitCode = 1
}
