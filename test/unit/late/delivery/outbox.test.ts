import { describe, expect, it } from 'vitest'
import type { Batch, Entry } from '../../../../src/late/delivery/batch'
import { createOutbox } from '../../../../src/late/delivery/outbox'
import type { Channel } from '../../../../src/late/delivery/types'

interface Count {
  f: string
  n: number
}
/** Sums counts of one flag. */
const merge = (items: readonly Count[]) => {
  const sums = new Map<string, number>()
  for (const { f, n } of items) sums.set(f, (sums.get(f) ?? 0) + n)
  return [...sums].map(([f, n]) => ({ f, n }))
}

function open({ maxBytes = 1e6, maxItems = 1e6, maxAgeMs = 1_000 } = {}) {
  const time = { now: 1_700_000_000_000, elapsed: 50_000 }
  const gathered: Count[] = []
  const keys: string[] = []
  const channels = [
    { kind: 'impressions', strip: ({ f }: { f: string }) => ({ f }) },
    { kind: 'counts', drain: () => gathered.splice(0), merge },
    { kind: 'keys', drain: () => keys.splice(0) },
    { kind: 'events' },
  ] as unknown as Channel[]
  const dropped: [string, readonly unknown[]][] = []
  const outbox = createOutbox({
    channels: new Map(channels.map((channel) => [channel.kind, channel])),
    clock: { now: () => time.now, elapsed: () => time.elapsed } as never,
    mode: 'DEBUG',
    limits: { maxBytes, maxItems, maxAgeMs },
    onDropped: (kind, items) => dropped.push([kind, items]),
  })
  const all = () => [...outbox.entries.values()]
  return {
    time,
    outbox,
    dropped,
    all,
    only: () => {
      expect(outbox.entries.size).toBe(1)
      return all()[0] as Entry
    },
    items: () => all().map((entry) => entry.items),
    count(f: string, n: number) {
      gathered.push({ f, n })
      outbox.dirty('counts')
    },
    addKey(key: string) {
      keys.push(key)
      outbox.dirty('keys')
    },
    /** As it is once it was written. */
    save: (entry: Entry, home = 'home') => Object.assign(entry, { disk: 'yes', home }),
    batch: (id: string, over: Partial<Batch> = {}): Batch => ({
      id,
      kind: 'events',
      mode: 'DEBUG',
      at: time.now,
      items: [id],
      bytes: 100,
      ...over,
    }),
  }
}
const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id)

describe('an item', () => {
  it('joins the batch of its kind that is open', () => {
    const { outbox, all, time } = open()
    outbox.add('events', 'a', 100)
    time.now += 5
    outbox.add('impressions', 'b', 10)
    outbox.add('events', 'c', 50)
    expect(all()).toMatchObject([
      { kind: 'events', items: ['a', 'c'], bytes: 150, at: time.now - 5, mode: 'DEBUG', state: 'waiting', disk: 'no' },
      { kind: 'impressions', items: ['b'], bytes: 10, at: time.now },
    ])
    expect(new Set(ids(all())).size).toBe(2)
  })

  it.each<[string, (entry: Entry) => unknown]>([
    ['is on its way', (entry) => (entry.state = 'sending')],
    ['is being written', (entry) => (entry.disk = 'writing')],
    ['is on disk', (entry) => (entry.disk = 'yes')],
    ['was looked through for repetitions', (entry) => (entry.isUnique = true)],
  ])('begins another batch where the last one %s', (_, act) => {
    const { outbox, only, items } = open()
    outbox.add('events', 'a', 1)
    act(only())
    outbox.add('events', 'b', 1)
    expect(items()).toEqual([['a'], ['b']])
  })

  it('begins another batch where the last one is 10 KiB, or an eighth of all that may wait', () => {
    const { outbox, items } = open()
    outbox.add('events', 'a', 10 * 1024 - 1)
    outbox.add('events', 'b', 1)
    outbox.add('events', 'c', 1)
    expect(items()).toEqual([['a', 'b'], ['c']])
    const few = open({ maxItems: 16 })
    for (const item of ['a', 'b', 'c']) few.outbox.add('events', item, 1)
    expect(few.items()).toEqual([['a', 'b'], ['c']])
  })
})

