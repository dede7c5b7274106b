import { describe, expect, it } from 'vitest'
import { packing } from '../../../../src/impressions/packing'
import { createDedupe } from '../../../../src/late/delivery/dedupe'
import { createLeftovers } from '../../../../src/late/delivery/leftovers'
import { createLife } from '../../../../src/late/delivery/life'
import { createHub } from '../../../../src/shared/hub'
import { createLog } from '../../../../src/shared/log'
import { createStops } from '../../../../src/shared/stops'
import { createHandClock, turn } from './createHandClock'
import { createRoomyOutbox } from './createRoomyOutbox'
import type { Batch } from '../../../../src/late/delivery/batch'
import type { HideNotes } from '../../../../src/browser/hideNote'
import type { Note } from '../../../../src/impressions/packing'
import type { Change, OutboxStore } from '../../../../src/late/delivery/outboxStore'
import type { Channel } from '../../../../src/late/delivery/types'

const NOW = 1_700_000_000_000
const WAIT_MS = 2_000
const batch = (id: string, over: Partial<Batch> = {}): Batch => ({
  id,
  kind: 'events',
  mode: 'OPTIMIZED',
  at: NOW,
  items: [`item of ${id}`],
  bytes: 100,
  ...over,
})
const impressions = (id: string, ...flags: string[]) =>
  batch(id, { kind: 'impressions', items: flags.map((f) => ({ f, m: NOW })) })
const noteOf = (over: Partial<Note>) =>
  packing.writeNote({ delivered: [], doubtful: [], batches: [], seen: [], ...over }, 1e6).text as string

/** A page that holds its lock, what others left on disk and in notes, and locks that living pages hold. */
async function open({
  disk = {},
  texts = {},
}: { disk?: Record<string, Batch[]>; texts?: Record<string, string> } = {}) {
  const { timers, clock } = createHandClock()
  const held = new Set<string>()
  const asked: string[] = []
  const idOf = (name: string) => name.replace('pennon:2:scope:', '')
  const hub = createHub(createLog(console, 'none'))
  const stops = createStops()
  const life = createLife({
    locks: {
      async take(name) {
        asked.push(idOf(name))
        if (held.has(idOf(name))) return undefined
        held.add(idOf(name))
        return () => void held.delete(idOf(name))
      },
      held: async () => [...held],
    },
    scope: 'scope',
    clock,
    hub,
    stops,
  })
  const channels = new Map<string, Channel>()
  for (const channel of [{ kind: 'events' }, { kind: 'impressions', identity: ['f'] }])
    channels.set(channel.kind, channel as unknown as Channel)
  const outbox = createRoomyOutbox(channels, clock)
  const expired: boolean[][] = []
  const ages = [-1_001, -1_000, 0, 1_000, 1_001]
  const notes = {
    lives: () => Object.keys(texts),
    read: (id: string) => texts[id],
    remove: (id: string) => void delete texts[id],
    expire: (isRecent: (time: number) => boolean) => expired.push(ages.map((age) => isRecent(NOW + age))),
    openHour: () => true,
    failingSince: () => 0,
  } as unknown as HideNotes
  const dedupe = createDedupe({
    clock,
    channels,
    outbox,
    endpoints: { learn: () => undefined },
    notes,
    onRepeated: () => undefined,
  })
  const changes: Record<string, Change | undefined> = {}
  const asks: { lives: boolean[][] } = { lives: [] }
  const store = {
    async lives(isRecent: (time: number) => boolean) {
      asks.lives.push(ages.map((age) => isRecent(NOW + age)))
      return Object.keys(disk)
    },
    async transact(decide: (found: Batch[]) => Change | undefined, home: string) {
      changes[home] = decide(disk[home] ?? [])
    },
  } as unknown as OutboxStore
  const kept: string[] = []
  const consent = { isGranted: true }
  const state = {
    isHidden: false,
    mayStore: true,
    send: () => Promise.resolve(),
    sent: 0,
    predecessors: 0,
    logged: [] as string[],
  }
  const leftovers = createLeftovers({
    outbox,
    dedupe,
    life,
    clock,
    page: { isHidden: () => state.isHidden },
    notes,
    consent,
    limits: { maxAgeMs: 1_000 },
    hub,
    stops,
    databaseNames: async () => (state.predecessors++, []),
    writeAhead: { usableStore: () => (state.mayStore ? store : undefined) },
    hide: { renewNote: (id: string) => kept.push(id) },
    send() {
      state.sent++
      return state.send()
    },
    log: { debug: (line: string) => state.logged.push(line) },
  } as unknown as Parameters<typeof createLeftovers>[0])
  life.begin()
  await life.whenAnswered
  // The looks of the tests begin when these say so.
  const start = () => hub.emit('usable', undefined)
  timers.splice(0)
  return {
    start,
    stops,
    leftovers,
    life,
    consent,
    outbox,
    dedupe,
    store,
    state,
    timers,
    held,
    asked,
    asks,
    expired,
    changes,
    texts,
    kept,
    ids: () => [...outbox.entries.keys()],
    /** Looks, and waits for notes that are late. */
    async look() {
      const looked = leftovers.look()
      await turn()
      for (const { run } of timers.splice(0)) run()
      await looked
    },
  }
}

