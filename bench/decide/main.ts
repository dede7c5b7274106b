// npm run bench:decide: decisions of pennon, its version 0.1.0, the official SDK and GrowthBook, in Node and in Chromium, taking turns in
// one run. Prints medians, ratios paired by round, and exits with 1 when a target is missed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createDemoServer } from '../../demo/server/createServer'
import { buildOlder, OLDER } from '../buildOlder'
import { bundleContenders } from '../bundleContenders'
import { launchChromium } from '../launchChromium'
import { median } from '../median'
import { readOptions } from '../../test/tools/readOptions'
import type * as Contenders from './contenders'

type Targets = Partial<Record<Contenders.Name, number>>
type ByEngine = Record<'Node' | 'Chromium', Targets>

const ROUNDS = 9
const FLAGS = 10_000
const NAMES: Contenders.Name[] = ['pennon', 'pennon 0.1.0', 'official']
/** The most of what 0.1.0 takes, in every row: two runs of the same code differ by as much. */
const MOST_OF_OLDER = 1.05

readOptions('usage: npm run bench:decide', {})

const [bundle] = await bundleContenders({
  entryPoints: [fileURLToPath(new URL('contenders.ts', import.meta.url))],
  alias: { 'pennon-0.1.0': join(buildOlder(OLDER), 'dist/index.js') },
})
const source = bundle?.text ?? ''
const folder = mkdtempSync(join(tmpdir(), 'pennon-bench-'))
const file = join(folder, 'contenders.mjs')
writeFileSync(file, source)

const inNode = (await import(pathToFileURL(file).href)) as typeof Contenders
const server = await createDemoServer({ definitions: inNode.definitionsOf(FLAGS), recordLimit: 10 })
const { apiUrl, pageUrl } = server

/** How many times faster than the others pennon has to be. */
const targets: { repeat: Targets; round: Targets; first: ByEngine; firstOfMany: ByEngine } = {
  repeat: { official: 25, growthbook: 8 },
  round: { official: 20 },
  first: { Node: { official: 4 }, Chromium: { official: 2.5 } },
  firstOfMany: { Node: {}, Chromium: { official: 2.5 } },
}
let missed = 0

function report(title: string, results: Contenders.Results, wanted: Targets): void {
  console.log(`\n${title}`)
  for (const [name, ns] of Object.entries(results)) {
    const ratio = median(ns.map((value, round) => value / (results.pennon?.[round] ?? NaN))) ?? NaN
    const isOlder = name === 'pennon 0.1.0'
    const want = isOlder ? 1 / MOST_OF_OLDER : wanted[name as Contenders.Name]
    const isMissed = want !== undefined && !(ratio >= want)
    if (isMissed) missed++
    const compared = isOlder
      ? `pennon takes ${(1 / ratio).toFixed(2)} of it (target: at most ${MOST_OF_OLDER}`
      : `pennon is ${ratio.toFixed(1)} × faster${want === undefined ? '' : ` (target ${want} ×`}`
    console.log(
      `  ${name.padEnd(12)} ${median(ns)?.toFixed(0).padStart(6)} ns` +
        (name === 'pennon' ? '' : `   ${compared}`) +
        (want === undefined ? '' : `${isMissed ? ', MISSED' : ''})`),
    )
  }
}

async function runAll(
  engine: 'Node' | 'Chromium',
  call: (what: 'repeated' | 'first', run: Contenders.Run) => Promise<Contenders.Results>,
): Promise<void> {
  report(
    `${engine}: one flag again and again`,
    await call('repeated', { apiUrl, flags: 100, of: 1, rounds: ROUNDS, names: [...NAMES, 'growthbook'] }),
    targets.repeat,
  )
  report(
    `${engine}: ${FLAGS} flags round and round`,
    await call('repeated', { apiUrl, flags: FLAGS, rounds: ROUNDS, names: NAMES }),
    targets.round,
  )
  report(
    `${engine}: the first decision of a flag (bootstrap, compile included)`,
    await call('first', { apiUrl, flags: 2_000, rounds: ROUNDS, names: NAMES }),
    targets.first[engine],
  )
  report(
    `${engine}: the first decision of each of ${FLAGS} flags`,
    await call('first', { apiUrl, flags: FLAGS, rounds: ROUNDS, names: NAMES }),
    targets.firstOfMany[engine],
  )
}

// Timers of the official SDK must not keep this process alive.
await runAll('Node', (what, run) => inNode[what](run))

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void
const heap = () => {
  gc()
  gc()
  return process.memoryUsage().heapUsed
}
const { before, after } = await inNode.growth({ apiUrl, flags: 100, few: 100_000, many: 1_000_000, heap })
const grown = (after - before) / 1e6
console.log(
  `\nNode: heap after 1,000,000 decisions less heap after 100,000: ${grown.toFixed(2)} MB (target: at most 1 MB${grown > 1 ? ', MISSED' : ''})`,
)
if (grown > 1) missed++

const browser = await launchChromium({ protocolTimeout: 600_000, args: ['--js-flags=--expose-gc'] })
try {
  const undo = server.serve('/bench.html', '<!doctype html><title>bench</title>')
  const undoBundle = server.serve('/contenders.mjs', source, { 'content-type': 'text/javascript' })
  const page = await browser.newPage()
  await page.goto(new URL('bench.html', pageUrl).href)
  await runAll('Chromium', (what, run) =>
    page.evaluate(
      async (url, what, run) => ((await import(url)) as typeof Contenders)[what](run),
      '/contenders.mjs',
      what,
      run,
    ),
  )
  undo()
  undoBundle()
} finally {
  await browser.close()
  await server.close()
  rmSync(folder, { recursive: true, force: true })
}
console.log(missed ? `\n${missed} targets missed` : '\nevery target met')
process.exit(missed ? 1 : 0)
