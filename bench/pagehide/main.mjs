// npm run bench:pagehide [-- --rounds N --quick --alone --only close,20000]: what arrives of the impressions of a page that
// goes away, and what it costs. pennon and the official SDK side by side, in real Chromium, counted at the server by content.
// Exits with 1 when a target is missed. --alone: without the official SDK; --only: those rows; nothing but rows with either.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import puppeteer from 'puppeteer-core'
import { createDemoServer } from '../../demo/server/createServer.mjs'
import { findChromium } from '../../test/tools/chromium.ts'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    alone: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
})
const ROUNDS = Number(options.rounds)
const COUNTS = options.quick ? [300, 5_000] : [300, 1_000, 5_000, 20_000]
/** The next page's time to deliver what was left behind. */
const NEXT_PAGE_MS = 5_000
const LATENCY_MS = 50
const HOUR_MS = 3_600_000

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const peers = join(root, 'bench/peers/node_modules')
if (!existsSync(peers)) {
  console.error('The peers are not installed: npm ci --prefix bench/peers')
  process.exit(1)
}
const { outputFiles } = await build({
  entryPoints: [join(here, 'contenders.mjs')],
  bundle: true,
  minify: true,
  write: false,
  format: 'iife',
  globalName: 'bench',
  target: 'es2022',
  nodePaths: [peers],
  alias: { pennon: join(root, 'dist/index.js') },
  logLevel: 'error',
})

const definitionsOf = (count) => ({
  ff: {
    s: -1,
    t: 1_700_000_000_000,
    d: Array.from({ length: count }, (_, n) => ({
      name: `bench_${n}`,
      changeNumber: 1_700_000_000_000,
      status: 'ACTIVE',
      killed: false,
      trafficTypeName: 'user',
      defaultTreatment: 'off',
      seed: n,
      trafficAllocation: 100,
      trafficAllocationSeed: n,
      conditions: [
        {
          conditionType: 'ROLLOUT',
          label: 'in segment all',
          matcherGroup: { combiner: 'AND', matchers: [{ matcherType: 'ALL_KEYS', negate: false, keySelector: null }] },
          partitions: [{ treatment: 'on', size: 100 }],
        },
      ],
    })),
  },
  rbs: { s: -1, t: -1, d: [] },
})

let missed = 0
const check = (isMet, what) => {
  if (isMet) return ''
  missed++
  return `  MISSED: ${what}`
}

const browser = await puppeteer.launch({
  executablePath: findChromium(),
  headless: true,
  protocolTimeout: 120_000,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // A page that is left is gone. `no-store` alone no longer keeps it out of there.
    '--disable-features=BackForwardCache',
  ],
})

/** A server of its own and a fresh profile for each run. */
async function withServer(flags, work) {
  const server = await createDemoServer({
    definitions: definitionsOf(flags),
    recordLimit: 100_000,
    maxBodyBytes: 64 << 20,
  })
  const html = '<!doctype html><title>bench</title><script src="/bench.js"></script>'
  for (const path of ['/shop.html', '/next.html']) server.serve(path, html, { 'cache-control': 'no-store' })
  server.serve('/bench.js', outputFiles[0].text, { 'content-type': 'text/javascript' })
  server.fault(({ path }) => /testImpressions|keys/.test(path), { delayMs: LATENCY_MS })
  const context = await browser.createBrowserContext()
  try {
    return await work({
      server,
      open: async (page, path) => {
        const target = page ?? (await context.newPage())
        await target.goto(new URL(path, server.pageUrl).href)
        return target
      },
    })
  } finally {
    await context.close()
    await server.close()
  }
}

const start = (page, name, server, mode, more = {}) =>
  page.evaluate((name, options) => bench.start(name, options), name, {
    apiUrl: server.apiUrl,
    key: 'user-1',
    mode,
    ...more,
  })
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** Distinct impressions received, and those received more than once. */
function received(server) {
  const rows = server.impressions()
  const distinct = new Set(rows.map(({ flag }) => flag)).size
  return { distinct, doubled: rows.length - distinct }
}