describe('what accumulates', () => {
  it('is as old as its oldest part, and joins nothing that is a day old', () => {
    const day = 86_400_000
    const { outbox, all, count, save, time } = open({ maxAgeMs: 7 * day })
    const began = { ...time }
    const gatherLater = (ms: number) => {
      Object.assign(time, { now: time.now + ms, elapsed: time.elapsed + ms })
      count('a', 1)
      outbox.gather(true)
      all().forEach((entry) => save(entry))
    }
    gatherLater(0)
    gatherLater(day - 1)
    expect(all()).toMatchObject([{ items: [{ f: 'a', n: 2 }], at: began.now, since: began.elapsed }])
    gatherLater(1)
    expect(all().map(({ items }) => items)).toEqual([[{ f: 'a', n: 2 }], [{ f: 'a', n: 1 }]])
  })

  it('is taken when there is something new, as one batch with what waits', () => {
    const { outbox, only, count } = open()
    count('f', 1)
    outbox.gather(true)
    const { id } = only()
    outbox.gather(true)
    expect(only().id).toBe(id)
    count('f', 2)
    count('g', 1)
    outbox.gather(true)
    expect(only()).toMatchObject({
      items: [
        { f: 'f', n: 3 },
        { f: 'g', n: 1 },
      ],
      replaces: [],
    })
    expect(only().bytes).toBe(JSON.stringify(only().items).length)
    expect(outbox.gone.size).toBe(0)
  })

  it.each<[string, (entry: Entry) => unknown]>([
    ['on its way', (entry) => (entry.state = 'sending')],
    ['being written', (entry) => (entry.disk = 'writing')],
    ['in doubt', (entry) => (entry.doubt = 1)],
    ['of another page, and was never tried', (entry) => (entry.isUntried = true)],
  ])('is not joined to a batch that is %s', (_, act) => {
    const { outbox, only, items, count } = open()
    count('f', 1)
    outbox.gather(true)
    act(only())
    count('f', 2)
    outbox.gather(true)
    expect(items()).toEqual([[{ f: 'f', n: 1 }], [{ f: 'f', n: 2 }]])
  })

  it('replaces what is on disk, and what that was to replace; not while the page goes', () => {
    const { outbox, only, count, save, items } = open()
    count('f', 1)
    outbox.gather(true)
    save(only()).replaces = [{ home: 'home', id: 'older' }]
    const { id } = only()
    count('f', 2)
    outbox.gather(false)
    expect(items()).toEqual([[{ f: 'f', n: 1 }], [{ f: 'f', n: 2 }]])
    count('f', 4)
    outbox.gather(true)
    expect(only()).toMatchObject({
      items: [{ f: 'f', n: 7 }],
      replaces: [
        { home: 'home', id },
        { home: 'home', id: 'older' },
      ],
    })
    outbox.remove([only()])
    expect([...outbox.gone.keys()]).toEqual([id, 'older'])
  })

  it('and cannot be joined is a batch of its own each time', () => {
    const { outbox, items, addKey } = open()
    addKey('a')
    outbox.gather(true)
    addKey('b')
    outbox.gather(true)
    expect(items()).toEqual([['a'], ['b']])
  })

  it('and turns out to be nothing leaves no batch', () => {
    const { outbox } = open()
    outbox.dirty('counts')
    outbox.dirty('nobody knows it')
    outbox.gather(true)
    expect(outbox.entries.size).toBe(0)
  })
})

