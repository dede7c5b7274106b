import { describe, expect, it } from 'vitest'
import { createDedupe, hashOf } from '../../../../src/late/delivery/dedupe'
import { HOUR, item, openChannels, type ChannelOptions } from '../openChannels'
import { createRoomyOutbox } from './createRoomyOutbox'
import type { HideNotes } from '../../../../src/browser/hideNote'
import type { ImpressionItem } from '../../../../src/impressions/types'

interface Options extends ChannelOptions {
  now?: number
  notes?: HideNotes
}

function open({ now = HOUR + 10, notes, ...options }: Options = {}) {
  const time = { now }
  const clock = { now: () => time.now, elapsed: () => 0, after: () => () => undefined, whenIdle: () => () => undefined }
  const { channels: all, counter } = openChannels(options)
  const channels = new Map(all.map((channel) => [channel.kind, channel as never]))
  const repeated: unknown[] = []
  const failing: unknown[] = []
  let batches = 0
  const outbox = createRoomyOutbox(channels, clock)
  const dedupe = createDedupe({
    clock,
    channels,
    outbox,
    endpoints: { learn: (stored) => failing.push(...stored) },
    notes,
    onRepeated(_kind, items) {
      expect(items).not.toEqual([])
      repeated.push(...items)
    },
  })
  const batchOf = (items: readonly unknown[], kind = 'impressions') =>
    outbox.entryOf({ id: `b${batches++}`, kind, mode: 'OPTIMIZED', at: time.now, items, bytes: 100 })
  /** @returns what is left of each of them, sifted one after the other */
  const sift = (...items: ImpressionItem[]) => {
    const entries = items.map((one) => batchOf([one]))
    dedupe.sift(entries)
    return entries.map((entry) => entry.items.length)
  }
  return { time, dedupe, outbox, batchOf, sift, repeated, failing, counts: counter.takeCounts }
}

/** Notes of other pages, by life; and whether one of them has recorded in this hour. */
function notesOf(texts: Record<string, string>, isFirst = true) {
  const state = { reads: 0, hours: [] as number[], failing: 0 }
  const notes = {
    lives: () => Object.keys(texts),
    read: (life: string) => {
      state.reads++
      return texts[life]
    },
    openHour: (hour: number) => {
      state.hours.push(hour)
      return isFirst
    },
    failingSince: () => state.failing,
  }
  return { state, notes: notes as unknown as HideNotes }
}
const noteOf = (...seen: string[]) => JSON.stringify({ delivered: [], doubtful: [], batches: [], seen })
/** What an impression is remembered by. */
const hashesOf = (one: ImpressionItem) => {
  const { dedupe, batchOf } = open()
  const entry = batchOf([one])
  dedupe.sift([entry])
  return entry.hashes
}

describe('an impression of this hour', () => {
  it.each<[string, Partial<ImpressionItem>]>([
    ['flag', { f: 'g' }],
    ['key', { k: 'v' }],
    ['treatment', { t: 'off' }],
    ['label', { r: 'm' }],
    ['version', { c: 8 }],
  ])('of another %s is another one', (_what, over) => {
    expect(open().sift(item(), item(over))).toEqual([1, 1])
  })

  it('without a version is another one', () => {
    const unversioned = item()
    delete unversioned.c
    expect(open().sift(item(), unversioned)).toEqual([1, 1])
  })

  it.each<[string, Partial<ImpressionItem>]>([
    ['time', { m: HOUR + 6 }],
    ['previous time', { pt: 1 }],
    ['bucketing key', { b: 'b' }],
  ])('of another %s is a repetition, and told', (_what, over) => {
    const { sift, repeated } = open()
    expect(sift(item(), item(over))).toEqual([1, 0])
    expect(repeated).toEqual([item(over)])
  })

  it('is not confused by separators in names', () => {
    expect(open().sift(item({ f: 'f","u', k: 'x' }), item({ f: 'f', k: 'u","x' }))).toEqual([1, 1])
  })

  it('is its own one with properties', () => {
    const own = item({ properties: '{"a":1}' })
    expect(open().sift(own, own, item())).toEqual([1, 1, 1])
    const { dedupe, batchOf } = open()
    const entry = batchOf([item(), own, item()])
    dedupe.sift([entry])
    expect(entry.items).toEqual([item(), own])
  })

  it('is one whatever its label is, where labels do not leave the page', () => {
    expect(open({ labelsEnabled: false }).sift(item(), item({ r: 'm' }))).toEqual([1, 0])
  })
})

