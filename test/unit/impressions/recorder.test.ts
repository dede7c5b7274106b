import { describe, expect, it } from 'vitest'
import { createCounter, mergeCounts } from '../../../src/impressions/counter'
import { createRecorder } from '../../../src/impressions/recorder'
import { createObserver } from '../../../src/impressions/observer'
import { createUniqueKeys } from '../../../src/impressions/uniqueKeys'
import { SDK_VERSION } from '../../../src/shared/version'
import type { Evaluation } from '../../../src/evaluation/types'
import type {
  Impression,
  ImpressionItem,
  ImpressionKey,
  ImpressionOptions,
  ImpressionsMode,
} from '../../../src/impressions/types'

const HOUR = 3_600_000
const START = 1_000 * HOUR
const KEY: ImpressionKey = { matchingKey: 'u', bucketingKey: undefined }
const MODES: ImpressionsMode[] = ['OPTIMIZED', 'DEBUG', 'NONE']

const evaluation = (over: Partial<Evaluation> = {}): Evaluation => ({
  flag: 'f',
  treatment: 'on',
  label: 'l',
  config: null,
  changeNumber: 7,
  trafficType: 'user',
  impressionsDisabled: false,
  ...over,
})

function open(mode: ImpressionsMode = 'OPTIMIZED', isListening = true, labelsEnabled = true) {
  const world = { now: START, isDeclined: false, isListening }
  const queued: ImpressionItem[] = []
  const sizes: number[] = []
  const heard: Impression[] = []
  const keys: ImpressionKey[] = []
  const counter = createCounter(() => undefined)
  const uniqueKeys = createUniqueKeys(() => undefined)
  const impressions = createRecorder({
    mode,
    labelsEnabled,
    now: () => world.now,
    consent: world,
    observer: createObserver(),
    counter,
    uniqueKeys,
    sink: {
      add(kind, item, bytes) {
        expect(kind).toBe('impressions')
        queued.push(item as ImpressionItem)
        sizes.push(bytes)
      },
    },
    listeners: {
      get take() {
        return world.isListening
          ? (impression: Impression, key: ImpressionKey) => {
              heard.push(impression)
              keys.push(key)
            }
          : undefined
      },
    },
  })
  return {
    ...impressions,
    world,
    queued,
    sizes,
    heard,
    keys,
    counter,
    uniqueKeys,
    /** Records one decision at this time. */
    noteAt(time: number, over: Partial<Evaluation> = {}) {
      world.now = time
      impressions.record(evaluation(over), KEY)
    },
    dispositions: () => heard.map(({ disposition }) => disposition),
  }
}

describe('the first of its kind', () => {
  it.each(['OPTIMIZED', 'DEBUG'] as const)('is queued in %s, and not counted', (mode) => {
    const { record, queued, heard, counter, uniqueKeys } = open(mode)
    record(evaluation(), KEY)
    expect(queued).toEqual([{ f: 'f', k: 'u', t: 'on', m: START, c: 7, r: 'l' }])
    expect(heard).toMatchObject([{ disposition: 'queued' }])
    expect(counter.takeCounts()).toEqual([])
    expect(uniqueKeys.takeKeys()).toEqual([])
  })

  it('has the bucketing key only where one was given, and no version without a definition', () => {
    const { record, queued, heard } = open()
    record(evaluation({ changeNumber: undefined, trafficType: undefined }), { matchingKey: 'u', bucketingKey: 'b' })
    expect(queued).toEqual([{ f: 'f', k: 'u', t: 'on', m: START, r: 'l', b: 'b' }])
    expect(Object.keys(queued[0] as object)).toEqual(['f', 'k', 't', 'm', 'r', 'b'])
    expect(heard[0]).not.toHaveProperty('changeNumber')
    expect(heard[0]).not.toHaveProperty('trafficType')
  })

  it('is first again with another key, treatment, label or version', () => {
    const { record, noteAt, dispositions } = open()
    noteAt(START)
    record(evaluation(), { matchingKey: 'v', bucketingKey: undefined })
    for (const over of [{ treatment: 'off' }, { label: 'm' }, { changeNumber: 8 }]) noteAt(START, over)
    expect(dispositions()).toEqual(Array(5).fill('queued'))
  })
})