/** Which requests carried what came more than once. */
function explainDoubles(server) {
  const carriers = new Map()
  const posts = server.received.filter(
    ({ method, path }) => method === 'POST' && /testImpressions\/(bulk|beacon)$/.test(path),
  )
  posts.forEach(({ path, body }, n) => {
    const parsed = JSON.parse(body)
    for (const { f } of Array.isArray(parsed) ? parsed : parsed.entries) {
      const name = `${path} #${n} of ${posts.length}, ${body.length} B`
      carriers.set(f, [...(carriers.get(f) ?? []), name])
    }
  })
  const pairs = new Map()
  for (const names of carriers.values()) {
    if (names.length > 1) pairs.set(names.join(' and '), (pairs.get(names.join(' and ')) ?? 0) + 1)
  }
  for (const [names, count] of pairs) console.log(`  ${count} doubled: ${names}`)
}

async function until(isDone, ms) {
  const end = Date.now() + ms
  while (!isDone() && Date.now() < end) await sleep(25)
}

/** One page that decides and goes away, and the next page. */
function leave(name, mode, count, how) {
  return withServer(count, async ({ server, open }) => {
    let page = await open(undefined, '/shop.html')
    await start(page, name, server, mode)
    await page.evaluate(() => bench.forgetTasks())
    // For the crash, as a page decides; else all at once, the worst case.
    await page.evaluate((count, perTask) => bench.decide(count, perTask), count, how === 'crash' ? 500 : count)
    let longest = 0
    if (how === 'navigate') page = await open(page, '/next.html')
    else {
      if (how === 'crash') {
        await sleep(2_000)
        longest = await page.evaluate(() => bench.longestTask())
        const client = await page.createCDPSession()
        client.send('Page.crash').catch(() => {})
        await new Promise((resolve) => page.once('error', resolve))
        await page.close().catch(() => {})
      } else await page.close({ runBeforeUnload: true })
      page = await open(undefined, '/next.html')
    }
    await start(page, name, server, mode)
    await until(() => received(server).distinct === count, NEXT_PAGE_MS)
    // Doubles, if any, come right after.
    await sleep(300)
    if (name === 'pennon') explainDoubles(server)
    return { ...received(server), longest }
  })
}

console.log(
  `Received of N distinct impressions by the end of the next page's first ${NEXT_PAGE_MS / 1000} s, doubled ones in brackets; ${ROUNDS} rounds, ${LATENCY_MS} ms latency`,
)
console.log('mode       leaves by      N    pennon                         official SDK')
for (const mode of ['DEBUG', 'OPTIMIZED']) {
  for (const how of ['navigate', 'close', 'crash']) {
    for (const count of COUNTS) {
      if (!options.only.split(',').every((word) => !word || [mode, how, String(count)].includes(word))) continue
      const results = { pennon: [], official: [] }
      for (let round = 0; round < ROUNDS; round++) {
        results.pennon.push(await leave('pennon', mode, count, how))
        // What it cannot do ends its run, not this one.
        if (!options.alone) {
          results.official.push(await leave('official', mode, count, how).catch(({ message }) => ({ fault: message })))
        }
      }
      const show = (runs) =>
        runs.map(({ distinct, doubled, fault }) => fault ?? `${distinct}${doubled ? ` (${doubled})` : ''}`).join(' ')
      const isMet = results.pennon.every(
        ({ distinct, doubled, longest }) => distinct === count && doubled === 0 && longest <= 500,
      )
      const blocked =
        how === 'crash' ? `  longest task ${Math.max(...results.pennon.map(({ longest }) => longest))} ms` : ''
      console.log(
        `${mode.padEnd(10)} ${how.padEnd(9)} ${String(count).padStart(6)}    ${show(results.pennon).padEnd(30)} ${show(results.official).padEnd(26)}${blocked}${check(isMet, 'all received, none doubled, no task over 500 ms')}`,
      )
    }
  }
}

if (options.alone || options.only) {
  await browser.close()
  process.exit(missed ? 1 : 0)
}

/** Waits for the next UTC hour when this one is about to end. */
async function withinAnHour() {
  const left = HOUR_MS - (Date.now() % HOUR_MS)
  if (left < 180_000) {
    console.log(`waiting ${Math.ceil(left / 1000)} s for the next UTC hour`)
    await sleep(left + 1_000)
  }
}

