// npm run bench:decide: decisions of pennon, the official SDK and GrowthBook, in Node and in Chromium, taking turns in one
// run. Prints medians, ratios paired by round, and exits with 1 when a target is missed.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import puppeteer from 'puppeteer-core'
import { createDemoServer } from '../../demo/server/createServer.mjs'
import { findChromium } from '../../test/tools/chromium.ts'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const peers = join(root, 'bench/peers/node_modules')
const ROUNDS = 9
const FLAGS = 10_000

if (!existsSync(peers)) {
  console.error('The peers are not installed: npm ci --prefix bench/peers')
  process.exit(1)
}

const folder = mkdtempSync(join(tmpdir(), 'pennon-bench-'))
const bundle = join(folder, 'contenders.mjs')
await build({
  entryPoints: [join(here, 'contenders.mjs')],
  outfile: bundle,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  nodePaths: [peers],
  alias: { pennon: join(root, 'dist/index.js') },
  logLevel: 'error',
})

const { definitionsOf } = await import(pathToFileURL(bundle).href)
const server = await createDemoServer({ definitions: definitionsOf(FLAGS), recordLimit: 10 })
const { apiUrl, pageUrl } = server

const targets = {
  repeat: { official: 25, growthbook: 8 },
  round: { official: 20 },
  first: { node: { official: 4 }, chromium: { official: 2.5 } },
}
let missed = 0

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1]

function report(title, results, wanted) {
  console.log(`\n${title}`)
  for (const [name, ns] of Object.entries(results)) {
    const ratios = ns.map((value, round) => value / results.pennon[round])
    const ratio = median(ratios)
    const want = wanted[name]
    const isMissed = want !== undefined && ratio < want
    if (isMissed) missed++
    console.log(
      `  ${name.padEnd(11)} ${median(ns).toFixed(0).padStart(7)} ns` +
        (name === 'pennon' ? '' : `   pennon is ${ratio.toFixed(1)} × faster`) +
        (want === undefined ? '' : ` (target ${want} ×${isMissed ? ', MISSED' : ''})`),
    )
  }
}

async function runAll(engine, call) {
  report(
    `${engine}: one flag again and again`,
    await call('repeated', { apiUrl, flags: 100, of: 1, rounds: ROUNDS }),
    targets.repeat,
  )
  report(
    `${engine}: ${FLAGS} flags round and round`,
    await call('repeated', { apiUrl, flags: FLAGS, of: FLAGS, rounds: ROUNDS, names: ['pennon', 'official'] }),
    targets.round,
  )
  report(
    `${engine}: the first decision of a flag (bootstrap, compile included)`,
    await call('first', { apiUrl, flags: 2_000, rounds: ROUNDS }),
    targets.first[engine.toLowerCase()],
  )
}

const inNode = await import(pathToFileURL(bundle).href)
// The official SDK asks for `EventSource` at most; timers of it must not keep this process alive.
await runAll('Node', (name, options) => inNode[name](options))

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
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

const browser = await puppeteer.launch({
  executablePath: findChromium(),
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  protocolTimeout: 600_000,
})
try {
  const undo = server.serve('/bench.html', '<!doctype html><title>bench</title>')
  const undoBundle = server.serve('/contenders.mjs', readFileSync(bundle, 'utf8'), {
    'content-type': 'text/javascript',
  })
  const page = await browser.newPage()
  await page.goto(new URL('bench.html', pageUrl).href)
  await runAll('Chromium', (name, options) =>
    page.evaluate(async (name, options) => (await import('/contenders.mjs'))[name](options), name, options),
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
