// npm run bench [-- NAME …]: runs the benches one after the other, and writes what they print to docs/benchmarks.md, with the
// machine, the versions and pictures of its tables. Named ones take the place of what the page had of them.
// With --pictures it runs none, and draws what the page has anew.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { buildIfOlder } from '../test/tools/build'
import { readOptions } from '../test/tools/readOptions'
import { barsOf } from './barsOf'
import { drawBars } from './drawBars'
import { measuredOn } from './measuredOn'

interface Bench {
  /** The script of package.json. */
  readonly script: string
  readonly title: string
  readonly method: string
  /** The packages that pennon is compared with. */
  readonly peers?: readonly string[]
}

const OFFICIAL = '@splitsoftware/splitio-browserjs'
const GROWTHBOOK = '@growthbook/growthbook'

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
      'pennon, its version 0.1.0, the official SDK and GrowthBook take turns in one process and one page; medians of nine rounds, ratios paired by round; in Chromium, what was built before is collected before each.',
    peers: [OFFICIAL, GROWTHBOOK],
  },
  coldstart: {
    script: 'bench:coldstart',
    title: 'Cold start',
    method:
      'Fresh profiles with a filled cache in real Chromium, taking turns; medians of the rounds, ratios paired by round.',
    peers: [OFFICIAL, GROWTHBOOK],
  },
  load: {
    script: 'bench:load',
    title: 'Load',
    method:
      'Real Chromium over two throttled networks, first and second visit, each from its own bundle; medians of interleaved rounds.',
    peers: [OFFICIAL, GROWTHBOOK],
  },
  pagehide: {
    script: 'bench:pagehide',
    title: 'Page hide',
    method:
      'Impressions wait, the page goes, and a server counts what arrives, by the end of the next page’s first seconds.',
    peers: [OFFICIAL],
  },
  react: {
    script: 'bench:react',
    title: 'React',
    method: '200 components on 20 flags; how many are drawn again when one flag changes.',
    peers: [
      '@splitsoftware/splitio-react',
      '@openfeature/react-sdk',
      '@openfeature/growthbook-client-provider',
      GROWTHBOOK,
    ],
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
  fuzz: {
    script: 'bench:fuzz',
    title: 'Broken definitions',
    method:
      'Decisions from definitions that were mutated at random: none may throw, hang or be explained otherwise than it was made.',
  },
  receiver: {
    script: 'bench:receiver',
    title: 'The local server',
    method:
      'Impressions are posted as fast as the server takes them, and then at 1,000 a second, while its page shows them.',
  },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/benchmarks.md`
const { _: asked, pictures: isForPictures } = readOptions(
  `usage: npm run bench [-- NAME …] [--pictures]
  NAME         ${Object.keys(BENCHES).join(', ')}; all of them unless told
  --pictures   none of them: the pictures of what docs/benchmarks.md has are drawn anew`,
  { _: [], pictures: false },
  ({ _: names, pictures }) => {
    const unknown = names.filter((name) => !Object.hasOwn(BENCHES, name))
    if (unknown.length) throw new Error(`no bench of this name: ${unknown.join(', ')}`)
    if (pictures && names.length) throw new Error('--pictures goes without names')
  },
)
if (!isForPictures) await buildIfOlder()

const START = '<!-- bench:'
/** What the page has of a bench, from its mark to the next one. */
const sections = new Map<string, string>()
if (existsSync(page)) {
  for (const part of readFileSync(page, 'utf8').split(START).slice(1))
    sections.set(part.slice(0, part.indexOf(' ')), START + part)
}

/** A section with pictures of what its bench printed, in the place of those that it had. */
function withPicture(name: string, section: string): string {
  const [, printed = ''] = /```text\n([^]*?)```/.exec(section) ?? []
  const groups = barsOf(name, printed)
  const bare = section.replace(/!\[.*\]\(benchmarks\/.*\)\n\n/, '')
  if (!groups.length) return bare
  writeFileSync(`${root}docs/benchmarks/${name}.svg`, drawBars(groups))
  const words = `${BENCHES[name]?.title}: ${groups.some(({ unit }) => unit === '%') ? 'longer' : 'shorter'} is better`
  return bare.replace('```text', `![${words}](benchmarks/${name}.svg)\n\n$&`)
}

mkdirSync(`${root}docs/benchmarks`, { recursive: true })
for (const name of asked.length || isForPictures ? asked : Object.keys(BENCHES)) {
  const { script, title, method, peers = [] } = BENCHES[name] as Bench
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
  sections.set(
    name,
    `${START}${name} -->\n\n## ${title}\n\n${method} \`npm run ${script}\`, ${new Date().toISOString().slice(0, 10)}, ${measuredOn(peers)}.` +
      (status ? ' A target was missed.' : '') +
      `\n\n\`\`\`text\n${stdout.trim()}\n\`\`\`\n\n`,
  )
}

const HEAD = `# Benchmarks

Written by \`npm run bench\`, which runs pennon and the others in the same run. Machines are noisy: ratios are what counts.

`
const ordered = Object.keys(BENCHES).flatMap((name) => {
  const section = sections.get(name)
  return section ? withPicture(name, section) : []
})
writeFileSync(page, `${(HEAD + ordered.join('')).trim()}\n`)
console.log('written: docs/benchmarks.md')
