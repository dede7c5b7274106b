// npm run bench:coldstart: a page with a filled cache, from creating the client to decisions, and the
// first visit. pennon, the official SDK with InLocalStorage, and GrowthBook take turns in real Chromium, each round in a
// fresh profile. Prints medians, ratios paired by round, and exits with 1 when a goal is missed.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'puppeteer-core'
import { createDemoServer, type DemoServer } from '../../demo/server/createServer'
import { bundleContenders } from '../bundleContenders'
import { launchChromium } from '../launchChromium'
import { median } from '../median'
import { readOptions } from '../../test/tools/readOptions'
import { definitionsOf, featuresOf, nameOf } from './flags'
import type { Contender, StartOptions } from './contender'
import type * as Page from './page'

const { rounds: ROUNDS, quick } = readOptions(
  `usage: npm run bench:coldstart -- [--rounds N] [--quick]
  --rounds N   how many fresh profiles; 5 unless told
  --quick      1,000 and 5,000 flags only`,
  { rounds: 5, quick: false },
)
const COUNTS = quick ? [1_000, 5_000] : [100, 1_000, 5_000, 20_000]
const NAMES = ['pennon', 'official', 'growthbook'] as const
type Name = (typeof NAMES)[number]
/** A value for each contender. */
type Each<Value> = Record<Name, Value>
const NEXT = 100
/** Visits of each profile with a filled cache; their median is the round's. */
const VISITS = 3
/** How long a visit may take, ms. One that is not ready by its cache then never is: the network does not answer. */
const PATIENCE_MS = 3_000
const FILL_MS = 15_000
/** How long the first visit is watched after ready. */
const WATCH_MS = 10_000

const goals = {
  /** Ratios to GrowthBook at 5,000 flags: of the time until ready, and of that with the first and the next decisions. */
  growthbook: 0.7,
  /** The most by which the time until ready may grow from 1,000 to 20,000 flags. */
  growth: 6,
  /** The goal for the next decisions, as a share of the official SDK's time. */
  next: 0.5,
  /** The goal for a first visit with 5,000 flags, as a share of the official SDK's time. */
  firstVisit: 0.7,
  longTaskMs: 50,
}

const here = dirname(fileURLToPath(import.meta.url))
// The bundle is split as in an application: what pennon loads later is a file of its own.
const files = await bundleContenders({
  entryPoints: [...NAMES.map((name) => join(here, `contenders/${name}.ts`)), join(here, 'page.ts')],
  entryNames: '[name]',
  outdir: '/',
  splitting: true,
  define: { 'process.env.NODE_ENV': '"production"' },
})

/** One origin, and one service, per contender. */
async function createSite(): Promise<DemoServer> {
  const server = await createDemoServer({ recordLimit: 10 })
  // Isolated pages have a clock of 5 µs.
  const isolated = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' }
  server.serve('/bench.html', '<!doctype html><title>bench</title>', isolated)
  for (const { path, text } of files) {
    server.serve(path, text, { 'content-type': 'text/javascript', ...isolated })
  }
  return server
}
const sites = { pennon: await createSite(), official: await createSite(), growthbook: await createSite() }

/** The arguments of a function of page.ts after the contender and its options. */
type Rest<What extends keyof typeof Page> =
  Parameters<(typeof Page)[What]> extends [Contender, StartOptions, ...infer More] ? More : never
type Outcome<What extends keyof typeof Page> = Awaited<ReturnType<(typeof Page)[What]>>

/** Runs a function of page.ts on a new page of the contender. */
async function run<What extends keyof typeof Page>(
  browser: Browser,
  name: Name,
  what: What,
  args: Rest<What>,
  cpuRate = 1,
): Promise<Outcome<What>> {
  const page = await browser.newPage()
  try {
    const { apiUrl, pageUrl } = sites[name]
    await page.emulateCPUThrottling(cpuRate)
    await page.goto(new URL('bench.html', pageUrl).href)
    const options: StartOptions = { apiUrl, pageUrl, key: 'user-1', isInMemory: what === 'firstVisit' }
    const outcome = await page.evaluate(
      async (urls, what, ...args) => {
        const [contender, page] = (await Promise.all(urls.map((url) => import(url)))) as [Contender, typeof Page]
        const act = page[what] as (contender: Contender, ...args: unknown[]) => Promise<unknown>
        return act(contender, ...args)
      },
      [`/${name}.js`, '/page.js'],
      what,
      options,
      ...args,
    )
    return outcome as Outcome<What>
  } finally {
    await page.close()
  }
}

async function withProfile<Result>(work: (browser: Browser) => Promise<Result>): Promise<Result> {
  const userDataDir = mkdtempSync(join(tmpdir(), 'pennon-bench-'))
  const browser = await launchChromium({ userDataDir, protocolTimeout: 120_000 })
  try {
    return await work(browser)
  } finally {
    await browser.close()
    rmSync(userDataDir, { recursive: true, force: true })
  }
}

/** The contenders in another order each time. */
const turn = (n: number): Name[] => [...NAMES.slice(n % NAMES.length), ...NAMES.slice(0, n % NAMES.length)]

type Visit = NonNullable<Outcome<'visit'>>