describe('a repetition in OPTIMIZED', () => {
  it('is counted and not queued', () => {
    const { noteAt, queued, heard, counter } = open()
    for (const after of [0, 5, 9]) noteAt(START + after)
    expect(queued).toHaveLength(1)
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: START, rc: 2 }])
    expect(heard.map(({ disposition, previousTime }) => [disposition, previousTime])).toEqual([
      ['queued', undefined],
      ['deduplicated', START],
      ['deduplicated', START + 5],
    ])
  })

  it('that opens an hour is queued and counted, with the time of the one before', () => {
    const { noteAt, queued, counter } = open()
    for (const time of [START, START + HOUR - 1, START + HOUR, START + HOUR + 1]) noteAt(time)
    expect(queued.map(({ m, pt }) => [m, pt])).toEqual([
      [START, undefined],
      [START + HOUR, START + HOUR - 1],
    ])
    expect(counter.takeCounts()).toEqual([
      { f: 'f', m: START, rc: 1 },
      { f: 'f', m: START + HOUR, rc: 2 },
    ])
  })

  it('is counted in its own hour after a pause of many, and after a clock that went back', () => {
    const { noteAt, dispositions, counter } = open()
    for (const time of [START, START + 1, START + 5 * HOUR, START + 2]) noteAt(time)
    expect(dispositions()).toEqual(['queued', 'deduplicated', 'queued', 'deduplicated'])
    expect(mergeCounts(counter.takeCounts())).toEqual([
      { f: 'f', m: START, rc: 2 },
      { f: 'f', m: START + 5 * HOUR, rc: 1 },
    ])
  })

  it('is counted on after the counts were taken', () => {
    const { noteAt, counter } = open()
    noteAt(START)
    noteAt(START + 1)
    counter.takeCounts()
    noteAt(START + 2)
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: START, rc: 1 }])
  })

  it('is one with another bucketing key', () => {
    const { record, dispositions } = open()
    record(evaluation(), KEY)
    record(evaluation(), { matchingKey: 'u', bucketingKey: 'b' })
    expect(dispositions()).toEqual(['queued', 'deduplicated'])
  })
})

it('a repetition in DEBUG is queued with its previous time, and never counted', () => {
  const { noteAt, queued, counter, dispositions } = open('DEBUG')
  for (const after of [0, 5, HOUR]) noteAt(START + after)
  expect(queued.map(({ pt }) => pt)).toEqual([undefined, START, START + 5])
  expect(dispositions()).toEqual(['queued', 'queued', 'queued'])
  expect(counter.takeCounts()).toEqual([])
})

