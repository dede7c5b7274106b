// npm run bench:receiver: the local server under load. Posts 100,000 impressions in batches while the page of the live tail is
// open, then 15,000 at 1,000 a second. It exits with 1 when one is lost or doubled, when fewer than 5,000 a second are stored, when
// the page has a long task, or when memory grows with what was received.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../demo/server/createDatabase'
import type { StoredImpression } from '../demo/server/createServer'
import { buildIfOlder } from '../test/tools/build'
import { launchChromium } from './launchChromium'
import { readOptions } from '../test/tools/readOptions'

declare global {
  /** The longest task of the page so far, ms. */
  var longest: number
}

const total = 100_000
const batch = 500
/** Impressions that have to be stored in a second, as fast as they can be posted. */
const wantedRate = 5_000
/** How long a page may be busy while as much arrives as can: half of what the web calls a slow interaction. */
const longTaskMs = 100
/** The pace of a busy site, in impressions a second, for so many of them; and the web's own limit of a long task. */
const paced = { total: 15_000, rate: 1_000, batch: 100, longTaskMs: 50 }
/** The memory that may stay in use, for caches and garbage. The impressions themselves are 20 MB of bodies. */
const growthMb = 30

readOptions('usage: npm run bench:receiver', {})

// The files are built here: the server would build them in its own process, whose memory is measured.
await buildIfOlder()

const folder = mkdtempSync(join(tmpdir(), 'pennon-receiver-'))
const file = join(folder, 'received.db')
const server = spawn(
  process.execPath,
  [
    '--import',
    'tsx',
    fileURLToPath(new URL('../demo/server/main.ts', import.meta.url)),
    '--no-open',
    '--port',
    '0',
    '--database',
    file,
  ],
  { stdio: ['ignore', 'pipe', 'inherit'] },
)
const ended = new Promise((resolve) => server.on('exit', resolve))
const browser = await launchChromium()
try {
  const [pageUrl, apiUrl] = await addresses()
  const page = await browser.newPage()
  await page.goto(new URL('/impressions.html', pageUrl).href)
  await page.evaluate(() => {
    globalThis.longest = 0
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) globalThis.longest = Math.max(globalThis.longest, duration)
    }).observe({ type: 'longtask', buffered: false })
  })
  // The first batches warm up what every run needs.
  for (let n = 0; n < total / 5; n += batch) await post(apiUrl, n)
  const before = memoryMb()
  const started = performance.now()
  let peak = before
  for (let n = total / 5; n < total; n += batch) {
    await post(apiUrl, n)
    if (n % 10_000 === 0) peak = Math.max(peak, memoryMb())
  }
  const seconds = (performance.now() - started) / 1000
  await page.waitForFunction(
    (n) => document.getElementById('matching')?.textContent === n,
    {},
    total.toLocaleString('en'),
  )
  const after = memoryMb()
  const longestTask = () => page.evaluate(() => Math.round(globalThis.longest))
  const longest = await longestTask()
  await page.evaluate(() => {
    globalThis.longest = 0
  })
  const pacedFrom = performance.now()
  for (let n = 0; n < paced.total; n += paced.batch) {
    const due = pacedFrom + (n / paced.rate) * 1_000
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    await post(apiUrl, total + n, paced.batch)
  }
  const all = total + paced.total
  await page.waitForFunction(
    (n) => document.getElementById('matching')?.textContent === n,
    {},
    all.toLocaleString('en'),
  )
  const longestPaced = await longestTask()
  const rate = Math.round((total * 0.8) / seconds)
  server.kill('SIGTERM')
  await ended

  const database = createDatabase(file)
  const keys = new Set(database.rows<StoredImpression>('impressions').map(({ key }) => key))
  const { impressions } = database.totals()
  database.close()
  const rows: [string, number, string][] = [
    ['posted', all, ''],
    ['stored', impressions, impressions === all ? 'all' : 'LOST OR DOUBLED'],
    ['distinct', keys.size, keys.size === all ? 'none doubled' : 'LOST OR DOUBLED'],
    ['impressions a second', rate, rate >= wantedRate ? '' : `UNDER ${wantedRate}`],
    ['longest task of the page, ms', longest, longest <= longTaskMs ? '' : `OVER ${longTaskMs}`],
    ['… at 1,000 a second', longestPaced, longestPaced <= paced.longTaskMs ? '' : `OVER ${paced.longTaskMs}`],
    ['server memory at 20,000, MB', before, ''],
    ['… at most', peak, ''],
    ['… at 100,000', after, after - before <= growthMb ? 'flat' : `GREW BY MORE THAN ${growthMb}`],
  ]
  for (const [name, value, note] of rows) console.log(`${name.padEnd(32)} ${String(value).padStart(8)}  ${note}`)
  if (rows.some(([, , note]) => note === note.toUpperCase() && note)) process.exitCode = 1
} finally {
  server.kill('SIGKILL')
  await browser.close()
  rmSync(folder, { recursive: true, force: true })
}

/** The addresses that the server prints. */
async function addresses(): Promise<[string, string]> {
  let text = ''
  for await (const chunk of server.stdout) {
    text += String(chunk)
    const [pageUrl, apiUrl] = text.match(/https?:\S+/g) ?? []
    if (pageUrl && apiUrl) return [pageUrl, apiUrl]
  }
  throw new Error('the server did not start')
}

/** One batch, each impression of another key. */
async function post(apiUrl: string, from: number, size = batch): Promise<void> {
  const i = Array.from({ length: size }, (_, n) => ({
    k: `user-${from + n}`,
    t: n % 3 ? 'on' : 'off',
    r: 'default rule',
    c: 1_794_476_467_218,
    m: Date.now(),
  }))
  const response = await fetch(`${apiUrl}/testImpressions/bulk`, {
    method: 'POST',
    headers: { Authorization: 'Bearer bench', 'Content-Type': 'application/json', SplitSDKVersion: 'bench-1' },
    body: JSON.stringify([{ f: 'checkout_v2', i }]),
  })
  if (response.status !== 200) throw new Error(`status ${response.status}`)
}

/** Resident memory of the server. */
function memoryMb(): number {
  return Math.round(Number(execFileSync('ps', ['-o', 'rss=', '-p', String(server.pid)], { encoding: 'utf8' })) / 1024)
}
