// npm run bench:coldstart [-- --rounds N --quick]: a page with a filled cache, from creating the client to decisions, and the
// first visit. pennon, the official SDK with InLocalStorage, and GrowthBook take turns in real Chromium, each round in a
// fresh profile. Prints medians, ratios paired by round, and exits with 1 when a goal is missed.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import puppeteer from 'puppeteer-core'
import { createDemoServer } from '../../demo/server/createServer.mjs'
import { findChromium } from '../../test/tools/chromium.ts'
import { definitionsOf, featuresOf, nameOf } from './flags.mjs'

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, quick: { type: 'boolean', default: false } },
})
const ROUNDS = Number(options.rounds)
const COUNTS = options.quick ? [1_000, 5_000] : [100, 1_000, 5_000, 20_000]
const NAMES = ['pennon', 'official', 'growthbook']
const NEXT = 100
/** Visits of each profile with a filled cache; their median is the round's. */
const VISITS = 3
/** One that is not ready by its cache then is not at all: the network does not answer. */
const PATIENCE_MS = 3_000
const FILL_MS = 15_000
/** How long the first visit is watched after ready. */
const WATCH_MS = 10_000

const goals = {
  /** At 5,000 flags: of GrowthBook's time until ready, and of that with the first and the next decisions. */
  growthbook: 0.7,
  /** From 1,000 to 20,000 flags. */
  growth: 6,
  /** The next decisions, of the official SDK's time. */
  next: 0.5,
  /** First visit, 5,000 flags, of the official SDK's time. */
  firstVisit: 0.7,
  longTaskMs: 50,
}

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const peers = join(root, 'bench/peers/node_modules')
if (!existsSync(peers)) {
  console.error('The peers are not installed: npm ci --prefix bench/peers')
  process.exit(1)
}
// Split as in an application: what pennon loads later is a file of its own here too.
const { outputFiles } = await build({
  entryPoints: [...NAMES.map((name) => join(here, `contenders/${name}.mjs`)), join(here, 'page.mjs')],
  entryNames: '[name]',
  outdir: '/',
  bundle: true,
  splitting: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  nodePaths: [peers],
  alias: { pennon: join(root, 'dist/index.js') },
  define: { 'process.env.NODE_ENV': '"production"' },
  logLevel: 'error',
})

/** One origin, and one service, per contender. */
async function createSite() {
  const server = await createDemoServer({ recordLimit: 10 })
  // Isolated pages have a clock of 5 µs.
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
  server.serve('/bench.html', '<!doctype html><title>bench</title>', isolated)
  for (const { path, text } of outputFiles) {
    server.serve(path, text, { 'content-type': 'text/javascript', ...isolated })
  }
  return server
}
const sites = Object.fromEntries(await Promise.all(NAMES.map(async (name) => [name, await createSite()])))

/** Runs a function of page.mjs on a new page of the contender. */
async function run(browser, name, what, args, cpuRate = 1) {
  const page = await browser.newPage()
  try {
    const { apiUrl, pageUrl } = sites[name]
    await page.emulateCPUThrottling(cpuRate)
    await page.goto(new URL('bench.html', pageUrl).href)
    return await page.evaluate(
      async (name, what, options, args) => {
        const [contender, page] = await Promise.all([import(`/${name}.js`), import('/page.js')])
        return page[what](contender, options, ...args)
      },
      name,
      what,
      { apiUrl, pageUrl, key: 'user-1', isInMemory: what === 'firstVisit' },
      args,
    )
  } finally {
    await page.close()
  }
}

