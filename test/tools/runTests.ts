// npm test: everything that needs nothing but the clone. It finds or installs a browser, builds, and then checks and tests beside
// each other. Its last line is "N passed, N failed"; any failure makes the exit code 1.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { ensureChromium } from './chromium'
import { readOptions } from './readOptions'

interface Outcome {
  readonly passed: number
  readonly failed: number
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
}

/** Scripts of package.json that look at the sources. Each counts as one test, as do the build and those that look at it. */
const SOURCE_CHECKS = ['typecheck', 'lint', 'format:check']
const BUILD_CHECKS = ['api:check', 'lint:package', 'size']

/** Projects of vitest.config.ts that start no browser. */
const QUICK = ['unit', 'conformance', 'package']

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

const { quick } = readOptions(
  `usage: npm test [-- --quick]
  --quick   no browser: build, checks, unit, conformance and package`,
  { quick: false },
)
const outcomes = await runAll(quick)
const sum = (name: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[name], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') ? 1 : 0

async function runAll(quick: boolean): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  if (!quick) outcomes.push(findBrowser())
  // The build alone does not keep two cores busy.
  const sources = checkAll(SOURCE_CHECKS)
  outcomes.push(await check('build'))
  // The checks compute, the browser tests mostly wait.
  const checks = sources.then(() => checkAll(BUILD_CHECKS))
  outcomes.push(...(await Promise.all([sources, checks, test(...(quick ? QUICK : [...QUICK, 'browser']))])))
  return outcomes
}

function findBrowser(): Outcome {
  try {
    // Those that run the tests need not look for it again.
    process.env.CHROMIUM_PATH = ensureChromium()
    return { passed: 0, failed: 0 }
  } catch (error) {
    console.error(messageOf(error))
    return { passed: 0, failed: 1 }
  }
}

async function checkAll(names: string[]): Promise<Outcome> {
  let passed = 0
  for (const name of names) passed += (await check(name)).passed
  return { passed, failed: names.length - passed }
}

/** Runs a script of package.json as npm does, which takes half a second itself, and prints what it said in one piece. */
async function check(script: string): Promise<Outcome> {
  const started = Date.now()
  const line = scripts[script]
  if (!line) throw new Error(`package.json has no script ${script}`)
  const { status, output } = await run(line, [], { stdout: 'pipe', shell: true })
  const isPassed = status === 0
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  console.log(`${isPassed ? '' : output}${isPassed ? 'passed' : 'FAILED'}: ${script} (${seconds} s)`)
  return { passed: Number(isPassed), failed: Number(!isPassed) }
}

/** Runs these projects of vitest.config.ts. */
async function test(...projects: string[]): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'pennon-test-'))
  const path = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${path}`]
    const { status } = await run('vitest', ['run', ...projects.flatMap((name) => ['--project', name]), ...reporters], {
      stdout: 'inherit',
      shell: process.platform === 'win32',
    })
    const report = JSON.parse(readFileSync(path, 'utf8')) as Report
    // A skipped test proves nothing; a run that failed outside a test has failed all the same.
    const failed = report.numFailedTests + report.numPendingTests + report.numTodoTests
    return { passed: report.numPassedTests, failed: Math.max(failed, status === 0 ? 0 : 1) }
  } catch (error) {
    console.error(`no test report: ${String(error)}`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a command that may be one of an installed package. */
function run(
  command: string,
  args: string[],
  { stdout, shell }: { stdout: 'inherit' | 'pipe'; shell: boolean },
): Promise<{ status: number; output: string }> {
  return new Promise((settle, reject) => {
    const env = { ...process.env, PATH: [resolve('node_modules/.bin'), process.env.PATH].join(delimiter) }
    const child = spawn(command, args, { stdio: ['ignore', stdout, stdout], shell, env })
    let output = ''
    const take = (chunk: Buffer) => (output += chunk.toString())
    child.stdout?.on('data', take)
    child.stderr?.on('data', take)
    child.on('error', reject)
    child.on('close', (status) => settle({ status: status ?? 1, output }))
  })
}