describe('claim', () => {
  it('takes waiting batches of one kind and mode, oldest first, up to a size and at least one', () => {
    const { outbox, batch, all } = open()
    outbox.adopt(
      [
        batch('a'),
        batch('other', { kind: 'impressions' }),
        batch('none', { mode: 'NONE' }),
        batch('b'),
        batch('c'),
        batch('doubtful', { doubt: 1 }),
      ],
      'home',
    )
    expect(ids(outbox.claim('events', 200))).toEqual(['a', 'b'])
    expect(ids(outbox.claim('events', 10))).toEqual(['none'])
    expect(ids(outbox.claim('events', 100))).toEqual(['c'])
    expect(outbox.claim('events', 1e6)).toEqual([])
    expect(all().filter(({ state }) => state === 'sending')).toHaveLength(4)
  })

  it('leaves what may not go, or is gone as it is looked at', () => {
    const { outbox, batch, all } = open()
    outbox.adopt([batch('a'), batch('b'), batch('c')], 'home')
    const claimed = outbox.claim('events', 1e6, (entry) => {
      if (entry.id === 'b') outbox.remove([entry])
      return entry.id !== 'a'
    })
    expect(ids(claimed)).toEqual(['c'])
    expect(all().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'waiting'],
      ['c', 'sending'],
    ])
    outbox.unclaim(claimed)
    expect(claimed[0]).toMatchObject({ state: 'waiting' })
  })
})

describe('a removed batch', () => {
  it('is deleted from disk later, where it may be there', () => {
    const { outbox, only, save } = open()
    outbox.add('events', 'a', 1)
    const entry = save(only())
    outbox.remove([entry])
    outbox.remove([entry])
    expect([...outbox.gone]).toEqual([[entry.id, { home: 'home', id: entry.id }]])
    outbox.add('events', 'b', 1)
    outbox.remove([only()])
    expect(outbox.gone.size).toBe(1)
  })

  it('leaves its hashes behind where no other page would find them', () => {
    const { outbox, all } = open()
    for (const item of ['a', 'b', 'c']) {
      outbox.add('events', item, 1)
      const entry = all().at(-1) as Entry
      Object.assign(entry, { hashes: [`hash of ${item}`], isUnique: true })
    }
    const [stored, putAtOnce] = all() as [Entry, Entry]
    Object.assign(stored, { disk: 'yes', hashes: [] })
    putAtOnce.disk = 'yes'
    outbox.remove(all())
    expect([...outbox.unstored]).toEqual(['hash of b', 'hash of c'])
  })

  it('is one of its own at first: not sifted, not suspect, but for one that came back', () => {
    const { outbox, batch } = open()
    expect(outbox.entryOf(batch('a'))).toMatchObject({ isUnique: false, isSuspect: false, isUntried: false })
    expect(outbox.entryOf(batch('a', { isRestored: true }))).toMatchObject({ isUnique: true, isRestored: true })
  })

  it('is unsaved until its writing began', () => {
    const { outbox, all } = open()
    outbox.add('events', 'a', 1)
    outbox.add('impressions', 'b', 1)
    outbox.add('keys', 'c', 1)
    const [first, second, third] = all() as [Entry, Entry, Entry]
    first.disk = 'writing'
    second.disk = 'yes'
    expect(outbox.unsaved()).toEqual([third])
  })

  it('that comes back waits once, as if it had never been on disk', () => {
    const { outbox, only, save, dropped } = open({ maxItems: 1 })
    outbox.add('events', 'a', 1)
    const entry = Object.assign(save(only()), { state: 'sending' })
    outbox.remove([entry])
    outbox.restore([entry])
    outbox.restore([entry])
    expect(only()).toMatchObject({ state: 'waiting', disk: 'no', home: '' })
    expect(only()).toMatchObject({ isRestored: true, isUnique: true })
    expect(outbox.gone.size).toBe(0)
    outbox.keepLimits()
    expect(dropped).toEqual([])
    outbox.add('events', 'b', 1)
    expect(dropped).toHaveLength(1)
  })

  it('does not come back once it is known to have arrived', () => {
    const { outbox, only, all } = open()
    outbox.add('events', 'a', 1)
    const entry = only()
    outbox.remove([entry])
    outbox.arrived.add(entry.id)
    outbox.restore([entry])
    expect(all()).toEqual([])
  })
})

