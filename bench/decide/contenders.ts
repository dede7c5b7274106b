// The SDKs behind one face, and the loops that time them. Bundled, and run both in Node and in Chromium.
import { GrowthBook } from '@growthbook/growthbook'
import { SplitFactory } from '@splitsoftware/splitio-browserjs'
import { createClient } from 'pennon'
import { createClient as createOlder } from 'pennon-0.1.0'

export type Name = 'pennon' | 'pennon 0.1.0' | 'official' | 'growthbook'

/** The time per question in ns: one number per contender and round. */
export type Results = Partial<Record<Name, number[]>>

export interface Run {
  apiUrl: string
  /** How many flags the service has. */
  flags: number
  /** How many of them are asked for. @default all */
  of?: number
  rounds: number
  names: readonly Name[]
}

interface World {
  apiUrl: string
  /** How many flags there are. */
  count: number
  /** The definitions are there from the beginning. */
  isBootstrapped?: boolean
}

interface Contender {
  ask(flag: string): string
  stop(): Promise<void> | void
}

/** The attributes of every question. The first rule never matches them: its list has ten other values. */
export const ATTRIBUTES = { plan: 'free' }
const KEY = 'user-42'
const nameOf = (n: number) => `bench_${n}`

/** A flag of the bench: one attribute-in-list rule of 10 values, then a 50/50 rollout. */
export function definitionsOf(count: number) {
  const definition = (n: number) => ({
    name: nameOf(n),
    changeNumber: 1_700_000_000_000 + n,
    status: 'ACTIVE',
    killed: false,
    trafficTypeName: 'user',
    defaultTreatment: 'off',
    seed: 1_000_003 * (n + 1),
    trafficAllocation: 100,
    trafficAllocationSeed: 7 * n,
    algo: 2,
    configurations: null,
    sets: [],
    conditions: [
      {
        conditionType: 'WHITELIST',
        label: 'plan in list',
        matcherGroup: {
          combiner: 'AND',
          matchers: [
            {
              matcherType: 'WHITELIST',
              negate: false,
              keySelector: { trafficType: 'user', attribute: 'plan' },
              whitelistMatcherData: { whitelist: Array.from({ length: 10 }, (_, i) => `plan-${i}`) },
            },
          ],
        },
        partitions: [{ treatment: 'on', size: 100 }],
      },
      {
        conditionType: 'ROLLOUT',
        label: 'default rule',
        matcherGroup: {
          combiner: 'AND',
          matchers: [{ matcherType: 'ALL_KEYS', negate: false, keySelector: { trafficType: 'user', attribute: null } }],
        },
        partitions: [
          { treatment: 'on', size: 50 },
          { treatment: 'off', size: 50 },
        ],
      },
    ],
  })
  return {
    ff: { s: -1, t: 1_800_000_000_000, d: Array.from({ length: count }, (_, n) => definition(n)) },
    rbs: { s: -1, t: -1, d: [] },
  }
}

/** The same flags as GrowthBook writes them: its rollout is an experiment, so that its tracking callback is called. */
function featuresOf(count: number) {
  return Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      nameOf(n),
      {
        defaultValue: 'off',
        rules: [
          { condition: { plan: { $in: Array.from({ length: 10 }, (_, i) => `plan-${i}`) } }, force: 'on' },
          { key: nameOf(n), variations: ['on', 'off'], weights: [0.5, 0.5], hashAttribute: 'id', coverage: 1 },
        ],
      },
    ]),
  )
}

const contenders: Record<Name, (world: World) => Contender | Promise<Contender>> = {
  pennon: (world) => startPennon(createClient, world),
  'pennon 0.1.0': (world) => startPennon(createOlder, world),
  async official({ apiUrl, count, isBootstrapped }) {
    const factory = SplitFactory({
      core: { authorizationKey: 'bench', key: KEY },
      urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
      streamingEnabled: false,
      ...(isBootstrapped && { initialRolloutPlan: { splitChanges: definitionsOf(count) } }),
    })
    const client = factory.client()
    await (isBootstrapped ? client.whenReadyFromCache() : client.whenReady())
    return { ask: (flag) => client.getTreatment(flag, ATTRIBUTES), stop: () => factory.destroy() }
  },
  growthbook({ count }) {
    const gb = new GrowthBook({
      attributes: { id: KEY, ...ATTRIBUTES },
      features: featuresOf(count),
      trackingCallback: () => {},
    })
    return { ask: (flag) => gb.getFeatureValue(flag, 'off'), stop: () => gb.destroy() }
  },
}

