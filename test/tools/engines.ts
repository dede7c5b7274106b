// npm run test:engines [-- firefox|webkit|chromium …] [--files PART]: the browser ring in Firefox and WebKitGTK, and what concerns only
// engines (in Chromium that alone). Finds or installs the browsers, builds, and ends with the line "N passed, N failed". A failure that
// test/engines/knownFailures.ts does not list makes the exit code 1, and so does a listed one that is none.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import type { Engine } from '../browser/engine'
import { findFirefox, findWebkit } from '../engines/browsers'
import { KNOWN_FAILURES } from '../engines/knownFailures'
import { LEFT_OUT } from '../engines/leftOut'
import { buildIfOlder } from './build'
import { ensureChromium } from './chromium'
import { canInstallWithApt, installWithApt } from './installWithApt'
import { readOptions } from './readOptions'

const ENGINES = ['firefox', 'webkit', 'chromium'] as const

/** What Debian calls the browsers and what they need. */
const PACKAGES = {
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'openbox'],
}

interface Report {
  testResults: {
    name: string
    assertionResults: { ancestorTitles: string[]; title: string; status: string; meta: { knownFailure?: string } }[]
  }[]
}

interface Totals {
  passed: number
  failed: number
}

const { _: names, files } = readOptions(
  `usage: npm run test:engines [-- ENGINE …] [-- --files PART]
  ENGINE        firefox, webkit or chromium. Without one: Firefox and WebKit, beside each other
  --files PART  only test files whose path contains it; may be given again`,
  { _: [], files: [] },
  (read) => read._.forEach(engineOf),
)
const engines: readonly Engine[] = names.length ? names.map(engineOf) : ['firefox', 'webkit']
await buildIfOlder()
// Most of the time of an engine is waiting: they take turns with each other on the cores.
const found = engines.filter(ensure)
const totals = await Promise.all(found.map(testIn))
// An engine that is not there has passed nothing.
totals.push({ passed: 0, failed: engines.length - found.length })
const sum = (of: keyof Totals) => totals.reduce((all, one) => all + one[of], 0)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') ? 1 : 0

function engineOf(name: string): Engine {
  const engine = ENGINES.find((one) => one === name)
  if (!engine) throw new Error(`no engine of this name: ${name}`)
  return engine
}

/** Runs the tests in one engine, and says what became of the known failures. */
async function testIn(engine: Engine): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), 'pennon-engines-'))
  const outputFile = join(folder, 'report.json')
  const started = Date.now()
  const wanted = engine === 'chromium' && !files.length ? ['test/engines'] : files
  const status = await run(
    'npx',
    [
      'vitest',
      'run',
      '-c',
      'vitest.engines.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${outputFile}`,
      ...wanted,
    ],
    { ENGINE: engine },
  )
  try {
    const tests = (JSON.parse(readFileSync(outputFile, 'utf8')) as Report).testResults.flatMap(
      ({ name, assertionResults }) =>
        assertionResults.map(({ ancestorTitles, title, status, meta }) => ({
          file: relative(process.cwd(), name),
          name: [...ancestorTitles, title].join(' > '),
          status,
          cause: meta.knownFailure,
        })),
    )
    const known = tests.filter(({ cause }) => cause !== undefined)
    const passed = tests.filter(({ status, cause }) => status === 'passed' && cause === undefined)
    const failed = tests.filter(({ status }) => status === 'failed')
    const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
    // An entry that no test bears any more would forgive nothing and confuse everybody.
    const stale = KNOWN_FAILURES.filter((one) => one.engine === engine).flatMap(({ file, names }) => {
      const inFile = tests.filter((test) => test.file === file)
      return inFile.length ? names.filter((name) => !inFile.some((test) => test.name === name)) : []
    })
    for (const name of stale) console.error(`listed as a known failure, but there is no such test: ${name}`)
    for (const cause of new Set(known.map((one) => one.cause))) {
      console.log(`known to fail: ${cause}`)
      for (const { file, name } of known.filter((one) => one.cause === cause)) console.log(`  ${file} > ${name}`)
    }
    for (const { path, why } of LEFT_OUT.filter((one) => one.engine === engine)) {
      const isWanted = (file: string) => !wanted.length || wanted.some((part) => file.includes(part))
      const names = filesFrom(path).filter(isWanted)
      if (names.length) console.log(`not run: ${why}\n  ${names.join('\n  ')}`)
    }
    console.log(
      `${engine}: ${passed.length} passed, ${failed.length} failed, ${known.length} known to fail, ` +
        `${skipped.length} skipped (no such thing in this engine or its driver), ${Math.round((Date.now() - started) / 1000)} s`,
    )
    // A run that failed outside a test has failed all the same.
    return { passed: passed.length, failed: Math.max(failed.length + stale.length, status === 0 ? 0 : 1) }
  } catch (error) {
    console.error(`no test report: ${String(error)}`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The test files whose paths begin so. */
function filesFrom(path: string): string[] {
  return readdirSync('test/browser', { recursive: true, encoding: 'utf8' })
    .map((file) => join('test/browser', file).replaceAll('\\', '/'))
    .filter((file) => file.startsWith(path) && file.endsWith('.test.ts'))
}

/** Installs the engine if it is not there. @returns whether it can be tested; if not, a line says why */
function ensure(engine: Engine): boolean {
  try {
    if (engine === 'chromium') return ensureChromium() !== ''
    const find = engine === 'firefox' ? findFirefox : findWebkit
    if (!find() && canInstallWithApt()) installWithApt(...PACKAGES[engine])
    if (find()) return true
    const packages = PACKAGES[engine].join(' ')
    throw new Error(
      `No ${engine} found. On Debian, as root: apt-get install ${packages}` +
        (engine === 'firefox' ? ', or set FIREFOX_PATH' : ' (WebKitGTK runs on Linux only)'),
    )
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error))
    return false
  }
}

async function run(command: string, args: readonly string[], env: Record<string, string>): Promise<number | null> {
  const isWindows = process.platform === 'win32'
  const child = spawn(command, args, { stdio: 'inherit', shell: isWindows, env: { ...process.env, ...env } })
  const [status] = (await once(child, 'exit')) as [number | null]
  return status
}
