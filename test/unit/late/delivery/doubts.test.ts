import { describe, expect, it } from 'vitest'
import { createDoubts } from '../../../../src/late/delivery/doubts'
import { createStops } from '../../../../src/shared/stops'
import { createHandClock, turn } from './createHandClock'
import { createRoomyOutbox } from './createRoomyOutbox'
import type { Entry } from '../../../../src/late/delivery/batch'
import type { Channel } from '../../../../src/late/delivery/types'

const NOW = 1_700_000_000_000
const DAY_MS = 86_400_000

/** Batches whose answer nobody saw, by kind and time, and what is known of their endpoints. */
function open(doubts: [kind: string, sentAt: number | undefined][]) {
  const { timers, clock } = createHandClock()
  const channels = new Map<string, Channel>()
  for (const kind of ['events', 'counts']) channels.set(kind, { kind, url: `/${kind}` } as Channel)
  channels.set('tool', { kind: 'tool', url: '/tool', post: async () => ({}) } as unknown as Channel)
  const outbox = createRoomyOutbox(channels, clock, 'DEBUG')
  outbox.adopt(
    doubts.map(([kind, doubt], n) => ({
      id: `${kind} ${n}`,
      kind,
      mode: 'DEBUG',
      at: NOW,
      items: [n],
      bytes: 1,
      ...(doubt && { doubt }),
    })),
    'home',
  )
  const known: Record<string, boolean | undefined> = {}
  const state = { learn: async () => {}, send: () => {} }
  const sent: string[] = []
  const stops = createStops()
  const doubtful = createDoubts({
    outbox,
    clock,
    stops,
    endpoints: { wasDelivered: (url: string) => known[url] } as never,
    writeAhead: { read: () => state.learn() },
  })
  const judge = () => {
    for (const channel of channels.values()) {
      const send = () => {
        sent.push(channel.kind)
        state.send()
      }
      doubtful.judge(channel, send)
    }
  }
  return {
    judge,
    stops,
    known,
    state,
    sent,
    timers,
    /** What is in doubt, and what waits. */
    batches: () => [...outbox.entries.values()].map(({ id, doubt }: Entry) => [id, doubt]),
    removeFirst: () => outbox.remove([...outbox.entries.values()].slice(0, 1)),
    async pass() {
      timers.splice(0).forEach(({ run }) => run())
      await turn()
    },
  }
}

describe('a batch in doubt', () => {
  it('is gone where its endpoint took it, and waits to be sent again where it did not; others are left alone', () => {
    const { judge, known, batches, timers } = open([
      ['events', 5],
      ['counts', 6],
      ['counts', 7],
      ['counts', undefined],
      ['unknown', 8],
    ])
    Object.assign(known, { '/events': true, '/counts': false })
    judge()
    expect(batches()).toEqual([
      ['counts 1', undefined],
      ['counts 2', undefined],
      ['counts 3', undefined],
      ['unknown 4', 8],
    ])
    expect(timers).toEqual([])
  })

  it('of an integration is sent again whatever is known: its receiver knows the id', () => {
    const { judge, known, batches } = open([['tool', 5]])
    known['/tool'] = true
    judge()
    expect(batches()).toEqual([['tool 0', undefined]])
  })

  it('that nothing is known of is waited for a minute, in the background, once', () => {
    const { judge, stops, timers, sent } = open([['events', NOW - DAY_MS]])
    judge()
    judge()
    expect(timers).toMatchObject([{ ms: 60_000, isBackground: true }])
    expect(sent).toEqual([])
    stops.stop()
    expect(timers).toEqual([])
  })

  it('is not waited for where there is none, or after a day', () => {
    const none = open([['events', undefined]])
    none.judge()
    none.stops.stop()
    expect(none.timers).toEqual([])
    const { judge, timers } = open([
      ['events', NOW],
      ['events', NOW - DAY_MS - 1],
    ])
    judge()
    expect(timers).toMatchObject([{ ms: 0 }])
  })
})

describe('a probe', () => {
  it('is the oldest batch of each kind, after another look at what others know', async () => {
    const { judge, batches, sent, pass, state, known } = open([
      ['events', 7],
      ['events', 5],
      ['events', 6],
      ['counts', 8],
    ])
    state.learn = async () => void (known['/counts'] = true)
    judge()
    await pass()
    expect(batches()).toEqual([
      ['events 0', 7],
      ['events 1', undefined],
      ['events 2', 6],
    ])
    expect(sent.sort()).toEqual(['counts', 'events'])
  })

  it('that waits for the network is followed by no other one', async () => {
    const { judge, timers, sent, pass } = open([
      ['events', NOW - 2],
      ['events', NOW - 1],
    ])
    judge()
    await pass()
    judge()
    expect([sent, timers]).toEqual([['events'], []])
  })

  it('that decides nothing is followed by another one', async () => {
    const { judge, timers, sent, pass, state, removeFirst } = open([
      ['events', NOW - 2],
      ['events', NOW - 1],
    ])
    // A post that was answered has its kind judged.
    state.send = () => {
      removeFirst()
      judge()
    }
    judge()
    await pass()
    expect(timers).toMatchObject([{ ms: 60_000 }])
    await pass()
    expect([sent, timers]).toEqual([['events', 'events'], []])
  })
})
