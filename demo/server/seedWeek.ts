import { flagForm, type Partition } from './flagForm'
import type { Definition, DemoServer } from './types'

const hourMs = 3_600_000
const weekHours = 7 * 24
/** Impressions of one post: less than the server takes as one body. */
const batchSize = 10_000

/**
 * Fills the server with a week of traffic that could be real: few users at night, most in the afternoon, each with the same treatment
 * of a flag from first to last, and some who buy. It goes in as any client's telemetry does.
 *
 * @param users about how many keys come by in the week
 */
export async function seedWeek(server: DemoServer, users: number): Promise<void> {
  const now = Date.now()
  const random = createRandom(users)
  const flags = server.definitions.ff.d.filter(({ status }) => status !== 'ARCHIVED')
  const post = async (path: string, body: unknown) => {
    const headers = {
      Authorization: `Bearer ${server.sdkKey}`,
      SplitSDKVersion: 'pennon-0.2.0',
      SplitSDKImpressionsMode: 'OPTIMIZED',
    }
    const { status } = await fetch(server.apiUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    if (status !== 200) throw new Error(`the server answered ${status} to ${path}`)
  }

  const impressions: { flag: Definition; item: object; time: number }[] = []
  /** Counts by flag, then by hour. */
  const counts = new Map<string, Map<number, number>>()
  const events: object[] = []
  /** Flags without tracking, by the keys that asked for them. */
  const uniqueKeys = new Map<string, Set<string>>()
  for (let user = 0; user < users; user++) {
    const key = `user-${user}`
    const visits = 1 + Math.floor(random() * 4)
    for (let visit = 0; visit < visits; visit++) {
      const time = momentOf(now, random)
      for (const flag of flags) {
        // A page asks for some of the flags.
        if (hash(`${flag.name} ${visit}`) % 10 > 6) continue
        const byHour = counts.get(flag.name) ?? new Map<number, number>()
        const hour = Math.floor(time / hourMs) * hourMs
        counts.set(flag.name, byHour.set(hour, (byHour.get(hour) ?? 0) + Math.floor(random() * 5)))
        if (flag['impressionsDisabled'] === true) {
          uniqueKeys.set(key, (uniqueKeys.get(key) ?? new Set<string>()).add(flag.name))
          continue
        }
        const { treatment, label } = decisionOf(flag, key)
        impressions.push({ flag, time, item: { k: key, t: treatment, r: label, c: flag.changeNumber, m: time } })
      }
      if (random() < 0.2) {
        const value = Math.round(random() * 9_000 + 500) / 100
        events.push({ key, trafficTypeName: 'user', eventTypeId: 'order', value, timestamp: time + 60_000 })
      }
    }
  }
  impressions.sort((a, b) => a.time - b.time)
  for (let from = 0; from < impressions.length; from += batchSize) {
    const batch = impressions.slice(from, from + batchSize)
    await post(
      '/testImpressions/bulk',
      batch.map(({ flag, item }) => ({ f: flag.name, i: [item] })),
    )
  }
  await post('/events/bulk', events)
  await post('/v1/keys/cs', { keys: [...uniqueKeys].map(([k, fs]) => ({ k, fs: [...fs] })) })
  await post('/testImpressions/count', {
    pf: [...counts].flatMap(([f, byHour]) => [...byHour].map(([m, rc]) => ({ f, m, rc }))),
  })
}

/** A moment of the last week: rarely at night, often in the afternoon. */
function momentOf(now: number, random: () => number): number {
  for (;;) {
    const time = Math.floor(now - random() * weekHours * hourMs)
    const hour = new Date(time).getHours()
    if (random() < 0.08 + 0.92 * Math.max(0, Math.sin(((hour - 6) / 18) * Math.PI)) ** 2) return time
  }
}

/** Whole percentages of the default rule, without its hash: this is traffic to look at, not a decision. */
function decisionOf(flag: Definition, key: string): { treatment: string; label: string } {
  const { killed, defaultTreatment, defaultRule = [], rules } = flagForm(flag)
  if (killed) return { treatment: defaultTreatment, label: 'killed' }
  const [rule] = rules
  const inRule = rule !== undefined && hash(`${key} rule`) % 3 === 0
  const partitions = inRule ? rule.partitions : defaultRule
  const label = inRule ? rule.label : defaultRule.length > 0 ? 'default rule' : 'no rule matched'
  return { treatment: bucketed(partitions, hash(`${flag.name} ${key}`) % 100) ?? defaultTreatment, label }
}

function bucketed(partitions: readonly Partition[], bucket: number): string | undefined {
  let upTo = 0
  return partitions.find(({ size }) => (upTo += size) > bucket)?.treatment
}

/** The FNV-1a hash of a text, which makes the same week for the same number. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return value >>> 0
}

/** A sequence of numbers from 0 to 1 that is the same for the same seed. */
function createRandom(seed: number) {
  let state = seed
  return () => {
    state = hash(String(state))
    return state / 2 ** 32
  }
}