describe('what is too big', () => {
  it('waits again, where it was several batches', () => {
    const { outbox, batch, all } = open()
    outbox.adopt([batch('a'), batch('b')], 'home')
    expect(outbox.split(outbox.claim('events', 1e6))).toBe(true)
    expect(all().map(({ id, state }) => [id, state])).toEqual([
      ['a', 'waiting'],
      ['b', 'waiting'],
    ])
  })

  it('goes in halves before all others, which replace it on disk together', () => {
    const { outbox, batch, all } = open()
    outbox.adopt([batch('younger')], 'home')
    outbox.adopt([batch('a', { items: [1, 2, 3], bytes: 30 })], 'home')
    const [entry] = outbox.claim('events', 10) as [Entry]
    entry.hashes = ['hash']
    expect(outbox.split([entry])).toBe(true)
    const [one, two, younger] = all() as [Entry, Entry, Entry]
    expect([one, two]).toMatchObject([
      { items: [1], bytes: 15, disk: 'no', state: 'waiting', isRestored: true, replaces: [], hashes: ['hash'] },
      { items: [2, 3], bytes: 15, disk: 'no', state: 'waiting', isRestored: true, hashes: ['hash'] },
    ])
    expect(two.replaces).toEqual([{ home: 'home', id: 'a' }])
    expect(younger.id).toBe('younger')
    expect(new Set([one.id, two.id, 'a']).size).toBe(3)
    outbox.claim('events', 15)
    expect(outbox.split(outbox.claim('events', 15))).toBe(true)
    expect(all().map(({ items }) => items)).toEqual([[2], [3], [1], ['younger']])
  })

  it('cannot be split where it is one item, or gone', () => {
    const { outbox, batch, only } = open()
    expect(outbox.split([])).toBe(false)
    outbox.adopt([batch('a')], 'home')
    const [entry] = outbox.claim('events', 1) as [Entry]
    expect(outbox.split([entry])).toBe(false)
    expect(only()).toMatchObject({ id: 'a', state: 'waiting' })
    outbox.resize(entry, [1, 2])
    outbox.remove([entry])
    expect(outbox.split([entry])).toBe(false)
    expect(outbox.entries.size).toBe(0)
  })
})

describe('batches of a dead page', () => {
  it('go before all others, without what must stay home, and once', () => {
    const { outbox, batch, all } = open()
    outbox.add('events', 'own', 1)
    const dead = batch('a', { kind: 'impressions', items: [{ f: 'f', r: 'label' }] })
    outbox.adopt([Object.assign(outbox.entryOf(dead), { hashes: ['hash'] }), batch('b')], 'theirs')
    outbox.adopt([batch('b', { items: ['again'] })], 'theirs')
    expect(all()).toMatchObject([
      { id: 'a', items: [{ f: 'f' }], home: 'theirs', disk: 'yes', hashes: [], isUnique: true, isUntried: true },
      { id: 'b', items: ['b'] },
      { items: ['own'], isUntried: false },
    ])
    expect(all()[0]?.items[0]).not.toHaveProperty('r')
  })

  it('that lie in its note keep to it, and are on no disk', () => {
    const { outbox, batch, only } = open()
    outbox.adopt([batch('a')], 'theirs', true)
    expect(only()).toMatchObject({ notedBy: 'theirs', home: '', disk: 'no' })
  })

  it('count for the limits once something was tried', () => {
    const { outbox, batch, dropped, all } = open({ maxItems: 2 })
    outbox.adopt([batch('a'), batch('b'), batch('c')], 'home')
    outbox.keepLimits()
    outbox.add('events', 'own', 1)
    expect(dropped).toEqual([])
    outbox.unclaim(outbox.claim('events', 1))
    expect(dropped.map(([, items]) => items)).toEqual([['a'], ['b']])
    expect(all().every(({ isUntried }) => !isUntried)).toBe(true)
  })
})

