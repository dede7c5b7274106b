// npm run size: gzipped size of every entry with all that it imports statically. Exits with 1 when one is over its budget.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../dist')

const tools = readdirSync(join(dist, 'integrations')).filter((file) => file.endsWith('.js'))

/**
 * kB = 1000 bytes, gzip level 9. A lazy chunk goes by the start of its name, and counts alone. With a third member: what it
 * adds to that entry.
 */
const budgets = [
  ['index.js', 32.9],
  ['pennon.min.js', 37.2],
  ['compat.js', 4.3, 'index.js'],
  ['hash.js', 0.5],
  ['config.js', 0.2],
  ['devtools.js', 16.0],
  ...tools.map((tool) => [`integrations/${tool}`, /webhook|S3/.test(tool) ? 1.5 : 0.8]),
  ['chunks/createStream', 4.2],
  ['chunks/writer', 1.6],
]

/** The file and, each once, the files that its static imports lead to. A dynamic import is not loaded with it. */
function withImports(file, found = new Set()) {
  if (found.has(file)) return found
  found.add(file)
  const code = readFileSync(join(dist, file), 'utf8')
  for (const [, path] of code.matchAll(/\b(?:import|from)\s*"(\.[^"]+)"/g)) {
    withImports(join(dirname(file), path), found)
  }
  return found
}

for (const [name, budget, base] of budgets) {
  const chunk =
    name.startsWith('chunks/') &&
    readdirSync(join(dist, 'chunks')).find((file) => `chunks/${file}`.startsWith(name) && file.endsWith('.js'))
  const without = base ? withImports(base) : new Set()
  const files = chunk ? [`chunks/${chunk}`] : [...withImports(name)].filter((file) => !without.has(file))
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0)
  const isOver = bytes > budget * 1000
  console.log(
    `${name.padEnd(24)} ${(bytes / 1000).toFixed(2).padStart(6)} kB gzipped, budget ${budget.toFixed(1)} kB${isOver ? '  OVER' : ''}`,
  )
  if (isOver) process.exitCode = 1
}
