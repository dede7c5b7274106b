import { describe, expect, it } from 'vitest'
import { createDoubts } from '../../../../src/late/delivery/doubts'
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
  const state = { learn: async () => {}, send: async () => {} }
  const sent: string[] = []
  const judging = createDoubts({
    outbox,
    channels,
    clock,
    endpoints: { wasDelivered: (url: string) => known[url] } as never,
    learn: () => state.learn(),
    send(channel) {
      sent.push(channel.kind)
      return state.send()
    },
  })
  return {
    judging,
    known,
    state,
    sent,
    timers,
    /** What is in doubt, and what waits. */
    batches: () => [...outbox.entries.values()].map(({ id, doubt }: Entry) => [id, doubt]),
    async pass() {
      timers.splice(0).forEach(({ run }) => run())
      await turn()
    },
  }
}

describe('a batch in doubt', () => {
  it('is gone where its endpoint took it, and sent again where it did not; others are left alone', () => {
    const { judging, known, batches, sent, timers } = open([
      ['events', 5],
      ['counts', 6],
      ['counts', 7],
      ['counts', undefined],
      ['unknown', 8],
    ])
    Object.assign(known, { '/events': true, '/counts': false })
    judging.judge()
    expect(batches()).toEqual([
      ['counts 1', undefined],
      ['counts 2', undefined],
      ['counts 3', undefined],
      ['unknown 4', 8],
    ])
    expect([sent, timers]).toEqual([['counts'], []])
  })

  it('of an integration is sent again whatever is known: its receiver knows the id', () => {
    const { judging, known, batches, sent } = open([['tool', 5]])
    known['/tool'] = true
    judging.judge()
    expect([batches(), sent]).toEqual([[['tool 0', undefined]], ['tool']])
  })

  it('is decided by what the answer to another one tells', async () => {
    const { judging, known, batches, state, sent } = open([
      ['counts', 5],
      ['events', 6],
    ])
    known['/counts'] = false
    state.send = async () => void (known['/events'] = true)
    judging.judge()
    await turn()
    expect([batches(), sent]).toEqual([[['counts 0', undefined]], ['counts']])
  })

  it('that nothing is known of is waited for a minute, in the background, once', () => {
    const { judging, timers, sent } = open([['events', NOW - DAY_MS]])
    judging.judge()
    judging.judge()
    expect(timers).toMatchObject([{ ms: 60_000, isBackground: true }])
    expect(sent).toEqual([])
    judging.stop()
    expect(timers).toEqual([])
  })

  it('is not waited for where there is none, or after a day', () => {
    const none = open([['events', undefined]])
    none.judging.judge()
    none.judging.stop()
    expect(none.timers).toEqual([])
    const { judging, timers } = open([
      ['counts', NOW],
      ['events', NOW - DAY_MS - 1],
    ])
    judging.judge()
    expect(timers).toMatchObject([{ ms: 0 }])
  })
})

describe('a probe', () => {
  it('is the oldest batch of each endpoint, after another look at what others know', async () => {
    const { judging, batches, sent, pass, state, known } = open([
      ['events', 7],
      ['events', 5],
      ['events', 6],
      ['counts', 8],
    ])
    state.learn = async () => void (known['/counts'] = true)
    judging.judge()
    await pass()
    expect(batches()).toEqual([
      ['events 0', 7],
      ['events 1', undefined],
      ['events 2', 6],
    ])
    expect(sent).toEqual(['events'])
  })

  it('that decides nothing is followed by another one', async () => {
    const { judging, timers, sent, pass } = open([
      ['events', NOW - 2],
      ['events', NOW - 1],
    ])
    judging.judge()
    await pass()
    expect(timers).toMatchObject([{ ms: 60_000 }])
    await pass()
    expect([sent, timers]).toEqual([['events', 'events'], []])
  })
})