describe('tracking that is off', () => {
  it('by the mode NONE: every one is counted, with its key', () => {
    const { record, noteAt, queued, heard, counter, uniqueKeys } = open('NONE')
    noteAt(START)
    noteAt(START + 1)
    record(evaluation({ flag: 'g' }), { matchingKey: 'v', bucketingKey: 'b' })
    expect(queued).toEqual([])
    expect(counter.takeCounts()).toEqual([
      { f: 'f', m: START, rc: 2 },
      { f: 'g', m: START, rc: 1 },
    ])
    expect(uniqueKeys.takeKeys()).toEqual([
      { k: 'u', fs: ['f'] },
      { k: 'v', fs: ['g'] },
    ])
    expect(heard.map(({ disposition, previousTime }) => [disposition, previousTime])).toEqual(
      Array(3).fill(['counted', undefined]),
    )
  })

  it.each(MODES)('by the flag, in %s', (mode) => {
    const { record, queued, dispositions, counter, uniqueKeys } = open(mode)
    record(evaluation({ impressionsDisabled: true }), KEY)
    expect(queued).toEqual([])
    expect(dispositions()).toEqual(['counted'])
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: START, rc: 1 }])
    expect(uniqueKeys.takeKeys()).toEqual([{ k: 'u', fs: ['f'] }])
  })

  it('by the call, even with properties', () => {
    const { record, queued, heard, counter, uniqueKeys } = open('DEBUG')
    record(evaluation(), KEY, undefined, { impressionsDisabled: true, properties: { a: 1 } })
    expect(queued).toEqual([])
    expect(heard).toMatchObject([{ disposition: 'counted', properties: { a: 1 } }])
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: START, rc: 1 }])
    expect(uniqueKeys.takeKeys()).toEqual([{ k: 'u', fs: ['f'] }])
  })

  it('by the call: not of a name that nobody defined', () => {
    const { record, dispositions, counter } = open()
    record(evaluation({ changeNumber: undefined }), KEY, undefined, { impressionsDisabled: true })
    expect(dispositions()).toEqual(['queued'])
    expect(counter.takeCounts()).toEqual([])
  })

  it('leaves no trace for the next one that is tracked', () => {
    const { record, queued, dispositions } = open()
    record(evaluation(), KEY, undefined, { impressionsDisabled: true })
    record(evaluation(), KEY)
    expect(dispositions()).toEqual(['counted', 'queued'])
    expect(queued[0]).not.toHaveProperty('pt')
  })
})

describe('properties', () => {
  it.each(['OPTIMIZED', 'DEBUG'] as const)('make each one its own in %s', (mode) => {
    const { record, noteAt, queued, heard, counter } = open(mode)
    const properties = { plan: 'pro', seats: 3, trial: false, none: null }
    record(evaluation(), KEY, undefined, { properties })
    record(evaluation(), KEY, undefined, { properties })
    expect(queued).toEqual(
      Array(2).fill({ f: 'f', k: 'u', t: 'on', m: START, c: 7, r: 'l', properties: JSON.stringify(properties) }),
    )
    expect(heard).toMatchObject([
      { properties, disposition: 'queued' },
      { properties, disposition: 'queued' },
    ])
    expect(counter.takeCounts()).toEqual([])
    // Impressions with properties are not the previous one of another either.
    noteAt(START + 1)
    expect(queued[2]).not.toHaveProperty('pt')
  })
})

describe('the estimated size', () => {
  it.each<[string, Partial<Evaluation>, ImpressionKey, string]>([
    ['a typical one', { flag: 'new_checkout', label: 'in segment all' }, KEY, ''],
    ['long names', { flag: 'f'.repeat(100), label: 'l'.repeat(300) }, { ...KEY, matchingKey: 'k'.repeat(250) }, ''],
    ['a long treatment', { treatment: 't'.repeat(250) }, KEY, ''],
    ['a bucketing key', {}, { matchingKey: 'u', bucketingKey: 'b'.repeat(250) }, ''],
    ['properties', {}, KEY, 'p'.repeat(1_000)],
  ])('of %s is close to that on the wire', (_what, over, key, text) => {
    const { record, queued, sizes } = open()
    record(evaluation(over), key, undefined, text ? { properties: { text } } : undefined)
    const actual = JSON.stringify(queued[0]).length
    expect(sizes[0]).toBeGreaterThan(actual * 0.8)
    expect(sizes[0]).toBeLessThan(actual + 60)
  })

  it('has nothing for a text that is not there', () => {
    const sizeOf = (key: ImpressionKey, labelsEnabled: boolean, options?: ImpressionOptions) => {
      const { record, sizes } = open('DEBUG', false, labelsEnabled)
      record(evaluation({ label: 'l'.repeat(20) }), key, undefined, options)
      return sizes[0] ?? NaN
    }
    const least = sizeOf(KEY, false)
    expect(sizeOf(KEY, true) - least).toBe(20)
    expect(sizeOf({ ...KEY, bucketingKey: 'b'.repeat(20) }, false) - least).toBe(20)
    expect(sizeOf(KEY, false, { properties: { a: 1 } }) - least).toBe('{"a":1}'.length)
  })
})

