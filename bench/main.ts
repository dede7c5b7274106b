// npm run bench [-- NAME …]: runs the benches one after the other, and writes what they print to docs/benchmarks.md, with the
// machine, the versions and a picture of each table. Named ones take the place of what the page had of them.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import { buildIfOlder } from '../test/tools/build'
import { findChromium } from '../test/tools/chromium'
import { readOptions } from '../test/tools/readOptions'
import { barsOf } from './barsOf'

interface Bench {
  /** The script of package.json. */
  readonly script: string
  readonly title: string
  readonly method: string
}

const BENCHES: Record<string, Bench> = {
  size: {
    script: 'size',
    title: 'Size',
    method: 'Each entry with what it imports statically, gzip level 9, in kB of 1,000 bytes.',
  },
  decide: {
    script: 'bench:decide',
    title: 'Decisions',
    method:
      'pennon, the official SDK and GrowthBook take turns in one process and one page; medians of nine rounds, ratios paired by round; in Chromium, what was built before is collected before each.',
  },
  coldstart: {
    script: 'bench:coldstart',
    title: 'Cold start',
    method:
      'Fresh profiles with a filled cache in real Chromium, taking turns; medians of the rounds, ratios paired by round.',
  },
  load: {
    script: 'bench:load',
    title: 'Load',
    method:
      'Real Chromium over two throttled networks, first and second visit, each from its own bundle; medians of interleaved rounds.',
  },
  pagehide: {
    script: 'bench:pagehide',
    title: 'Page hide',
    method:
      'Impressions wait, the page goes, and a server counts what arrives, by the end of the next page’s first seconds.',
  },
  react: {
    script: 'bench:react',
    title: 'React',
    method: '200 components on 20 flags; how many are drawn again when one flag changes.',
  },
  scale: {
    script: 'bench:scale',
    title: 'Much at once',
    method:
      '400 keys with 50 ms for each answer, 1,000 updates a second over the stream, 100,000 flags in the cache; in real Chromium.',
  },
  soak: {
    script: 'bench:soak',
    title: 'One tab for 30 days',
    method: 'The real client in simulated time, with sleep, outages, tokens that end and 1,000 updates.',
  },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/benchmarks.md`
const { _: asked } = readOptions(
  `usage: npm run bench [-- NAME …]
  NAME   ${Object.keys(BENCHES).join(', ')}; all of them unless told`,
  { _: [] },
  ({ _: names }) => {
    const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name))
    if (unknown.length) throw new Error(`no bench of this name: ${unknown.join(', ')}`)
  },
)
await buildIfOlder()

const START = '<!-- bench:'
/** What the page has of a bench, from its mark to the next one. */
const sections = new Map<string, string>()
if (existsSync(page)) {
  for (const part of readFileSync(page, 'utf8').split(START).slice(1))
    sections.set(part.slice(0, part.indexOf(' ')), START + part)
}

const [cpu] = cpus()
const chromium = findChromium()
const browser = chromium
  ? execFileSync(chromium, ['--version'], { encoding: 'utf8' })
      .trim()
      .split(/ built/)[0]
  : 'no Chromium'
const machine = `${cpus().length} × ${cpu?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${browser}`

mkdirSync(`${root}docs/benchmarks`, { recursive: true })
for (const name of asked.length ? asked : Object.keys(BENCHES)) {
  const { script, title, method } = BENCHES[name] as Bench
  console.log(`${script} …`)
  const { stdout, status } = spawnSync('npm', ['run', '--silent', script], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  console.log(stdout)
  if (status) process.exitCode = 1
  // A bench that could not run prints nothing here: the page keeps what it has of it.
  if (!stdout.trim()) continue
  const bars = barsOf(stdout)
  if (bars) writeFileSync(`${root}docs/benchmarks/${name}.svg`, bars)
  sections.set(
    name,
    `${START}${name} -->\n\n## ${title}\n\n${method} \`npm run ${script}\`, ${new Date().toISOString().slice(0, 10)}, ${machine}.` +
      (status ? ' A target was missed.' : '') +
      (bars ? `\n\n![${title}: shorter is better](benchmarks/${name}.svg)` : '') +
      `\n\n\`\`\`text\n${stdout.trim()}\n\`\`\`\n\n`,
  )
}

const HEAD = `# Benchmarks

Written by \`npm run bench\`, which runs pennon and the others in the same run. Machines are noisy: ratios are what counts.

`
const ordered = Object.keys(BENCHES).flatMap((name) => sections.get(name) ?? [])
writeFileSync(page, `${(HEAD + ordered.join('')).trim()}\n`)
console.log('written: docs/benchmarks.md')
