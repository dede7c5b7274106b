import { afterAll, describe, expect, it } from 'vitest'
import { hash32 } from '../../src/evaluation/bucket'
import { bulkBody } from '../../src/impressions/packing'
import { createCounter, mergeCounts } from '../../src/impressions/counter'
import { createRecorder } from '../../src/impressions/recorder'
import { createObserver } from '../../src/impressions/observer'
import { createUniqueKeys } from '../../src/impressions/uniqueKeys'
import type { Evaluation } from '../../src/evaluation/types'
import type { Impression, ImpressionItem, ImpressionsMode, Properties } from '../../src/impressions/types'
import { readVectors } from './readVectors'

interface Event {
  at: number
  time?: number
  key: string
  bk?: string
  flag: string
  treatment: string
  label: string
  cn?: number
  properties?: string
  disabled?: boolean
}

interface Sequence {
  name: string
  mode: ImpressionsMode
  labelsEnabled: boolean
  userConsent?: string
  events: Event[]
  exp: {
    queued: [0 | 1, number | null][]
    bulk?: unknown
    counts: { pf: { f: string }[] }
    uniqueKeys: unknown
    listenerCalls: number
  }
}

/** Where pennon answers otherwise on purpose: it never forgets, and never takes one impression for another. */
const DIFFERENCES: Record<string, string> = {
  'LRU OPTIMIZED 501 then first': 'no limit of 500 remembered impressions',
  'LRU DEBUG 501 then first': 'no limit of 500 remembered impressions',
  'LRU OPTIMIZED touch protects': 'no limit of 500 remembered impressions',
  'LRU DEBUG touch protects': 'no limit of 500 remembered impressions',
  'LRU OPTIMIZED random 700 keys': 'no limit of 500 remembered impressions',
  'LRU DEBUG random 700 keys': 'no limit of 500 remembered impressions',
  'hash collision': 'no hashes, so no collisions',
}

const sequences = readVectors<Sequence>('impressions').filter((row) => 'events' in row)
const seen = new Map<string, number>()
afterAll(() => {
  for (const [cause, count] of seen) console.log(`impressions: ${count} sequences differ on purpose: ${cause}`)
  console.log(`impressions: ${sequences.length} sequences`)
})

function play({ mode, userConsent, labelsEnabled, events }: Sequence) {
  const queued: [0 | 1, number | null][] = []
  const items: ImpressionItem[] = []
  let listenerCalls = 0
  let event!: Event
  let last: Impression | undefined
  const counter = createCounter(() => undefined)
  const uniqueKeys = createUniqueKeys(() => undefined)
  const impressions = createRecorder({
    mode,
    labelsEnabled,
    // The official SDK reads the clock twice, when it decides and when it records; pennon once.
    now: () => event.time ?? event.at,
    consent: { isDeclined: userConsent === 'DECLINED' },
    observer: createObserver(),
    counter,
    uniqueKeys,
    sink: { add: (_kind, item) => items.push(item as ImpressionItem) },
    listeners: {
      take(impression) {
        listenerCalls++
        last = impression
      },
    },
  })
  for (event of events) {
    last = undefined
    const evaluation: Evaluation = {
      flag: event.flag,
      treatment: event.treatment,
      label: event.label,
      config: null,
      changeNumber: event.cn,
      trafficType: undefined,
      impressionsDisabled: !!event.disabled,
    }
    const properties = event.properties && (JSON.parse(event.properties) as Properties)
    impressions.record(
      evaluation,
      { matchingKey: event.key, bucketingKey: event.bk },
      undefined,
      properties ? { properties } : undefined,
    )
    const impression = last as Impression | undefined
    queued.push([impression?.disposition === 'queued' ? 1 : 0, impression?.previousTime ?? null])
  }
  return { queued, items, counts: mergeCounts(counter.takeCounts()), uniqueKeys: uniqueKeys.takeKeys(), listenerCalls }
}

describe('impressions: the sequences of the official implementation', () => {
  it.each(sequences.map((sequence) => [sequence.name, sequence] as const))('%s', (name, sequence) => {
    const played = play(sequence)
    expect(played.listenerCalls).toBe(sequence.exp.listenerCalls)
    expect({ keys: played.uniqueKeys }).toEqual(sequence.exp.uniqueKeys)
    const cause = DIFFERENCES[name]
    if (cause) {
      seen.set(cause, (seen.get(cause) ?? 0) + 1)
      expect(played.queued).not.toEqual(sequence.exp.queued)
      expect(played.queued).toEqual(exactly(sequence))
      return
    }
    expect(played.queued).toEqual(sequence.exp.queued)
    if (sequence.exp.bulk) expect(bulkBody(played.items)).toEqual(sequence.exp.bulk)
    // The official one drops flags whose name contains its separator; pennon reports them.
    expect({ pf: played.counts.filter(({ f }) => !f.includes('::')) }).toEqual(sequence.exp.counts)
  })
})

/** What a memory without limit and without hashes would say. It is written independently of the observer. */
function exactly({ mode, events }: Sequence): [0 | 1, number | null][] {
  const times = new Map<string, number>()
  return events.map(({ at, key, flag, treatment, label, cn }) => {
    const id = JSON.stringify([key, flag, treatment, label, cn])
    const previous = times.get(id)
    times.set(id, at)
    const isFirst = previous === undefined || previous < at - (at % 3_600_000)
    return [mode === 'DEBUG' || isFirst ? 1 : 0, previous ?? null]
  })
}

/** `{ $: 'undef' }` is undefined. */
type Value = string | number | null | { $: 'undef' }

interface HashRow {
  hashOf: { key: string; flag: string; treatment: string; label: Value; cn: Value }
  hash: number
}

// pennon compares what the official SDK hashes. The hash itself is the one that buckets.
it('hashes as the official implementation, where it hashes at all', () => {
  const rows = readVectors<HashRow>('impressions').filter((row) => 'hashOf' in row)
  expect(rows).toHaveLength(200)
  for (const { hashOf, hash } of rows) {
    const { key, flag, treatment, label, cn } = hashOf
    const parts = [key, flag, treatment, label, cn].map((part) =>
      typeof part === 'object' && part ? 'undefined' : String(part),
    )
    expect(hash32(parts.join(':'), 0)).toBe(hash)
  }
})
