// npm run size: gzipped size of every entry with all that it imports statically. Exits with 1 when one is over its budget.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = join(dirname(fileURLToPath(import.meta.url)), '../../dist')

/** kB = 1000 bytes, gzip level 9. */
const budgets = [
  ['index.js', 13.0],
  ['pennon.min.js', 18.0],
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

for (const [entry, budget] of budgets) {
  const files = [...withImports(entry)]
  const bytes = files.reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file)), { level: 9 }).length, 0)
  const isOver = bytes > budget * 1000
  console.log(
    `${entry.padEnd(24)} ${(bytes / 1000).toFixed(2).padStart(6)} kB gzipped, budget ${budget.toFixed(1)} kB${isOver ? '  OVER' : ''}`,
  )
  if (isOver) process.exitCode = 1
}