/** The median visit of each contender; undefined: it was never ready by the cache. */
async function coldStart(count: number, round: number): Promise<Each<Visit | undefined>> {
  return withProfile(async (browser) => {
    const visits: Each<(Visit | null)[]> = { pennon: [], official: [], growthbook: [] }
    for (const name of turn(round)) {
      sites[name].setDefinitions(definitionsOf(count), { announce: 'silent' })
      const undo = sites[name].serve('/api/features/bench', JSON.stringify(featuresOf(count)), {
        'content-type': 'application/json',
      })
      await run(browser, name, 'fill', [FILL_MS])
      undo()
    }
    const answering = NAMES.map((name) => sites[name].fault('/', { hang: true }))
    const others = Array.from({ length: Math.min(count - 1, NEXT) }, (_, n) => nameOf(((n + 1) * 37) % count))
    for (let n = 0; n < VISITS; n++) {
      for (const name of turn(round + n)) {
        visits[name].push(await run(browser, name, 'visit', [[nameOf(0), ...others], PATIENCE_MS]))
      }
    }
    for (const undo of answering) undo()
    const middle = (all: (Visit | null)[]): Visit | undefined => {
      const made = all.filter((visit) => visit !== null)
      if (made.length < all.length) return undefined
      const of = (part: keyof Visit) => median(made.map((visit) => visit[part])) ?? NaN
      return { ready: of('ready'), decision: of('decision'), next: of('next') }
    }
    return {
      pennon: middle(visits.pennon),
      official: middle(visits.official),
      growthbook: middle(visits.growthbook),
    }
  })
}

let missed = 0
const check = (isMet: boolean): string => {
  if (!isMet) missed++
  return isMet ? '' : '  MISSED'
}
const ms = (value: number | undefined) => (value?.toFixed(2) ?? '–').padStart(11)
/** The median of the ratios of each round; undefined when there is no round that both have a time of. */
const ratioOf = (mine: readonly (number | undefined)[], theirs: readonly (number | undefined)[]) =>
  median(mine.map((value, round) => (value ?? NaN) / (theirs[round] ?? NaN)))
/** A figure that is not known has not met its goal. */
const isAtMost = (value: number | undefined, goal: number) => value !== undefined && value <= goal
const PARTS: Record<string, (visit: Visit) => number> = {
  ready: ({ ready }) => ready,
  'first decision': ({ decision }) => decision,
  [`next ${NEXT} flags`]: ({ next }) => next,
  'all three': ({ ready, decision, next }) => ready + decision + next,
}

console.log(`With a filled cache, ms: medians of ${ROUNDS} fresh profiles, ${VISITS} visits each; flags of 1.1 KB`)
console.log(
  `   flags  ${''.padEnd(16)}${NAMES.map((name) => ` ${name}`.padStart(11)).join('')}   of official  of GrowthBook`,
)
const rounds = new Map(COUNTS.map((count) => [count, [] as Each<Visit | undefined>[]]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [count, visits] of rounds) visits.push(await coldStart(count, round))
}
for (const [count, visits] of rounds) {
  for (const [part, of] of Object.entries(PARTS)) {
    const times = (name: Name) => visits.map(({ [name]: visit }) => visit && of(visit))
    const official = ratioOf(times('pennon'), times('official'))
    const growthbook = ratioOf(times('pennon'), times('growthbook'))
    const isGoal = count === 5_000 && (part === 'ready' || part === 'all three')
    const isNextGoal = count === 1_000 && part === `next ${NEXT} flags`
    const note =
      (isGoal ? `  (goal ${goals.growthbook} × GrowthBook)${check(isAtMost(growthbook, goals.growthbook))}` : '') +
      (isNextGoal ? `  (goal ${goals.next} × official)${check(isAtMost(official, goals.next))}` : '')
    console.log(
      `${String(count).padStart(8)}  ${part.padEnd(16)}${NAMES.map((name) => ms(median(times(name)))).join('')}` +
        `${(official?.toFixed(2) ?? '–').padStart(14)}${(growthbook?.toFixed(2) ?? '–').padStart(15)}${note}`,
    )
  }
}
const readyAt = (count: number) => rounds.get(count)?.map(({ pennon }) => pennon?.ready) ?? []
if (rounds.has(20_000)) {
  const growth = ratioOf(readyAt(20_000), readyAt(1_000))
  console.log(
    `\npennon, ready: ${ms(growth).trim()} × the time for 20,000 flags as for 1,000 (goal ${goals.growth})${check(isAtMost(growth, goals.growth))}`,
  )
}

// The first visit is measured here.
const FLAGS = 5_000
const answers = { splitChanges: JSON.stringify(definitionsOf(FLAGS)), memberships: '{"ms":{"k":[]},"ls":{"k":[]}}' }
const first: Record<'pennon' | 'official', number[]> = { pennon: [], official: [] }
for (let round = 0; round < ROUNDS; round++) {
  for (const name of turn(round)) {
    if (name === 'growthbook') continue
    const { ready } = await withProfile((browser) => run(browser, name, 'firstVisit', [answers, 0]))
    first[name].push(ready)
  }
}
const firstRatio = ratioOf(first.pennon, first.official)
console.log(
  `\nFirst visit, ${FLAGS} flags, from the answer in memory until ready: pennon ${ms(median(first.pennon)).trim()} ms, official SDK ` +
    `${ms(median(first.official)).trim()} ms (it keeps them in memory), ${ms(firstRatio).trim()} × (goal ${goals.firstVisit})` +
    check(isAtMost(firstRatio, goals.firstVisit)),
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
