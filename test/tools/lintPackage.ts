// npm run lint:package: builds dist if it is older than its sources, and looks at the package with publint and "are the types wrong".
// Exits with 1 when one of them finds a fault.
import { execFileSync } from 'node:child_process'
import { buildIfOlder } from './build'
import { readOptions } from './readOptions'

const CHECKS = [
  'publint --strict',
  'attw --pack . --ignore-rules cjs-resolves-to-esm --exclude-entrypoints pennon.min.js',
]

readOptions('usage: npm run lint:package', {})
await buildIfOlder()
for (const check of CHECKS) {
  const [command = '', ...args] = check.split(' ')
  try {
    execFileSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' })
  } catch {
    // It has said what it found.
    process.exitCode = 1
  }
}
