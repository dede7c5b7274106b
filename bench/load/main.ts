// npm run bench:load: from the navigation to the first decision, over a throttled network, at a first visit and at a cached one.
// pennon without and, as a warning, with a hint for its second file, its version 0.1.0, the official SDK and GrowthBook take turns in real
// Chromium, each from a bundle of its own. Prints medians, ratios paired by round, and exits with 1 when a goal is missed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { createDemoServer } from '../../demo/server/createServer'
import { buildOlder, OLDER } from '../buildOlder'
import { bundleContenders } from '../bundleContenders'
import { definitionsOf, featuresOf } from '../coldstart/flags'
import { launchChromium } from '../launchChromium'
import { median } from '../median'
import { readOptions } from '../../test/tools/readOptions'
import type { StartOptions } from '../coldstart/contender'
import type { Times } from './page'

const { rounds: ROUNDS, flags: FLAGS } = readOptions(
  `usage: npm run bench:load -- [--rounds N] [--flags N]
  --rounds N   how many visits of each kind; 20 unless told
  --flags N    how many flags of 1.1 KB, sent without compression; 20 unless told`,
  { rounds: 20, flags: 20 },
)
const MBIT = 1_000_000 / 8
/** The networks: bytes a second, and ms for each request. */
const NETWORKS = {
  '40 ms, 16 Mbit': { download: 16 * MBIT, upload: 16 * MBIT, latency: 40 },
  '150 ms, 1.6 Mbit': { download: 1.6 * MBIT, upload: 1.6 * MBIT, latency: 150 },
}
const NAMES = ['pennon', 'pennon, hinted', 'pennon 0.1.0', 'official', 'growthbook'] as const
type Name = (typeof NAMES)[number]
const PARTS = ['script', 'readyFromCache', 'decision', 'ready'] as const
const VISITS = ['first', 'cached'] as const
/** The most of what 0.1.0 takes. Two files may cost a first visit what cannot be measured. */
const GOALS = [
  { name: 'pennon', visit: 'first', part: 'ready', most: 1.02 },
  { name: 'pennon', visit: 'cached', part: 'readyFromCache', most: 1.05 },
] as const

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The scripts of a contender, by name; the first one is `stdin.js`. @param pennon where it is. @default as it is built now */
async function scriptsOf(contender: 'pennon' | 'official' | 'growthbook', pennon?: string) {
  const files = await bundleContenders({
    stdin: {
      contents: `import * as contender from './${contender}'\nimport { run } from '../../load/page'\nrun(contender)`,
      resolveDir: here('../coldstart/contenders'),
      loader: 'ts',
    },
    outdir: 'out',
    splitting: true,
    ...(pennon !== undefined && { alias: { pennon } }),
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return new Map(files.map(({ path, contents }) => [basename(path), gzipSync(contents)]))
}

const now = await scriptsOf('pennon')
const scripts: Record<Name, Map<string, Buffer>> = {
  pennon: now,
  'pennon, hinted': now,
  'pennon 0.1.0': await scriptsOf('pennon', join(buildOlder(OLDER), 'dist/index.js')),
  official: await scriptsOf('official'),
  growthbook: await scriptsOf('growthbook'),
}

const site = createServer((request, response) => {
  const [, number = '', file = ''] = (request.url ?? '').split('/')
  const name = NAMES[Number(number)]
  const script = name && scripts[name].get(file)
  if (script) {
    const headers = { 'content-type': 'text/javascript', 'content-encoding': 'gzip', 'cache-control': 'max-age=3600' }
    response.writeHead(200, headers).end(script)
  } else if (name && !file) {
    const late = [...scripts[name].keys()].find((each) => each.startsWith('late'))
    const hint = name === 'pennon, hinted' ? `<link rel="modulepreload" href="${late}">` : ''
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<!doctype html><link rel="icon" href="data:,">${hint}<script type="module" src="stdin.js"></script>`)
  } else response.writeHead(404).end()
})
await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`

const service = await createDemoServer({ definitions: definitionsOf(FLAGS), recordLimit: 10 })
service.serve('/api/features/bench', JSON.stringify(featuresOf(FLAGS)), {
  'content-type': 'application/json',
  'access-control-allow-origin': '*',
})
const options: StartOptions = { apiUrl: service.apiUrl, pageUrl: service.pageUrl, key: 'user-1', isInMemory: false }

const browser = await launchChromium()

/** The times of a first and of a second visit, in a profile of its own. */
async function visit(name: Name, network: (typeof NETWORKS)[keyof typeof NETWORKS]): Promise<Times[]> {
  const context = await browser.createBrowserContext()
  try {
    const times: Times[] = []
    for (let n = 0; n < VISITS.length; n++) {
      const page = await context.newPage()
      await page.emulateNetworkConditions(network)
      await page.evaluateOnNewDocument((given) => {
        globalThis.options = given
      }, options)
      await page.goto(`${origin}/${NAMES.indexOf(name)}/`)
      times.push(await page.evaluate(() => globalThis.times))
      // The page stores what the next visit needs when it has nothing else to do.
      await page.waitForNetworkIdle()
      await page.close({ runBeforeUnload: true })
    }
    return times
  } finally {
    await context.close()
  }
}

let missed = 0
const ms = (value: number | undefined) => (value?.toFixed(0) ?? '–').padStart(8)
try {
  for (const [label, network] of Object.entries(NETWORKS)) {
    const rounds: Record<Name, Times[]>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const made: Partial<Record<Name, Times[]>> = {}
      const first = round % NAMES.length
      for (const name of [...NAMES.slice(first), ...NAMES.slice(0, first)]) made[name] = await visit(name, network)
      rounds.push(made as Record<Name, Times[]>)
    }
    console.log(`\n${label}; medians of ${ROUNDS} rounds, ms since the navigation began; in brackets: of 0.1.0`)
    for (const [index, kind] of VISITS.entries()) {
      const timesOf = (name: Name, part: (typeof PARTS)[number]) =>
        rounds.map((round) => round[name][index]?.[part] ?? undefined)
      const ratioOf = (name: Name, part: (typeof PARTS)[number]) => {
        const older = timesOf('pennon 0.1.0', part)
        return median(timesOf(name, part).map((time, round) => (time ?? NaN) / (older[round] ?? NaN)))
      }
      console.log(`${`${kind} visit`.padEnd(18)}${PARTS.map((part) => part.padStart(17)).join('')}`)
      for (const name of NAMES) {
        const cells = PARTS.map((part) => {
          const ratio = ratioOf(name, part)
          return `${ms(median(timesOf(name, part)))} (${ratio?.toFixed(2) ?? '–'})`.padStart(17)
        })
        console.log(`${name.padEnd(18)}${cells.join('')}`)
      }
      for (const goal of GOALS.filter(({ visit }) => visit === kind)) {
        const ratio = ratioOf(goal.name, goal.part)
        const isMet = ratio !== undefined && ratio <= goal.most
        if (!isMet) missed++
        console.log(`goal: ${goal.name}, ${goal.part} at most ${goal.most} × 0.1.0${isMet ? '' : '  MISSED'}`)
      }
    }
  }
} finally {
  await browser.close()
  await service.close()
  site.close()
}
console.log(missed ? `\n${missed} goals missed` : '\nevery goal met')
process.exitCode = missed ? 1 : 0