const FLAGS = 100
async function loads(name) {
  await withinAnHour()
  return withServer(FLAGS, async ({ server, open }) => {
    let page
    for (let n = 0; n < 10; n++) {
      page = await open(page, '/shop.html')
      await start(page, name, server, 'OPTIMIZED')
      await page.evaluate((count) => bench.decide(count), FLAGS)
      // A moment to look at the page.
      await sleep(1_000)
    }
    await open(page, '/empty.html')
    await sleep(1_000)
    return summary(server)
  })
}

async function tabs(name, laterMs) {
  await withinAnHour()
  return withServer(FLAGS, async ({ server, open }) => {
    const visit = async () => {
      const page = await open(undefined, '/shop.html')
      await start(page, name, server, 'OPTIMIZED')
      await page.evaluate((count) => bench.decide(count), FLAGS)
      return page
    }
    const pages = laterMs ? [await visit()] : await Promise.all([visit(), visit()])
    if (laterMs) {
      await sleep(laterMs)
      pages.push(await visit())
    }
    await sleep(1_000)
    for (const page of pages) await page.close({ runBeforeUnload: true })
    await sleep(1_000)
    return summary(server)
  })
}

function summary(server) {
  const posts = server.received.filter(({ method, path }) => method === 'POST' && path.startsWith('/testImpressions'))
  return {
    impressions: server.impressions().length,
    counts: server.counts().reduce((sum, { count }) => sum + count, 0),
    bytes: posts.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0),
  }
}

console.log(`\n${FLAGS} flags, one user, OPTIMIZED: impressions sent, repetitions counted, bytes of bodies`)
const line = (what, { impressions, counts, bytes }, note = '') =>
  console.log(
    `  ${what.padEnd(44)} ${String(impressions).padStart(5)} impressions ${String(counts).padStart(5)} counted ${String(bytes).padStart(8)} bytes${note}`,
  )
{
  const pennon = await loads('pennon')
  line(
    'pennon: ten page loads in a row',
    pennon,
    check(pennon.impressions === FLAGS && pennon.counts === 9 * FLAGS, `${FLAGS} and ${9 * FLAGS}`),
  )
  line('official SDK: ten page loads in a row', await loads('official'))
  const together = await tabs('pennon', 0)
  // Decisions are either sent or counted: 200 in all.
  line(
    'pennon: two tabs at once',
    together,
    check(together.impressions <= 2 * FLAGS && together.impressions + together.counts === 2 * FLAGS, '200 in all'),
  )
  const later = await tabs('pennon', 3_000)
  line(
    'pennon: a second tab 3 s later',
    later,
    check(later.impressions === FLAGS && later.counts === FLAGS, `${FLAGS} and ${FLAGS}`),
  )
}

console.log('\nCost on the page (Chromium)')
await withServer(20_000, async ({ server, open }) => {
  const recording = await open(undefined, '/shop.html')
  await start(recording, 'pennon', server, 'OPTIMIZED')
  const silent = await open(undefined, '/next.html')
  await start(silent, 'pennon', server, 'OPTIMIZED', { consent: 'declined' })
  const added = []
  for (let round = 0; round < 11; round++) {
    await recording.bringToFront()
    const withIt = await recording.evaluate(() => bench.time(1_000_000))
    await silent.bringToFront()
    added.push(withIt - (await silent.evaluate(() => bench.time(1_000_000))))
  }
  const median = added.sort((a, b) => a - b)[added.length >> 1]
  console.log(
    `  recording adds ${median.toFixed(0)} ns to a repeated decision (target: at most 60)${check(median <= 60, '60 ns')}`,
  )
})
await withServer(20_000, async ({ server, open }) => {
  const page = await open(undefined, '/shop.html')
  await start(page, 'pennon', server, 'OPTIMIZED')
  const session = await page.createCDPSession()
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  await sleep(2_000)
  await page.evaluate(() => bench.forgetTasks())
  await page.evaluate(() => bench.decide(20_000, 100))
  await until(() => received(server).distinct === 20_000, 30_000)
  const longest = await page.evaluate(() => bench.longestTask())
  const { distinct } = received(server)
  console.log(
    `  20,000 impressions recorded, written ahead and sent, CPU × 4: ${distinct} received, longest task ${longest} ms (target: none over 50)` +
      check(longest <= 50 && distinct === 20_000, '50 ms'),
  )
})

await browser.close()
console.log(missed ? `\n${missed} targets missed` : '\nevery target met')
process.exit(missed ? 1 : 0)
