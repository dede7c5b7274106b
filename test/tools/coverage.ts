// npm run coverage: which lines and branches of src the tests run. Unit and conformance tests are measured as vitest does it; what only
// browsers and the command line run, by V8's own record of the built scripts, in a build that is not minified. Where both saw a file, the
// better one counts, so that the sum is at least what is printed. Exits with 1 below a goal.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mergeScriptCovs, type ScriptCov } from '@bcoe/v8-coverage'
import { parse } from 'acorn'
import convert from 'ast-v8-to-istanbul'
import libCoverage, { type CoverageMap, type CoverageMapData } from 'istanbul-lib-coverage'
import type { Recorded } from '../browser/recordCoverage'
import { ensureChromium } from './chromium'
import { readOptions } from './readOptions'

const LEAST = { lines: 95, branches: 90 }

/** Browser tests of what no unit test runs. */
const BROWSER = [
  'devtools',
  'integrations',
  'compat',
  'overrides',
  'storageFaults',
  'readiness',
  'secondFile',
  'privacy',
]

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'coverage')
const ofScripts = join(folder, 'scripts')
/** A copy of the project, in which the scripts are built that are measured: those in dist are for everybody else. */
const copy = join(folder, 'copy')
const shell = process.platform === 'win32'

/** Runs a command of the project. A test that fails says so itself; what it ran counts all the same. */
function run(args: string[], env: Record<string, string> = {}, cwd = root): void {
  try {
    execFileSync('npx', args, { cwd, stdio: 'inherit', shell, env: { ...process.env, ...env } })
  } catch {
    process.exitCode = 1
  }
}

interface Script extends ScriptCov {
  readonly text: string
}

/** What pages and processes left, by the text of the script. */
function readScripts(): Map<string, Script[]> {
  const scripts = new Map<string, Script[]>()
  const add = (text: string, coverage: ScriptCov) => {
    const known = scripts.get(text)
    if (known) known.push({ ...coverage, text })
    else scripts.set(text, [{ ...coverage, text }])
  }
  for (const file of readdirSync(ofScripts)) {
    const content = JSON.parse(readFileSync(join(ofScripts, file), 'utf8')) as Recorded[] | { result: ScriptCov[] }
    // A process of Node names the file.
    if (!Array.isArray(content)) {
      for (const one of content.result.filter(({ url }) => url.endsWith('/dist/cli.js')))
        add(readFileSync(fileURLToPath(one.url), 'utf8'), one)
    } else for (const { text, rawScriptCoverage } of content) add(text, rawScriptCoverage)
  }
  return scripts
}

/** Copies what is not ignored, as it is now. */
function copyProject(): void {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 } as const
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options)
  for (const file of files.split('\0')) {
    if (file && existsSync(join(root, file))) cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
}

/** The map of a script to its sources: in its text, or beside the file of dist that it is. */
function mapOf(text: string, url: string) {
  const [, inline] = /\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\s*$/.exec(text) ?? []
  if (inline) return JSON.parse(Buffer.from(inline, 'base64').toString()) as never
  const name = basename(new URL(url).pathname)
  for (const path of [join(copy, 'dist', name), join(copy, 'dist/integrations', name)])
    if (existsSync(`${path}.map`) && readFileSync(path, 'utf8') === text)
      return JSON.parse(readFileSync(`${path}.map`, 'utf8')) as never
  return undefined
}

/** What the scripts ran, by the files of src. */
async function readBuilt(): Promise<CoverageMap> {
  const map = libCoverage.createCoverageMap({})
  for (const [text, found] of readScripts()) {
    const { url, functions } = mergeScriptCovs(found) as ScriptCov
    const sourceMap = mapOf(text, url)
    if (!sourceMap) continue
    const ast = parse(text, { ecmaVersion: 'latest', sourceType: 'module' })
    const data = await convert({
      code: text,
      sourceMap,
      ast,
      coverage: { url: `file://${root}dist/script.js`, functions },
    })
    for (const [path, file] of Object.entries(data)) {
      const source = path.replaceAll('\\', '/').replace(/^.*\/(?=src\/)/, root)
      if (!existsSync(source) || path.includes('node_modules')) continue
      map.merge({ [source]: { ...(file as object), path: source } } as CoverageMapData)
    }
  }
  return map
}

readOptions('usage: npm run coverage', {})
rmSync(folder, { recursive: true, force: true })
mkdirSync(ofScripts, { recursive: true })
const reports = [
  '--coverage',
  '--coverage.reportOnFailure',
  '--coverage.reporter=json',
  `--coverage.reportsDirectory=${folder}/unit`,
]
run(['vitest', 'run', '--project', 'unit', '--project', 'conformance', ...reports])
const env = { PENNON_COVERAGE: ofScripts, CHROMIUM_PATH: ensureChromium() }
copyProject()
run(['tsx', 'test/tools/build.ts'], env, copy)
run(['vitest', 'run', '--project', 'browser', ...BROWSER.map((name) => `test/browser/${name}`)], env, copy)
run(['vitest', 'run', '--project', 'package', 'test/cli'], { ...env, NODE_V8_COVERAGE: ofScripts }, copy)

const unit = libCoverage.createCoverageMap(
  JSON.parse(readFileSync(join(folder, 'unit/coverage-final.json'), 'utf8')) as CoverageMapData,
)
const built = await readBuilt()
const total = { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } }
const percent = ({ total: all, covered }: { total: number; covered: number }) => (all ? (covered / all) * 100 : 100)
const rows = unit.files().map((path) => {
  const seen = [unit, built]
    .filter((map) => map.files().includes(path))
    .map((map) => map.fileCoverageFor(path).toSummary())
  const score = (one: (typeof seen)[number]) => percent(one.lines) + percent(one.branches)
  const { lines, branches } = seen.reduce((best, one) => (score(one) > score(best) ? one : best))
  for (const [name, part] of Object.entries({ lines, branches })) {
    total[name as keyof typeof total].total += part.total
    total[name as keyof typeof total].covered += part.covered
  }
  return { path: path.slice(root.length), lines, branches }
})
const show = (path: string, lines: number, branches: number) =>
  console.log(`${path.padEnd(52)} ${lines.toFixed(1).padStart(6)} ${branches.toFixed(1).padStart(9)}`)
console.log(`\n${'%'.padEnd(52)}  lines  branches`)
for (const { path, lines, branches } of rows.sort((a, b) => percent(a.lines) - percent(b.lines)))
  if (percent(lines) < LEAST.lines || percent(branches) < LEAST.branches) show(path, percent(lines), percent(branches))
show('all of src', percent(total.lines), percent(total.branches))
if (percent(total.lines) < LEAST.lines || percent(total.branches) < LEAST.branches) process.exitCode = 1
