// npm run test:engines [-- firefox|webkit|chromium …] [--files PART]: the browser ring in Firefox and WebKitGTK, and what concerns only
// engines (in Chromium that alone). Finds or installs the browsers, builds, and ends with the line "N passed, N failed". A failure that
// test/engines/knownFailures.ts does not list makes the exit code 1, and so does a listed one that is none.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { startVitest, type TestModule } from 'vitest/node'
import { ENGINES, type Engine } from '../browser/engine'
import { findFirefox, findWebkit } from '../engines/browsers'
import { KNOWN_FAILURES } from '../engines/knownFailures'
import { LEFT_OUT } from '../engines/leftOut'
import { buildIfOlder } from './build'
import { ensureChromium } from './chromium'
import { canInstallWithApt, installWithApt } from './installWithApt'
import { readOptions } from './readOptions'

/** What Debian calls the browsers and what they need. */
const PACKAGES = {
  firefox: ['firefox-esr'],
  webkit: ['webkit2gtk-driver', 'xvfb', 'openbox'],
}

/** Test files that run at once, of all engines together. Most of their time is waiting: more than there are cores. */
const FILES_AT_ONCE = 4

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
const found = engines.filter(ensure)
const modules = found.length ? await run() : []
const totals = found.map((engine) =>
  totalsOf(
    engine,
    modules.filter(({ project }) => project.name === engine),
  ),
)
// An engine that is not there has passed nothing, and a run that failed outside a test has failed all the same.
totals.push({ passed: 0, failed: engines.length - found.length })
const sum = (of: keyof Totals) => totals.reduce((all, one) => all + one[of], 0)
const failed = sum('failed') || (process.exitCode ? 1 : 0)
console.log(`${sum('passed')} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0

/** Runs the tests of all engines at once, so that no core idles while the last engine ends. */
async function run(): Promise<TestModule[]> {
  const vitest = await startVitest('test', [...files], {
    config: 'vitest.engines.config.ts',
    project: found,
    // A number in the configuration would win over this one.
    maxWorkers: FILES_AT_ONCE,
    watch: false,
  })
  await vitest.close()
  return vitest.state.getTestModules()
}

function engineOf(name: string): Engine {
  const engine = ENGINES.find((one) => one === name)
  if (!engine) throw new Error(`no engine of this name: ${name}`)
  return engine
}

/** Says what became of the known failures of an engine. */
function totalsOf(engine: Engine, modules: readonly TestModule[]): Totals {
  const tests = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => ({
      file: module.relativeModuleId,
      name: test.fullName,
      state: test.result().state,
      cause: test.meta().knownFailure,
    })),
  )
  const known = tests.filter(({ cause }) => cause !== undefined)
  const passed = tests.filter(({ state, cause }) => state === 'passed' && cause === undefined)
  const failed = tests.filter(({ state }) => state === 'failed')
  const skipped = tests.length - passed.length - failed.length - known.length
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
    const isWanted = (file: string) => !files.length || files.some((part) => file.includes(part))
    const names = filesFrom(path).filter(isWanted)
    if (names.length) console.log(`not run: ${why}\n  ${names.join('\n  ')}`)
  }
  const seconds = modules.reduce((sum, module) => sum + module.diagnostic().duration, 0) / 1000
  console.log(
    `${engine}: ${passed.length} passed, ${failed.length} failed, ${known.length} known to fail, ` +
      `${skipped} skipped (no such thing in this engine or its driver), ${Math.round(seconds)} s of tests`,
  )
  return { passed: passed.length, failed: failed.length + stale.length }
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
