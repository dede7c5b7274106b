import { createStore } from 'idb-keyval'
import { createEntry } from '../../../src/definitions/entry'
import type { KeyValue } from '../../../src/browser/keyValue'
import type { Clock } from '../../../src/browser/clock'
import type { CachedDefinitions, CachedTexts, Definition } from '../../../src/definitions/types'
import type { ChangeNumbers } from '../../../src/shared/changeNumbers'

/** A flag that is `on` for everybody, or what `more` makes of it. */
export function flag(name: string, changeNumber: number, more: Record<string, unknown> = {}): Definition {
  return {
    name,
    changeNumber,
    status: 'ACTIVE',
    trafficTypeName: 'user',
    killed: false,
    defaultTreatment: 'off',
    seed: 1,
    trafficAllocation: 100,
    trafficAllocationSeed: 1,
    algo: 2,
    conditions: [
      {
        conditionType: 'ROLLOUT',
        label: 'default rule',
        matcherGroup: { combiner: 'AND', matchers: [{ matcherType: 'ALL_KEYS', negate: false, keySelector: null }] },
        partitions: [{ treatment: 'on', size: 100 }],
      },
    ],
    ...more,
  }
}

/** A condition that asks for a standard segment. */
export function inSegment(segmentName: string, matcherType = 'IN_SEGMENT'): unknown {
  return {
    conditionType: 'ROLLOUT',
    label: `in segment ${segmentName}`,
    matcherGroup: {
      combiner: 'AND',
      matchers: [{ matcherType, negate: false, userDefinedSegmentMatcherData: { segmentName } }],
    },
    partitions: [{ treatment: 'on', size: 100 }],
  }
}

/** An answer of `splitChanges`. */
export function splitChanges(flagsTill: number, flags: unknown[] = [], segmentsTill = -1, segments: unknown[] = []) {
  return { ff: { s: -1, t: flagsTill, d: flags }, rbs: { s: -1, t: segmentsTill, d: segments } }
}

/** The service's answer to a request of this address: these flags, no memberships, and nothing to anything else. */
export function answerTo(url: string, flags: Definition[]): object {
  if (url.includes('/splitChanges')) return splitChanges(1, flags)
  return url.includes('/memberships') ? { ms: { k: [] }, ls: { k: [] } } : {}
}

/** What is read from a cache of these flags. @param text stands in place of the text of each */
export function cacheOf(
  flags: Definition[],
  {
    changeNumbers = { flags: 100, ruleBasedSegments: -1 },
    usesSegments = false,
    text,
  }: { changeNumbers?: ChangeNumbers; usesSegments?: boolean; text?: string } = {},
): CachedDefinitions {
  const parts = flags.map((raw) => new TextEncoder().encode(text ?? JSON.stringify(raw)))
  const starts = [0]
  for (const { length } of parts) starts.push((starts.at(-1) as number) + length)
  const texts: CachedTexts = {
    generation: 'g',
    bytes: Uint8Array.from(parts.flatMap((part) => [...part])),
    starts: Uint32Array.from(starts),
    traits: [{ usesSegments, trafficType: 'user', sets: [] }],
    trait: new Uint32Array(flags.length),
  }
  return {
    changeNumbers,
    confirmedAt: 1,
    entries: [new Map(flags.map(({ name }, at) => [name, createEntry(name, undefined, texts, at)])), new Map()],
    base: { generation: 'g', names: [flags.map(({ name }) => name), []], length: 1 },
  }
}

/** A clock that a test moves, with timers that fire on the way. */
export function createFakeClock(start = 1_700_000_000_000, settled = settle) {
  let wall = start
  let elapsed = 0
  let timers: { at: number; run: () => void }[] = []
  const pass = (to: number) => {
    wall += to - elapsed
    elapsed = to
  }
  const clock: Pick<Clock, 'now' | 'elapsed' | 'after'> = {
    now: () => wall,
    elapsed: () => elapsed,
    after(ms, run) {
      const timer = { at: elapsed + Math.max(0, ms), run }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
  }
  return {
    ...clock,
    pending: () => timers.length,
    /** Sets the wall clock without firing anything. */
    jump(ms: number) {
      wall += ms
    },
    /** Lets time go by, and promises settle after each timer. */
    async advance(ms: number) {
      const end = elapsed + ms
      await settled()
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (!next) break
        timers = timers.filter((one) => one !== next)
        pass(Math.max(elapsed, next.at))
        next.run()
        await settled()
      }
      pass(end)
      await settled()
    },
  }
}

/** A clock by which every wait ends at once, and took a minute. */
export const IMPATIENT: Pick<Clock, 'elapsed' | 'after'> = {
  elapsed: () => (longAgo += 60_000),
  after(_ms, run) {
    run()
    return () => {}
  },
}
let longAgo = 0

/** Enough turns for every promise that waits for nothing but promises. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve()
}

interface TestDatabase extends Pick<KeyValue, 'transact'> {
  /** Resolves some turns of the event loop after the last transaction has ended. */
  settled(): Promise<void>
}

/** A database that only this test uses. Like the real one, it resolves at `complete`, and aborts when `work` fails. */
export function createDatabase(name = `test-${Math.random()}`): TestDatabase {
  const useStore = createStore(name, 'keyval')
  let active = 0
  return {
    transact(mode, work) {
      active++
      return useStore(mode, async (store) => {
        const { transaction } = store
        const complete = new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve()
          transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
        })
        const works = async () => work(store)
        const worked = works().catch((fault: unknown) => {
          transaction.abort()
          throw fault
        })
        const [result] = await Promise.all([worked, complete])
        return result
      }).finally(() => active--)
    },
    async settled() {
      for (let turn = 0; turn < 4; turn = active ? 0 : turn + 1) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