describe('an hour', () => {
  it('that is over is forgotten: the next one has first impressions of its own', () => {
    const { sift, time } = open()
    expect(sift(item())).toEqual([1])
    time.now = 2 * HOUR
    expect(sift(item({ m: 2 * HOUR }), item({ m: 2 * HOUR + 1 }))).toEqual([1, 0])
  })

  it('begins with its first millisecond; what is older is never a repetition', () => {
    expect(open().sift(item({ m: HOUR - 1 }), item({ m: HOUR - 1 }))).toEqual([1, 1])
    expect(open().sift(item({ m: HOUR }), item({ m: HOUR }))).toEqual([1, 0])
  })

  it('that is over leaves nothing behind of what was sent and never stored', () => {
    const { time, outbox, dedupe, batchOf } = open()
    const entry = batchOf([item()])
    dedupe.sift([entry])
    outbox.restore([entry])
    outbox.remove([entry])
    expect(outbox.unstored.size).toBe(1)
    time.now += HOUR
    dedupe.hour()
    expect(outbox.unstored.size).toBe(0)
  })

  it('of what others stored counts only while it is this one', () => {
    const first = open()
    const entry = first.batchOf([item()])
    first.dedupe.sift([entry])
    const same = open()
    same.dedupe.learn(entry.hashes, HOUR)
    expect(same.sift(item())).toEqual([0])
    const other = open()
    other.dedupe.learn(entry.hashes, 2 * HOUR)
    expect(other.sift(item())).toEqual([1])
  })
})

describe('a batch', () => {
  it('is judged once, and remembers its first items alone', () => {
    const { dedupe, batchOf } = open()
    const entry = batchOf([item(), item(), item({ f: 'g' })])
    dedupe.sift([entry])
    expect(entry.items).toEqual([item(), item({ f: 'g' })])
    expect(new Set(entry.hashes).size).toBe(2)
    dedupe.sift([entry])
    expect(entry.items).toHaveLength(2)
  })

  it('that came back is no repetition of itself, on this page or on the next one', () => {
    const { dedupe, outbox, batchOf } = open()
    dedupe.sift([batchOf([item()])])
    const restored = batchOf([item()])
    outbox.restore([restored])
    const noted = outbox.entryOf({ ...restored, id: 'noted' })
    dedupe.sift([restored, noted])
    expect([restored.items.length, noted.items.length]).toEqual([1, 1])
  })

  it('of another kind is left alone', () => {
    const { dedupe, batchOf } = open()
    const entry = batchOf(
      [
        { f: 'f', m: HOUR, rc: 1 },
        { f: 'f', m: HOUR, rc: 1 },
      ],
      'counts',
    )
    dedupe.sift([entry])
    expect(entry).toMatchObject({ isUnique: true, hashes: [] })
    expect(entry.items).toHaveLength(2)
  })

  it('that somebody else finds is forgotten, and recorded anew', () => {
    const { dedupe, batchOf, sift } = open()
    const entry = batchOf([item()])
    dedupe.sift([entry])
    dedupe.forget([entry])
    expect(sift(item())).toEqual([1])
  })
})

describe('a repetition', () => {
  it('is counted, unless it opened its hour on this page; others of its batch stay', () => {
    const { dedupe, batchOf, sift, counts } = open()
    sift(item())
    const entry = batchOf([item(), item({ pt: 1 }), item({ f: 'g' })])
    dedupe.sift([entry])
    expect(entry.items).toEqual([item({ f: 'g' })])
    expect(counts()).toEqual([{ f: 'f', m: HOUR, rc: 1 }])
  })

  it('is told only where there is one', () => {
    const { sift, repeated } = open()
    sift(item(), item({ f: 'g' }))
    expect(repeated).toEqual([])
  })

  it('is not confused by names that run into each other', () => {
    expect(open().sift(item({ f: 'a,b', k: 'c' }), item({ f: 'a', k: 'b,c' }))).toEqual([1, 1])
  })

  it('is there for a mode that deduplicates alone', () => {
    expect(open({ mode: 'DEBUG' }).sift(item(), item())).toEqual([1, 1])
  })

  it('of a kind that is not known here is left alone', () => {
    const { dedupe, batchOf } = open()
    const entry = batchOf([item(), item()], 'another')
    dedupe.sift([entry])
    expect(entry.items).toHaveLength(2)
  })
})