async function withProfile(work) {
  const userDataDir = mkdtempSync(join(tmpdir(), 'pennon-bench-'))
  const browser = await puppeteer.launch({
    executablePath: findChromium(),
    headless: true,
    userDataDir,
    protocolTimeout: 120_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
  try {
    return await work(browser)
  } finally {
    await browser.close()
    rmSync(userDataDir, { recursive: true, force: true })
  }
}

const sum = (values) => values.reduce((total, value) => total + value, 0)
const median = (values) => {
  const known = values.filter((value) => value !== undefined && !Number.isNaN(value)).sort((a, b) => a - b)
  return known.length ? known[known.length >> 1] : undefined
}
/** The contenders in another order each time. */
const turn = (n) => NAMES.map((_, i) => NAMES[(i + n) % NAMES.length])

/** Undefined: never ready by the cache. */
async function coldStart(count, round) {
  return withProfile(async (browser) => {
    const visits = Object.fromEntries(NAMES.map((name) => [name, []]))
    for (const name of turn(round)) {
      sites[name].setDefinitions(definitionsOf(count), { announce: 'silent' })
      const undo = sites[name].serve('/api/features/bench', JSON.stringify(featuresOf(count)), {
        'content-type': 'application/json',
      })
      await run(browser, name, 'fill', [FILL_MS])
      undo()
    }
    const answering = NAMES.map((name) => sites[name].fault('/', { hang: true }))
    const names = Array.from({ length: Math.min(count, NEXT + 1) }, (_, n) => nameOf((n * 37) % count))
    for (let n = 0; n < VISITS; n++) {
      for (const name of turn(round + n)) {
        visits[name].push(await run(browser, name, 'visit', [names, PATIENCE_MS]))
      }
    }
    for (const undo of answering) undo()
    return Object.fromEntries(
      NAMES.map((name) => [
        name,
        visits[name].every(Boolean)
          ? Object.fromEntries(
              ['ready', 'decision', 'next'].map((part) => [part, median(visits[name].map((one) => one[part]))]),
            )
          : undefined,
      ]),
    )
  })
}

let missed = 0
const check = (isMet) => {
  if (!isMet) missed++
  return isMet ? '' : '  MISSED'
}
const ms = (value) => (value === undefined ? '–' : value.toFixed(2)).padStart(10)
const ratioOf = (mine, theirs) => median(mine.map((value, round) => value / theirs[round]))
const PARTS = {
  ready: ({ ready }) => ready,
  'first decision': ({ decision }) => decision,
  [`next ${NEXT} flags`]: ({ next }) => next,
  'all three': (one) => sum(Object.values(one)),
}

console.log(`With a filled cache, ms: medians of ${ROUNDS} fresh profiles, ${VISITS} visits each; flags of 1.1 KB`)
console.log(`   flags  ${''.padEnd(16)}${NAMES.map((name) => name.padStart(10)).join('')}   of official  of GrowthBook`)
const rounds = Object.fromEntries(COUNTS.map((count) => [count, []]))
for (let round = 0; round < ROUNDS; round++) {
  for (const count of COUNTS) rounds[count].push(await coldStart(count, round))
}
for (const count of COUNTS) {
  for (const [part, of] of Object.entries(PARTS)) {
    const times = Object.fromEntries(
      NAMES.map((name) => [name, rounds[count].map((one) => (one[name] ? of(one[name]) : undefined))]),
    )
    const official = ratioOf(times.pennon, times.official)
    const growthbook = ratioOf(times.pennon, times.growthbook)
    const isGoal = count === 5_000 && (part === 'ready' || part === 'all three')
    const isNextGoal = count === 1_000 && part === `next ${NEXT} flags`
    const note =
      (isGoal ? `  (goal ${goals.growthbook} × GrowthBook)${check(growthbook <= goals.growthbook)}` : '') +
      (isNextGoal ? `  (goal ${goals.next} × official)${check(official <= goals.next)}` : '')
    console.log(
      `${String(count).padStart(8)}  ${part.padEnd(16)}${NAMES.map((name) => ms(median(times[name]))).join('')}` +
        `${(official?.toFixed(2) ?? '–').padStart(14)}${(growthbook?.toFixed(2) ?? '–').padStart(15)}${note}`,
    )
  }
}
const readyAt = (count) => rounds[count].map(({ pennon }) => pennon?.ready)
if (rounds[20_000]) {
  const growth = ratioOf(readyAt(20_000), readyAt(1_000))
  console.log(
    `\npennon, ready: ${growth.toFixed(2)} × the time for 20,000 flags as for 1,000 (goal ${goals.growth})${check(growth <= goals.growth)}`,
  )
}

// First visit.
const FLAGS = 5_000
const answers = { splitChanges: JSON.stringify(definitionsOf(FLAGS)), memberships: '{"ms":{"k":[]},"ls":{"k":[]}}' }
const first = { pennon: [], official: [] }
for (let round = 0; round < ROUNDS; round++) {
  for (const name of turn(round).filter((name) => name in first)) {
    first[name].push(await withProfile((browser) => run(browser, name, 'firstVisit', [answers, 0])))
  }
}
const readyOf = (name) => first[name].map(({ ready }) => ready)
const firstRatio = ratioOf(readyOf('pennon'), readyOf('official'))
console.log(
  `\nFirst visit, ${FLAGS} flags, from the answer in memory until ready: pennon ${ms(median(readyOf('pennon'))).trim()} ms, official SDK ` +
    `${ms(median(readyOf('official'))).trim()} ms (it keeps them in memory), ${firstRatio.toFixed(2)} × (goal ${goals.firstVisit})` +
    check(firstRatio <= goals.firstVisit),
)
const watched = await withProfile((browser) => run(browser, 'pennon', 'firstVisit', [answers, WATCH_MS], 4))
const longest = Math.max(0, ...watched.longTasks)
console.log(
  `In the ${WATCH_MS / 1000} s after that, CPU × 4: longest task ${longest ? `${longest} ms` : 'below 50 ms'} (goal: none over ${goals.longTaskMs})` +
    `${check(longest <= goals.longTaskMs)}; flags stored: ${watched.isStored ? 'yes' : 'no'}${check(watched.isStored)}`,
)

await Promise.all(Object.values(sites).map((site) => site.close()))
console.log(missed ? `\n${missed} goals missed` : '\nevery goal met')
process.exit(missed ? 1 : 0)