describe('a look', () => {
  it('takes over what dead pages left 2 s after it had their locks, and sends it', async () => {
    const { leftovers, timers, ids, state, outbox, held, life, asks, expired, changes } = await open({
      disk: { dead: [batch('a')] },
    })
    const looked = leftovers.look()
    await turn()
    expect(timers.map(({ ms, isBackground }) => [ms, isBackground])).toEqual([[WAIT_MS, true]])
    expect([ids(), state.sent]).toEqual([[], 0])
    timers[0]?.run()
    await looked
    expect([...outbox.entries.values()]).toMatchObject([{ id: 'a', home: 'dead', disk: 'yes' }])
    expect(changes['dead']).toEqual({ remove: [], put: [], seen: [] })
    expect(state.sent).toBe(1)
    expect([...held]).toEqual([life.id, 'dead'])
    // What is older than the limit is nobody's any more.
    const inBothDirections = [[false, true, true, true, false]]
    expect([asks.lives, expired]).toEqual([inBothDirections, inBothDirections])
  })

  it('finds also who left a note alone, and asks once for a lock', async () => {
    const { look, ids, asked, texts, changes } = await open({
      disk: { both: [batch('a')] },
      texts: { both: noteOf({ seen: ['hash'] }), noted: noteOf({ batches: [batch('b')] }) },
    })
    await look()
    expect(asked.slice(1)).toEqual(['both', 'noted'])
    expect(ids().sort()).toEqual(['a', 'b'])
    expect(texts).toEqual({})
    expect(changes['noted']).toEqual({
      remove: [],
      put: [expect.objectContaining({ id: 'b', home: 'noted' })],
      seen: [],
    })
  })

  it('leaves alone what living pages and this one have, and then has nothing to wait for', async () => {
    const disk: Record<string, Batch[]> = { living: [batch('a')] }
    const { leftovers, life, held, timers, state, asked } = await open({ disk })
    held.add('living')
    disk[life.id] = [batch('own')]
    await leftovers.look()
    expect([timers, state.sent]).toEqual([[], 0])
    expect(asked).toEqual([life.id, 'living'])
  })

  it('takes the next life only once what the last one left was tried', async () => {
    const { leftovers, ids, state, timers } = await open({ disk: { one: [batch('a')], two: [batch('b')] } })
    let tried = () => {}
    state.send = () => new Promise<void>((resolve) => (tried = resolve))
    void leftovers.look()
    await turn()
    timers[0]?.run()
    await turn()
    expect(ids()).toEqual(['a'])
    tried()
    await turn()
    expect(ids().sort()).toEqual(['a', 'b'])
  })

  it('sends nothing where a life turns out to be empty, and releases it', async () => {
    const { look, state, held, life } = await open({ disk: { dead: [] } })
    await look()
    expect([state.sent, [...held]]).toEqual([0, [life.id]])
  })

  it('that is under way is the same one; a later one is another', async () => {
    const { leftovers, look, asks } = await open()
    const first = leftovers.look()
    expect(leftovers.look()).toBe(first)
    await first
    await look()
    expect(asks.lives).toHaveLength(2)
  })

  it('takes nothing from disk while nothing can be deleted there', async () => {
    const { look, state, asks, asked, ids, life } = await open({ disk: { dead: [batch('a')] } })
    state.mayStore = false
    await look()
    expect([asks.lives, asked, ids()]).toEqual([[], [life.id], []])
  })

  it.each(['its user was not asked yet', 'its life has ended'])('asks for no lock while %s', async (why) => {
    const { leftovers, life, consent, state, asked } = await open({
      disk: { dead: [batch('a')] },
      texts: { noted: noteOf({ batches: [batch('b')] }) },
    })
    asked.length = 0
    if (why === 'its life has ended') life.end()
    else consent.isGranted = false
    void leftovers.look()
    await turn()
    expect([asked, state.predecessors]).toEqual([[], 0])
    // With both it does.
    consent.isGranted = true
    life.begin()
    await life.whenAnswered
    void leftovers.look()
    await turn()
    expect(asked.slice(-2)).toEqual(['dead', 'noted'])
  })

  it('that fails is said for who debugs, and releases what it holds', async () => {
    const { look, store, state, held, life, ids } = await open({ disk: { dead: [batch('a')] } })
    const { transact } = store
    store.transact = () => Promise.reject(new Error('full'))
    await look()
    expect(state.logged).toEqual(['adopt: Error: full'])
    expect([...held]).toEqual([life.id])
    store.transact = transact
    await look()
    expect(ids()).toEqual(['a'])
  })

  it('learns what pages noted that live, also again', async () => {
    const { look, dedupe, outbox, texts, held } = await open()
    const recorded = () => {
      const entry = outbox.entryOf(impressions('probe', 'flag'))
      dedupe.sift([entry])
      return entry
    }
    dedupe.learnNotes()
    const { hashes } = recorded()
    dedupe.forgetAll()
    held.add('living')
    texts['living'] = noteOf({ seen: hashes })
    await look()
    expect(recorded().items).toEqual([])
  })
})