describe('notes of other pages', () => {
  it('are read before the first judgement, once, and say what was recorded this hour', () => {
    const { notes, state } = notesOf({ dead: noteOf(...hashesOf(item())), broken: '{', gone: '' })
    const { sift } = open({ notes })
    expect(sift(item(), item({ f: 'g' }))).toEqual([0, 1])
    expect(sift(item({ f: 'h' }))).toEqual([1])
    expect(state.reads).toBe(3)
  })

  it('are read again when that is asked for', () => {
    const texts: Record<string, string> = {}
    const { notes } = notesOf(texts)
    const { sift, dedupe } = open({ notes })
    sift(item({ f: 'g' }))
    texts['later'] = noteOf(...hashesOf(item()))
    dedupe.learnNotes()
    expect(sift(item({ t: 'off' }))).toEqual([1])
    dedupe.learnNotes(true)
    expect(sift(item())).toEqual([0])
  })

  it('are not read for what is never a repetition', () => {
    const { notes, state } = notesOf({ dead: noteOf() })
    const { dedupe, batchOf } = open({ notes })
    dedupe.sift([batchOf([{ eventTypeId: 'e' }], 'events'), batchOf([{}], 'another')])
    expect([state.reads, state.hours]).toEqual([0, []])
    dedupe.sift([batchOf([{ eventTypeId: 'e' }], 'events'), batchOf([item()])])
    expect([state.reads, state.hours]).toEqual([1, [HOUR]])
  })

  it('say which endpoints fail, and since when', () => {
    const { notes, state } = notesOf({})
    const well = open({ notes })
    well.dedupe.learnNotes()
    expect(well.failing).toEqual([])
    state.failing = 7
    const { dedupe, failing } = open({ notes })
    dedupe.learnNotes()
    expect(failing[0]).toEqual({ url: '/bulk', outcomes: [[7, 0]], pausedUntil: 7 })
  })

  it('are none where nothing may be stored', () => {
    const { dedupe } = open()
    dedupe.learnNotes()
    expect(dedupe.isBlind()).toBe(false)
  })
})

describe('a page that has not read what others stored', () => {
  it('is blind where another page recorded in this hour, until it has', () => {
    const { notes, state } = notesOf({}, false)
    const { dedupe } = open({ notes })
    expect(dedupe.isBlind()).toBe(true)
    expect(state.hours).toEqual([HOUR])
    dedupe.see()
    expect(dedupe.isBlind()).toBe(false)
  })

  it('sees enough where it is the first of the hour, and where nothing is deduplicated', () => {
    expect(open({ notes: notesOf({}).notes }).dedupe.isBlind()).toBe(false)
    const { notes, state } = notesOf({}, false)
    expect(open({ mode: 'DEBUG', notes }).dedupe.isBlind()).toBe(false)
    expect(state.hours).toEqual([])
  })
})

it('a note tells what it handed over, and what it calls seen; not what it keeps', () => {
  const { dedupe, batchOf, sift } = open()
  const [gone, kept, counts] = [batchOf([item()]), batchOf([item({ f: 'g' })]), batchOf([item({ f: 'h' })], 'counts')]
  const note = {
    delivered: [gone.id, counts.id],
    doubtful: [],
    batches: [gone, kept, counts],
    seen: ['x.y'],
  }
  const hashes = dedupe.seenIn(note)
  expect(hashes).toHaveLength(2)
  expect(hashes[0]).toBe('x.y')
  dedupe.learn(hashes, HOUR)
  expect(sift(item(), item({ f: 'g' }), item({ f: 'h' }))).toEqual([0, 1, 1])
})

it('hashes are the same in every release, as pages of two may share an hour', () => {
  const hashes = ['', 'a', '472222,4,4,2,flag,user,ön'].map(hashOf)
  expect(hashes).toEqual(['2654435761,1540483477', '681499117,995117476', '2879785831,254072146'])
})

it('hashes of 50,000 alike texts are all different', () => {
  const hashes = new Set(Array.from({ length: 50_000 }, (_, n) => hashOf(`472222 ["flag_${n}","user","on","rule",7]`)))
  expect(hashes.size).toBe(50_000)
})
