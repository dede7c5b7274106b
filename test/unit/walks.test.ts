import 'fake-indexeddb/auto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reporting, traceWalks, type Traced } from './traceWalks'
import type * as Full from '../../src/full'

/**
 * The most files that a call may enter, which a reader has to open to understand it: from the client to the impression, and over the
 * whole call, in which the outbox takes in what was recorded.
 */
const MOST_FILES: Record<string, [toImpression: number, whole: number][]> = {
  'without a listener': [
    [14, 18],
    [8, 12],
    [8, 8],
  ],
  'with a listener': [
    [14, 20],
    [8, 13],
    [9, 9],
  ],
}
/** From the first of these on the impression is made, and waits to be sent. */
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
  const heard: string[] = []
  const clients: Full.Client[] = []

  // Every file of src is parsed and bundled: seconds on a busy machine.
  beforeAll(async () => {
    traced = await traceWalks<typeof Full>('src/full.ts')
  }, 120_000)
  afterAll(() => Promise.all(clients.map((client) => client.destroy())))

  const createClient = (name: string): Full.Client => {
    // Nobody listens at this address: what is recorded stays in the outbox, as on a page whose post is not due yet.
    const nowhere = 'http://127.0.0.1:1'
    const client = traced.module.createClient({
      sdkKey: `walks ${name}`,
      key: 'user',
      // Everything runs and is written to disk, as on a page.
      server: 'poll',
      bootstrap: { splitChanges: { ff: { d: ['a', 'b', 'c'].map(flag), t: 10 } } },
      urls: { sdk: nowhere, auth: nowhere, streaming: nowhere, events: nowhere, telemetry: nowhere },
      logLevel: 'none',
      ...(name === 'with a listener' && { impressionListener: ({ flag }) => heard.push(flag) }),
    })
    clients.push(client)
    return client
  }

  it.each(Object.entries(MOST_FILES))('enters few files, and fewer when it is repeated, %s', async (name, most) => {
    const client = createClient(name)
    const walks = most.map(() => {
      let treatment = 'none'
      const { files } = traced.walk(() => {
        treatment = client.getTreatment('a')
      })
      expect(treatment).toMatch(/^(on|off)$/)
      return files
    })
    // The first decision of a page also starts things that later ones find started, so that its walk is the longest.
    const [first] = walks
    expect(first?.[0]).toBe('client/userClient.ts')
    expect(first).toContain('evaluation/evaluate.ts')
    expect(first).toContain('impressions/recorder.ts')
    for (const repeated of walks.slice(1)) expect(repeated).toContain('impressions/observer.ts')
    for (const [at, files] of walks.entries()) {
      const [toImpression = 0, whole = 0] = most[at] ?? []
      const end = files.findIndex((file) => WAITING.test(file))
      const said = `decision ${at + 1}: ${files.join(' > ')}`
      expect(end < 0 ? files.length : end, said).toBeLessThanOrEqual(toImpression)
      expect(files.length, said).toBeLessThanOrEqual(whole)
    }
    // Listeners hear in a microtask.
    await Promise.resolve()
    expect(heard.splice(0)).toEqual(name === 'with a listener' ? ['a', 'a', 'a'] : [])
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
