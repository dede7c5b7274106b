import { fork } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandLine, Outcome } from './runScripts'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }

/** Scripts of ours, by their names in package.json. */
const own = new Map<string, CommandLine>()
for (const [name, line] of Object.entries(scripts)) {
  const [runner, file = '', ...args] = line.split(' ')
  if (runner === 'tsx') own.set(name, { file, args })
}
const names = [...own.keys()]
/** These hand what they are given to a command of a package: first they build, or install it. */
const handOn = ['afterBuild', 'apart'].map((name) => `test/tools/${name}.ts`)
const handingOn = names.filter((name) => handOn.includes(own.get(name)!.file))
const others = names.filter((name) => !handingOn.includes(name))

/** Rows of benches, engines and folders that do not exist: the answer says so, or which there are. */
const noSuchRow: [CommandLine, string][] = [
  [{ file: 'bench/main.ts', args: ['nope'] }, 'size, decide'],
  [{ file: 'bench/pagehide/main.ts', args: ['--only', 'close,navigate'] }, 'navigate or close or crash'],
  [{ file: 'bench/pagehide/main.ts', args: ['--outages', '--only', 'nope'] }, '30 tabs closed at once'],
  [{ file: 'bench/scale.ts', args: ['--only', 'nope'] }, 'keys, updates, flags'],
  [{ file: 'test/tools/engines.ts', args: ['nope'] }, 'firefox, webkit or chromium'],
  [{ file: 'test/tools/runLong.ts', args: ['nope'] }, 'test:schedules'],
  [{ file: 'test/fixtures/main.ts', args: ['--dir', 'test/nowhere'] }, 'test/nowhere is no folder'],
]

const asked: CommandLine[] = [
  ...names.map((name) => {
    const { file, args } = own.get(name)!
    // The help of vitest takes a second, and says nothing of ours.
    const given = file.endsWith('afterBuild.ts') ? ['node'] : args
    return { file, args: [...given, '--help'] }
  }),
  ...others.map((name) => {
    const { file, args } = own.get(name)!
    return { file, args: [...args, '--no-such-option'] }
  }),
  ...noSuchRow.map(([line]) => line),
]

const FOLDERS = ['bench', 'demo', 'src', 'test']
let folder: string
let before: string[][]
let outcomes: Outcome[]

/** What is in the copy. */
const files = () =>
  ['.', ...FOLDERS].map((name) => readdirSync(join(folder, name), { recursive: name !== '.', encoding: 'utf8' }))

// A copy of the sources that was never built: whatever a script builds or writes stands there afterwards. One process runs them all,
// because most of the time of each would go into loading what the others load as well.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pennon-scripts-'))
  for (const name of readdirSync('.')) {
    const isNeeded = FOLDERS.includes(name) || /^[^.].*\.(ts|json)$/.test(name)
    if (isNeeded) cpSync(name, join(folder, name), { recursive: true, filter: (path) => !/node_modules/.test(path) })
  }
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'), 'junction')
  before = files()
  const child = fork('test/unit/tools/runScripts.ts', [], {
    cwd: folder,
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  try {
    outcomes = await new Promise((settle, reject) => {
      let complaints = ''
      child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
      child.on('message', settle)
      child.on('exit', (code) => reject(new Error(`ended with ${code}: ${complaints}`)))
      child.send(asked)
    })
  } finally {
    // The demo's server listens to other signals.
    child.kill('SIGKILL')
  }
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const outcomeOf = (line: number) => outcomes[line]!

it('no script of package.json runs another command before the one that reads what it is given', () => {
  expect(Object.entries(scripts).filter(([, line]) => /&&|;|\|/.test(line))).toEqual([])
})

it('builds and writes nothing for the help, or for wrong options', () => {
  expect(files()).toEqual(before)
})

describe('--help', () => {
  it.each(names.map((name, line) => [name, line] as const))('npm run %s', (name, line) => {
    const { status, out, complaints } = outcomeOf(line)
    expect({ status, complaints }).toEqual({ status: 0, complaints: '' })
    // What another process prints is not seen here.
    if (!own.get(name)!.file.endsWith('afterBuild.ts')) expect(out).toMatch(/usage:|npm run /)
  })
})

describe('an option that does not exist', () => {
  it.each(others.map((name, n) => [name, names.length + n] as const))('npm run %s', (_name, line) => {
    const { status, out, complaints } = outcomeOf(line)
    expect(status).toBeGreaterThan(0)
    expect(out).toBe('')
    expect(complaints).toContain('--no-such-option')
  })
})

describe('what does not exist', () => {
  it.each(
    noSuchRow.map(([{ file, args }, there], n) => [file, args, there, names.length + others.length + n] as const),
  )('%s %s', (_file, _args, there, line) => {
    const { status, out, complaints } = outcomeOf(line)
    expect({ status, out }).toEqual({ status: 2, out: '' })
    expect(complaints).toContain(there)
  })
})
