// npm run test:long [-- SCRIPT …]: what takes too long for every change, one after the other. What fails does not keep the rest from
// running. The last line is "N passed, N failed", and any failure makes the exit code 1.
import { spawnSync } from 'node:child_process'
import { readOptions } from './readOptions'

/** Scripts of package.json, with what they are given. */
const PARTS = [
  ['test:engines', 'chromium'],
  ['test:schedules'],
  ['bench:fuzz'],
  ['bench:soak'],
  ['bench:receiver'],
  ['mutate'],
  ['mutate:delivery'],
  ['mutate:impressions'],
] as const
const NAMES = PARTS.map(([script]) => script)

const { _: asked } = readOptions(
  `usage: npm run test:long [-- SCRIPT …]
  SCRIPT   ${NAMES.join(', ')}; all of them unless told`,
  { _: [] },
  ({ _: names }) => {
    const unknown = names.filter((name) => !NAMES.some((script) => script === name))
    if (unknown.length) throw new Error(`no part of this name: ${unknown.join(', ')}`)
  },
)
const parts = PARTS.filter(([script]) => !asked.length || asked.includes(script))
const isFailed = ([script, ...args]: (typeof PARTS)[number]): boolean => {
  console.log(`\n> npm run ${[script, ...args].join(' -- ')}`)
  const started = Date.now()
  const { status } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  console.log(`${status === 0 ? 'passed' : 'FAILED'}: ${script} (${Math.round((Date.now() - started) / 60_000)} min)`)
  return status !== 0
}
const failed = parts.filter(isFailed)
if (failed.length) console.log(`\nfailed: ${failed.map(([script]) => script).join(', ')}`)
console.log(`${parts.length - failed.length} passed, ${failed.length} failed`)
process.exitCode = failed.length ? 1 : 0