it('looks are 1 s after the start, then less and less often, up to once a minute, until the end', async () => {
  const { start, stops, timers, asks } = await open()
  start()
  const pauses: unknown[] = []
  for (let n = 0; n < 8; n++) {
    const [timer] = timers.splice(0)
    pauses.push(timer?.isBackground && timer.ms)
    timer?.run()
    await turn()
  }
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000])
  expect(asks.lives).toHaveLength(8)
  stops.stop()
  expect(timers).toEqual([])
  const never = await open()
  never.stops.stop()
  expect(never.timers).toEqual([])
})

it('a hidden page leaves looks to visible ones for a minute, and then looks as well', async () => {
  const { start, timers, asks, state } = await open()
  start()
  const pass = async () => {
    const [timer] = timers.splice(0)
    timer?.run()
    await turn()
    return [timer?.ms, asks.lives.length]
  }
  expect(await pass()).toEqual([1_000, 1])
  state.isHidden = true
  expect(await pass()).toEqual([2_000, 1])
  expect(await pass()).toEqual([60_000, 2])
  expect(await pass()).toEqual([60_000, 3])
})

it('what 0.1.0 left is asked for once, where it can be stored', async () => {
  const { look, state } = await open()
  state.mayStore = false
  await look()
  expect(state.predecessors).toBe(0)
  state.mayStore = true
  await look()
  await look()
  expect(state.predecessors).toBe(1)
})