describe('the listener', () => {
  it('hears all that is known of the decision', () => {
    const { record, queued, heard, keys, world } = open()
    const attributes = { age: 42 }
    const key = { matchingKey: 'u', bucketingKey: 'b' }
    record(evaluation(), key)
    world.now++
    record(evaluation(), key, attributes)
    expect(heard[1]).toEqual({
      flag: 'f',
      key: 'u',
      bucketingKey: 'b',
      treatment: 'on',
      label: 'l',
      changeNumber: 7,
      time: START + 1,
      previousTime: START,
      trafficType: 'user',
      attributes,
      sdkVersion: SDK_VERSION,
      disposition: 'deduplicated',
    })
    expect(heard[0]).not.toHaveProperty('attributes')
    expect(heard[0]).not.toHaveProperty('previousTime')
    record(evaluation({ flag: 'g' }), KEY)
    expect(heard[2]).not.toHaveProperty('bucketingKey')
    expect(queued[1]).not.toHaveProperty('b')
    expect(keys).toEqual([key, key, KEY])
  })

  it('hears labels that must not leave the page', () => {
    const { noteAt, heard, queued, sizes } = open('OPTIMIZED', true, false)
    noteAt(START, { label: 'l'.repeat(500) })
    expect(heard[0]?.label).toHaveLength(500)
    expect(queued[0]).not.toHaveProperty('r')
    expect(sizes[0]).toBeLessThan(200)
  })

  it('that comes late hears what comes after, and is not needed before', () => {
    const { noteAt, world, heard, queued, counter } = open('OPTIMIZED', false)
    noteAt(START)
    noteAt(START + 1)
    world.isListening = true
    noteAt(START + 2)
    world.isListening = false
    noteAt(START + 3)
    expect(heard).toMatchObject([{ time: START + 2, previousTime: START + 1, disposition: 'deduplicated' }])
    expect(queued).toHaveLength(1)
    expect(counter.takeCounts()).toEqual([{ f: 'f', m: START, rc: 3 }])
  })
})

describe('show', () => {
  it.each(MODES)('is heard as dropped in %s, and nothing more', (mode) => {
    const { show, heard, keys, queued, counter, uniqueKeys } = open(mode)
    show(evaluation({ impressionsDisabled: true }), KEY, { age: 1 }, { properties: { a: 1 } })
    expect(heard).toMatchObject([
      { flag: 'f', time: START, attributes: { age: 1 }, properties: { a: 1 }, disposition: 'dropped' },
    ])
    expect(keys).toEqual([KEY])
    expect([queued, counter.takeCounts(), uniqueKeys.takeKeys()]).toEqual([[], [], []])
  })

  it('is not the previous one of another', () => {
    const { show, record, dispositions } = open()
    record(evaluation(), KEY)
    show(evaluation(), KEY)
    show(evaluation({ flag: 'g' }), KEY)
    record(evaluation({ flag: 'g' }), KEY)
    expect(dispositions()).toEqual(['queued', 'dropped', 'dropped', 'queued'])
  })

  it('does nothing while nobody listens', () => {
    const { show, heard } = open('OPTIMIZED', false)
    show(evaluation(), KEY)
    expect(heard).toEqual([])
  })
})

describe('a declined consent', () => {
  it.each(MODES)('drops everything in %s', (mode) => {
    const { record, show, world, heard, queued, counter, uniqueKeys } = open(mode)
    world.isDeclined = true
    record(evaluation(), KEY)
    record(evaluation({ impressionsDisabled: true }), KEY)
    show(evaluation(), KEY)
    expect([heard, queued, counter.takeCounts(), uniqueKeys.takeKeys()]).toEqual([[], [], [], []])
  })

  it('leaves no trace for the time after it', () => {
    const { noteAt, world, queued } = open()
    world.isDeclined = true
    noteAt(START)
    world.isDeclined = false
    noteAt(START + 1)
    expect(queued).toEqual([{ f: 'f', k: 'u', t: 'on', m: START + 1, c: 7, r: 'l' }])
  })
})
