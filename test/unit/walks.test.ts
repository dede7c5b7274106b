import 'fake-indexeddb/auto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reporting, traceWalks, type Traced, type Walk } from './traceWalks'
import type * as Full from '../../src/full'

/** The most files that a call may enter, from the client to the impression: a reader has to open them to understand it. */
const MOST_FILES = { firstDecision: 14, repeatedDecision: 8 }
/** From the first of these on the impression is made, and waits: what the outbox does with it is another walk. */
const WAITING = /^(impressions\/tray|late\/delivery\/.*)\.ts$/

const flag = (name: string) => ({
  name,
  trafficTypeName: 'user',
  changeNumber: 10,
  status: 'ACTIVE',
  killed: false,
  defaultTreatment: 'off',
  seed: 1,
  trafficAllocation: 100,
  trafficAllocationSeed: 2,
  configurations: {},
  sets: [],
  conditions: [
    {
      conditionType: 'ROLLOUT',
      label: 'default rule',
      matcherGroup: { combiner: 'AND', matchers: [{ matcherType: 'ALL_KEYS', negate: false }] },
      partitions: [
        { treatment: 'on', size: 50 },
        { treatment: 'off', size: 50 },
      ],
    },
  ],
})

describe('the walk of a decision', () => {
  let traced: Traced<typeof Full>
  let client: Full.Client

  beforeAll(async () => {
    traced = await traceWalks<typeof Full>('src/full.ts')
    // Nobody listens at this address: what is recorded stays in the outbox, as on a page whose post is not due yet.
    const nowhere = 'http://127.0.0.1:1'
    client = traced.module.createClient({
      sdkKey: 'walks',
      key: 'user',
      // Everything runs and is written to disk, as on a page.
      server: 'poll',
      bootstrap: { splitChanges: { ff: { d: ['a', 'b', 'c'].map(flag), t: 10 } } },
      urls: { sdk: nowhere, auth: nowhere, streaming: nowhere, events: nowhere, telemetry: nowhere },
      logLevel: 'none',
    })
    // Every file of src is parsed and bundled: seconds on a busy machine.
  }, 120_000)
  afterAll(() => client.destroy())

  const decide = (name: string): Walk => {
    let treatment = 'none'
    const walk = traced.walk(() => {
      treatment = client.getTreatment(name)
    })
    expect(treatment).toMatch(/^(on|off)$/)
    const end = walk.files.findIndex((file) => WAITING.test(file))
    return { ...walk, files: end < 0 ? walk.files : walk.files.slice(0, end) }
  }

  it('enters few files the first time', () => {
    // The first decision of a page also starts things that later ones find started, so that its walk is the longest.
    const { files } = decide('a')
    expect(files[0]).toBe('client/userClient.ts')
    expect(files).toContain('evaluation/evaluate.ts')
    expect(files).toContain('impressions/recorder.ts')
    expect(files.length, files.join(' > ')).toBeLessThanOrEqual(MOST_FILES.firstDecision)
  })

  it('enters fewer files when it is repeated', () => {
    decide('b')
    const { files } = decide('b')
    expect(files).toContain('impressions/observer.ts')
    expect(files.length, files.join(' > ')).toBeLessThanOrEqual(MOST_FILES.repeatedDecision)
  })
})

describe('reporting', () => {
  it('notices every kind of function, in its order', () => {
    const entered: string[] = []
    Reflect.set(globalThis, '__pennonWalk', (file: string) => entered.push(file))
    const text = `
      function declared() { return arrow(1)(2) }
      const arrow = (a) => (b) => ({ a, b })
      const object = { method() { return declared() }, get member() { return this.method() } }
      object.member
    `
    // oxlint-disable-next-line no-eval -- the text is this test's own
    const answer: unknown = (0, eval)(reporting('file.ts', text))
    Reflect.deleteProperty(globalThis, '__pennonWalk')
    expect(answer).toEqual({ a: 1, b: 2 })
    expect(entered).toHaveLength(5)
  })
})