describe('a look ends with the life that began it,', () => {
  const disk = { one: [batch('a')], two: [batch('b')] }

  it('while it asks who left something', async () => {
    const { leftovers, life, timers, asked } = await open({ disk })
    void leftovers.look()
    life.end()
    await turn()
    expect(asked).toHaveLength(1)
    expect(timers.map(({ ms }) => ms)).not.toContain(WAIT_MS)
  })

  it('while it waits for late notes', async () => {
    const { leftovers, life, timers, held, changes, state } = await open({ disk })
    const looked = leftovers.look()
    await turn()
    life.end()
    timers[0]?.run()
    await looked
    expect([changes, state.sent, [...held]]).toEqual([{}, 0, []])
  })

  it('while its transaction waits for another: it changes nothing', async () => {
    const { look, life, store, ids, changes, texts } = await open({ disk, texts: { one: noteOf({ seen: ['hash'] }) } })
    const { transact } = store
    store.transact = (...given) => {
      life.end()
      return transact(...given)
    }
    await look()
    expect([changes, ids()]).toEqual([{ one: undefined }, []])
    expect(texts).toHaveProperty('one')
  })

  it('while its transaction is completed: the batches are found by who has the lock next', async () => {
    const { look, life, store, ids, texts, state } = await open({ disk, texts: { one: noteOf({ seen: ['hash'] }) } })
    const { transact } = store
    store.transact = async (...given) => {
      await transact(...given)
      life.end()
    }
    await look()
    expect([ids(), state.sent]).toEqual([[], 0])
    expect(texts).toHaveProperty('one')
  })

  it('and what the next life adopted meanwhile stays adopted', async () => {
    const { look, life, state, held } = await open({ disk })
    state.send = async () => {
      life.end()
      await life.adopt('two')
    }
    await look()
    expect([...held]).toEqual(['two'])
  })

  it('and where the store may not be used any more: its locks are released', async () => {
    const { leftovers, state, timers, held, life, changes } = await open({ disk })
    const looked = leftovers.look()
    await turn()
    state.mayStore = false
    timers[0]?.run()
    await looked
    expect([changes, [...held]]).toEqual([{}, [life.id]])
  })

  it('and where the store may not be used as the transaction begins: it changes nothing', async () => {
    const { look, state, store, changes, ids } = await open({ disk: { one: [batch('a')] } })
    const { transact } = store
    store.transact = (...given) => {
      state.mayStore = false
      return transact(...given)
    }
    await look()
    expect([changes, ids()]).toEqual([{ one: undefined }, []])
  })

  it('and what its note says is left to a later look, where the store may not be used, or fails', async () => {
    const noted = { id: 'a', kind: 'impressions', mode: 'OPTIMIZED', at: NOW, bytes: 9, items: [{ f: 'flag', m: NOW }] }
    const { look, state, store, texts, ids, outbox } = await open({ texts: { dead: noteOf({ batches: [noted] }) } })
    const { transact } = store
    store.transact = (...given) => {
      state.mayStore = false
      return transact(...given)
    }
    await look()
    state.mayStore = true
    store.transact = async (...given) => {
      await transact(...given)
      throw new Error('aborted')
    }
    await look()
    expect([ids(), Object.keys(texts)]).toEqual([[], ['dead']])
    store.transact = transact
    await look()
    expect([...outbox.entries.values()].map(({ items }) => items)).toEqual([noted.items])
    expect(Object.keys(texts)).toEqual([])
  })

  it('and the user declines as it is written: nothing of it comes into memory', async () => {
    const { look, store, consent, ids } = await open({ disk: { dead: [batch('a')] } })
    const { transact } = store
    store.transact = async (...given) => {
      await transact(...given)
      consent.isGranted = false
    }
    await look()
    expect(ids()).toEqual([])
  })
})

describe('a dead life that was adopted', () => {
  it('is released by the next look once nothing of it is left, in memory or to be deleted', async () => {
    const { look, outbox, held, life } = await open({ disk: { dead: [batch('a')] } })
    await look()
    await look()
    expect([...held]).toEqual([life.id, 'dead'])
    outbox.remove([...outbox.entries.values()])
    await look()
    expect([...held]).toEqual([life.id, 'dead'])
    outbox.gone.clear()
    const asking = look()
    expect([...held]).toEqual([life.id])
    await asking
  })

  it('is kept for a note that was late, which is done as well', async () => {
    const { look, outbox, texts, asked, ids, changes } = await open({ disk: { dead: [batch('a'), batch('b')] } })
    await look()
    texts['dead'] = noteOf({ delivered: ['a'] })
    await look()
    expect(asked.filter((id) => id === 'dead')).toHaveLength(1)
    expect(ids()).toEqual(['b'])
    expect(changes['dead']).toMatchObject({ remove: [{ home: 'dead', id: 'a' }], put: [] })
    expect([texts, outbox.gone.has('a')]).toEqual([{}, true])
  })

  it('is not looked at again without one', async () => {
    const { look, changes } = await open({ disk: { dead: [batch('a')] } })
    await look()
    delete changes['dead']
    await look()
    expect(changes).toEqual({})
  })

  it('is not released while a late note of it waits', async () => {
    const { leftovers, life, held, texts, store } = await open()
    await life.adopt('dead')
    texts['dead'] = noteOf({ seen: ['hash'] })
    store.lives = () => Promise.reject(new Error('no'))
    await leftovers.look()
    expect(held).toContain('dead')
  })
})

