// npm test: everything, from a fresh clone. Finds or installs a browser, builds, checks, runs every test, and ends with
// the line "N passed, N failed". Any failure makes the exit code 1.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium } from './chromium.ts'

/** Each counts as one test. The build comes first: what follows looks at its files. */
const checks = [
  ['build', 'npx', ['rollup', '-c', '--silent']],
  ['types', 'npx', ['tsc', '-p', '.']],
  ['lint', 'npx', ['eslint', '.']],
  ['format', 'npm', ['run', '-s', 'format:check']],
  ['size', 'npm', ['run', '-s', 'size']],
  ['api', 'npm', ['run', '-s', 'api:check']],
  ['package', 'npm', ['run', '-s', 'lint:package']],
]

let passed = 0
let failed = 0

const run = (command, args) =>
  spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' }).status

try {
  console.log(`browser: ${ensureChromium()}`)
} catch (error) {
  console.error(error.message)
  failed++
}

for (const [name, command, args] of checks) {
  const started = Date.now()
  const ok = run(command, args) === 0
  if (ok) passed++
  else failed++
  console.log(`${ok ? 'passed' : 'FAILED'}: ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`)
}

const folder = mkdtempSync(join(tmpdir(), 'pennon-test-'))
const report = join(folder, 'report.json')
const status = run('npx', ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`])
try {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, 'utf8'))
  passed += numPassedTests
  // A skipped test proves nothing; a run that failed outside a test has failed all the same.
  failed += Math.max(numFailedTests + numPendingTests + numTodoTests, status === 0 ? 0 : 1)
} catch (error) {
  console.error(`no test report: ${error.message}`)
  failed++
}
rmSync(folder, { recursive: true, force: true })

console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