async function startPennon(create: typeof createClient, { apiUrl, count, isBootstrapped }: World): Promise<Contender> {
  const client = create({
    sdkKey: 'bench',
    key: KEY,
    urls: { sdk: apiUrl, events: apiUrl, telemetry: apiUrl, auth: apiUrl, streaming: apiUrl },
    streaming: false,
    persistence: 'none',
    ...(isBootstrapped && { bootstrap: { splitChanges: definitionsOf(count) } }),
  })
  const status = isBootstrapped ? client.status() : await client.whenReady()
  if (!(isBootstrapped ? status.readyFromCache : status.ready)) throw new Error('pennon is not ready')
  return { ask: (flag) => client.getTreatment(flag, ATTRIBUTES), stop: () => client.destroy() }
}

/** ns per question, over `total` questions that go round the flags. */
function time(ask: Contender['ask'], names: readonly string[], total: number): number {
  // Two small collections make what was built before old, so that none of it is moved while the questions are timed.
  for (let n = 0; n < 2; n++) (globalThis as { gc?: (options: { type: string }) => void }).gc?.({ type: 'minor' })
  let answered = 0
  let next = 0
  const started = performance.now()
  for (let n = 0; n < total; n++) {
    if (ask(names[next]!).length) answered++
    if (++next === names.length) next = 0
  }
  const elapsed = performance.now() - started
  if (answered !== total) throw new Error('a question without an answer')
  return (elapsed * 1e6) / total
}

/** Questions per round: about the same time for each, long enough for a clock of 0.1 ms. */
const TOTALS: Record<Name, number> = {
  pennon: 1_000_000,
  'pennon 0.1.0': 1_000_000,
  official: 50_000,
  growthbook: 200_000,
}

/** Each round begins with another one: who comes after the official SDK may be timed while its garbage is collected. */
function inTurn<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/** One number per contender and round, the contenders taking turns. */
export async function repeated({ apiUrl, flags, of = flags, rounds, names }: Run): Promise<Results> {
  const asked = Array.from({ length: of }, (_, n) => nameOf(n))
  const running: { name: Name; contender: Contender; times: number[] }[] = []
  for (const name of names) {
    running.push({ name, contender: await contenders[name]({ apiUrl, count: flags }), times: [] })
  }
  // Every flag is asked for once, and the engine is warm then.
  for (const { contender } of running) time(contender.ask, asked, Math.max(20_000, 2 * of))
  for (let round = 0; round < rounds; round++) {
    for (const { name, contender, times } of inTurn(running, round))
      times.push(time(contender.ask, asked, TOTALS[name]))
  }
  for (const { contender } of running) await contender.stop()
  return Object.fromEntries(running.map(({ name, times }) => [name, times]))
}

/** The first question of each flag: a fresh client every round, definitions by bootstrap. */
export async function first({ apiUrl, flags, rounds, names }: Run): Promise<Results> {
  const asked = Array.from({ length: flags }, (_, n) => nameOf(n))
  const results = names.map((name) => ({ name, times: [] as number[] }))
  for (let round = -2; round < rounds; round++) {
    for (const { name, times } of inTurn(results, round + 2)) {
      const contender = await contenders[name]({ apiUrl, count: flags, isBootstrapped: true })
      const ns = time(contender.ask, asked, flags)
      await contender.stop()
      // The first two rounds warm the engine up.
      if (round >= 0) times.push(ns)
    }
  }
  return Object.fromEntries(results.map(({ name, times }) => [name, times]))
}

interface Growth {
  apiUrl: string
  flags: number
  few: number
  many: number
  heap: () => number
}

/** Bytes of heap after `few` decisions and after `many`, over the same flags. */
export async function growth({ apiUrl, flags, few, many, heap }: Growth): Promise<{ before: number; after: number }> {
  const asked = Array.from({ length: flags }, (_, n) => nameOf(n))
  const { ask, stop } = await contenders.pennon({ apiUrl, count: flags })
  time(ask, asked, few)
  const before = heap()
  time(ask, asked, many - few)
  const after = heap()
  await stop()
  return { before, after }
}