describe('a note, while nothing can be stored,', () => {
  const openWithout = async (texts: Record<string, string>) => {
    const page = await open({ texts })
    page.state.mayStore = false
    return page
  }

  it('is taken into memory and sent, and kept until its page says that it was', async () => {
    const texts = { dead: noteOf({ batches: [impressions('a', 'flag')], seen: ['hash'] }) }
    const { look, outbox, state, kept, changes, held } = await openWithout({ ...texts })
    await look()
    expect([...outbox.entries.values()]).toMatchObject([
      { id: 'a', notedBy: 'dead', home: '', disk: 'no', hashes: [expect.any(String)], isUntried: true },
    ])
    expect([kept, state.sent, changes, [...outbox.unstored]]).toEqual([['dead'], 1, {}, ['hash']])
    expect(held).toContain('dead')
  })

  it('is taken also where another one cannot be read', async () => {
    const { look, ids } = await openWithout({ broken: '{', dead: noteOf({ batches: [batch('a')] }) })
    await look()
    expect(ids()).toEqual(['a'])
  })

  it('that only says what was seen is learned, and nothing is sent', async () => {
    const { look, outbox, state } = await openWithout({ dead: noteOf({ seen: ['hash'] }) })
    await look()
    expect([[...outbox.unstored], state.sent]).toEqual([['hash'], 0])
  })

  it('is taken once', async () => {
    const { look, kept, ids, asked } = await openWithout({ dead: noteOf({ batches: [batch('a')] }) })
    await look()
    await look()
    expect([kept, ids(), asked.slice(1)]).toEqual([['dead'], ['a'], ['dead']])
  })

  it('that tells of what is on disk, or cannot be read, stays as it is, and nobody waits for it', async () => {
    const texts = { stored: noteOf({ batches: [batch('a')], disk: true }), broken: '{' }
    const { leftovers, ids, timers, asked, life, texts: left } = await openWithout({ ...texts })
    await leftovers.look()
    expect([ids(), timers, asked, left]).toEqual([[], [], [life.id], texts])
  })

  it('that tells of it by the time that its lock is free for sure is left alone', async () => {
    const { leftovers, ids, timers, texts, kept, state } = await openWithout({
      dead: noteOf({ batches: [batch('a')] }),
    })
    const looked = leftovers.look()
    await turn()
    texts['dead'] = noteOf({ batches: [batch('a')], disk: true })
    timers.splice(0).forEach(({ run }) => run())
    await looked
    expect([ids(), kept, state.sent]).toEqual([[], [], 0])
  })

  it('is left alone where the store can be used again meanwhile', async () => {
    const page = await openWithout({ dead: noteOf({ batches: [batch('a')] }) })
    const looked = page.leftovers.look()
    await turn()
    page.state.mayStore = true
    page.timers.splice(0).forEach(({ run }) => run())
    await looked
    expect([page.ids(), page.kept, [...page.held]]).toEqual([[], [], [page.life.id]])
  })
})