describe('the limits', () => {
  it.each([
    ['bytes', { maxBytes: 20_480 }],
    ['items', { maxItems: 2 }],
  ])('of %s cost the oldest batch that is not on its way', (_, limits) => {
    const { outbox, items, all, dropped } = open(limits)
    outbox.add('events', 'a', 10_240)
    outbox.claim('events', 1)
    outbox.add('events', 'b', 10_240)
    expect(dropped).toEqual([])
    outbox.add('events', 'c', 10_240)
    expect(dropped).toEqual([['events', ['b']]])
    expect(items()).toEqual([['a'], ['c']])
    outbox.remove(all())
    outbox.add('events', 'd', 10_240)
    outbox.add('events', 'e', 10_240)
    expect(dropped).toHaveLength(1)
  })

  it('cost a batch that would take more: the next item begins another', () => {
    const { outbox, items, dropped } = open({ maxBytes: 100 })
    outbox.add('events', 'a', 101)
    outbox.add('events', 'b', 1)
    expect([dropped, items()]).toEqual([[['events', ['a']]], [['b']]])
  })

  it('of age cost what is older by the clock that never jumps, young ones before it do not', () => {
    const { outbox, batch, time, dropped } = open()
    outbox.adopt(
      [batch('young'), batch('old', { at: time.now - 1_001 }), batch('ahead', { at: time.now + 9e9 })],
      'home',
    )
    time.now += 1e9
    outbox.keepLimits()
    expect(dropped).toEqual([['events', ['old']]])
    time.elapsed += 1_000
    outbox.keepLimits()
    expect(dropped).toHaveLength(1)
    time.elapsed++
    outbox.keepLimits()
    expect(dropped).toHaveLength(3)
  })
})

describe('a batch with fewer items', () => {
  it('is smaller, and counts for less', () => {
    const { outbox, only, dropped } = open({ maxItems: 40 })
    for (let n = 0; n < 4; n++) outbox.add('events', n, 10)
    const entry = only()
    outbox.resize(entry, [0])
    expect(entry).toMatchObject({ items: [0], bytes: 10 })
    for (let n = 0; n < 39; n++) outbox.add('events', n, 1)
    expect(dropped).toEqual([])
    outbox.add('events', 'one more', 1)
    expect(dropped).toHaveLength(1)
  })

  it('is removed without any, here or elsewhere', () => {
    const { outbox, only, batch, dropped } = open({ maxItems: 1 })
    outbox.add('events', 'a', 1)
    const elsewhere = outbox.entryOf(batch('elsewhere', { items: [1, 2, 3] }))
    for (const items of [[1], []]) outbox.resize(elsewhere, items)
    expect(outbox.entries.size).toBe(1)
    outbox.resize(only(), [])
    expect(outbox.entries.size).toBe(0)
    outbox.add('events', 'b', 1)
    expect(dropped).toEqual([])
    outbox.add('events', 'c', 1)
    expect(dropped).toEqual([['events', ['b']]])
  })
})

it('leaves what is said, and takes all else out of memory, with what was still to be done', () => {
  const { outbox, only, all, batch } = open()
  outbox.adopt([batch('saved'), batch('delivered')], 'home')
  outbox.remove(all().slice(1))
  outbox.unstored.add('hash')
  expect(outbox.gone.size).toBe(1)
  outbox.add('events', 'kept', 1)
  const kept = all().at(-1) as Entry
  const left = outbox.leave([kept])
  expect(ids(left)).toEqual(['saved'])
  outbox.remove(left)
  expect(only()).toBe(kept)
  expect([outbox.has(kept), outbox.has(outbox.entryOf(kept)), outbox.gone.size]).toEqual([true, false, 0])
  expect(outbox.unstored.size).toBe(0)
  outbox.add('events', 'next', 1)
  expect(outbox.entries.size).toBe(2)
  expect(outbox.leave()).toHaveLength(2)
  expect(outbox.entries.size).toBe(0)
})