describe('the note of a dead page', () => {
  it('says what is to be deleted; so does what this page heard of a post of an earlier life', async () => {
    const { look, outbox, ids, changes } = await open({
      disk: { dead: [batch('noted'), batch('heard'), batch('left')] },
      texts: { dead: noteOf({ delivered: ['noted'] }) },
    })
    outbox.arrived.add('heard')
    await look()
    expect(changes['dead']).toEqual({
      remove: ['noted', 'heard'].map((id) => ({ home: 'dead', id })),
      put: [],
      seen: [],
    })
    expect(ids()).toEqual(['left'])
  })

  it('leaves no doubt about what this page heard was refused after its life had ended', async () => {
    const { look, outbox, changes } = await open({
      disk: { dead: [batch('a')] },
      texts: { dead: noteOf({ doubtful: [['a', 7]] }) },
    })
    outbox.refused.add('a')
    await look()
    expect(outbox.entries.get('a')).not.toHaveProperty('doubt')
    expect([changes['dead']?.put, outbox.refused.size]).toEqual([[], 0])
  })

  it('says which posts nobody saw answered: that is on disk from then on', async () => {
    const { look, outbox, changes } = await open({
      disk: { dead: [batch('sure'), batch('stored')] },
      texts: {
        dead: noteOf({
          doubtful: [
            ['stored', 7],
            ['noted', 8],
          ],
          batches: [batch('noted')],
        }),
      },
    })
    await look()
    expect([...outbox.entries.values()].map(({ id, doubt }) => [id, doubt])).toEqual([
      ['sure', undefined],
      ['stored', 7],
      ['noted', 8],
    ])
    expect(changes['dead']?.put.map(({ id, home, doubt }) => [id, home, doubt])).toEqual([
      ['stored', 'dead', 7],
      ['noted', 'dead', 8],
    ])
    expect(outbox.entries.get('sure')).not.toHaveProperty('doubt')
  })

  it('holds batches: those that are on disk, delivered or known are there once', async () => {
    const { look, outbox, ids, changes } = await open({
      disk: { dead: [batch('stored')] },
      texts: {
        dead: noteOf({
          delivered: ['gone'],
          batches: ['stored', 'gone', 'known', 'fresh'].map((id) => batch(id, { items: ['noted'] })),
        }),
      },
    })
    outbox.adopt([batch('known')], 'dead')
    await look()
    expect(ids().sort()).toEqual(['fresh', 'known', 'stored'])
    expect(outbox.entries.get('stored')?.items).toEqual(['item of stored'])
    expect(changes['dead']?.put.map(({ id }) => id)).toEqual(['fresh'])
  })

  it.each([
    ['is on disk under its new life: the old record goes', 'yes', ['known']],
    ['could not be stored under its new life: the old record stays', 'no', []],
  ] as const)('a batch of an earlier life of this page %s', async (_what, disk, removed) => {
    const { look, life, outbox, ids, changes } = await open({ disk: { dead: [batch('known')] } })
    outbox.adopt([batch('known')], life.id)
    Object.assign(outbox.entries.get('known') ?? {}, { disk })
    await look()
    expect(ids()).toEqual(['known'])
    expect([...(changes['dead']?.remove ?? [])].map(({ id }) => id)).toEqual(removed)
  })

  it('and was written by something else is as none', async () => {
    const { look, ids, texts } = await open({ disk: { dead: [batch('a')] }, texts: { dead: '{' } })
    await look()
    expect([ids(), texts]).toEqual([['a'], {}])
  })

  it('is sifted: repetitions are not stored, and what is new is remembered with what it calls seen', async () => {
    const { look, outbox, ids, changes, dedupe } = await open({
      texts: {
        dead: noteOf({
          batches: [impressions('same', 'a'), impressions('part', 'a', 'b'), impressions('new', 'c')],
          seen: ['hash'],
        }),
      },
    })
    dedupe.sift([outbox.entryOf(impressions('own', 'a'))])
    const hashOf = (flag: string) => {
      dedupe.forgetAll()
      const entry = outbox.entryOf(impressions('probe', flag))
      dedupe.sift([entry])
      return entry.hashes[0]
    }
    await look()
    expect(ids()).toEqual(['part', 'new'])
    expect(outbox.entries.get('part')?.items).toEqual([{ f: 'b', m: NOW }])
    expect(changes['dead']?.put.map(({ id }) => id)).toEqual(['part', 'new'])
    expect(changes['dead']?.seen).toEqual([hashOf('b'), hashOf('c'), 'hash'])
  })

  it('calls seen what it handed over of its own batches; what it keeps is no repetition of itself', async () => {
    const kept = await open({ texts: { dead: noteOf({ batches: [impressions('a', 'flag')] }) } })
    await kept.look()
    expect(kept.ids()).toEqual(['a'])
    const gone = await open({ texts: { dead: noteOf({ delivered: ['a'], batches: [impressions('a', 'flag')] }) } })
    await gone.look()
    expect(gone.ids()).toEqual([])
    expect(gone.changes['dead']?.seen).toEqual(kept.changes['dead']?.seen)
    expect(gone.changes['dead']?.seen).toHaveLength(1)
  })
})
