import { describe, expect, it } from 'vitest'
import { createDedupe } from '../../../../src/late/delivery/dedupe'
import { createWriteAhead } from '../../../../src/late/delivery/writeAhead'
import { createLog } from '../../../../src/shared/log'
import { createHub } from '../../../../src/shared/hub'
import { createStops } from '../../../../src/shared/stops'
import { createHandClock, turn } from './createHandClock'
import { createRoomyOutbox } from './createRoomyOutbox'
import type { Batch, Entry } from '../../../../src/late/delivery/batch'
import type { Change } from '../../../../src/late/delivery/outboxStore'
import type { Channel } from '../../../../src/late/delivery/types'

const NOW = 1_700_000_000_000
const KIB = 1024
const quiet = createLog(console, 'none')

/** A page that holds its lock, and a store whose transactions take until they are let go. */
function open({ hasStore = true } = {}) {
  const { time, timers, clock } = createHandClock()
  const counted: { f: string }[] = []
  const channels = new Map<string, unknown>([
    ['events', { kind: 'events' }],
    [
      'impressions',
      {
        kind: 'impressions',
        identity: ['f'],
        repeated(item: { f: string }) {
          counted.push(item)
          outbox.dirty('counts')
        },
      },
    ],
    ['counts', { kind: 'counts', drain: () => counted.splice(0), merge: (items: unknown[]) => items }],
  ]) as Map<string, Channel>
  const outbox = createRoomyOutbox(channels, clock)
  const dedupe = createDedupe({
    clock,
    channels,
    outbox,
    endpoints: { learn: () => undefined },
    notes: undefined,
    onRepeated: () => undefined,
  })
  const state = {
    unsaved: [] as { url: string }[],
    seen: 0,
    /** How often the notes of the page were removed, because disk and memory say the same. */
    cleaned: 0,
    /** What a hidden page put at once. */
    put: undefined as Promise<unknown> | undefined,
    faults: [] as unknown[],
    /** What comes between the request for a transaction and the transaction, and between that and its end. */
    before: async () => {},
    after: async () => {},
    learn: async () => {},
  }
  const changes: (Change | undefined)[] = []
  const life = { number: 0, state: 'held', id: 'life' }
  const consent = { isGranted: true, isDeclined: false }
  const store = {
    learn: () => state.learn(),
    async transact(decide: () => Change | undefined) {
      await state.before()
      changes.push(decide())
      await state.after()
    },
  }
  const hub = createHub(quiet)
  const stops = createStops()
  const writeAhead = createWriteAhead({
    outbox,
    dedupe: {
      ...dedupe,
      see: () => {
        state.seen++
      },
    },
    endpoints: {
      unsaved: () => state.unsaved,
      saved: (saved: readonly { url: string }[]) =>
        (state.unsaved = state.unsaved.filter((one) => !saved.includes(one))),
    },
    store: hasStore ? store : undefined,
    life,
    clock,
    consent,
    channels,
    hide: { removeNotes: () => state.cleaned++, whenPut: () => state.put },
    hub,
    stops,
    onStorageFault: (fault: unknown) => state.faults.push(fault),
  } as unknown as Parameters<typeof createWriteAhead>[0])
  dedupe.hour()
  let batches = 0
  return {
    writeAhead,
    hub,
    stops,
    store,
    outbox,
    state,
    changes,
    life,
    consent,
    timers,
    time,
    all: () => [...outbox.entries.values()],
    add: (item = 'item', bytes = 100) => outbox.add('events', item, bytes),
    impression: (f: string) => outbox.add('impressions', { f, m: NOW }, 100),
    /** A batch that waits, and was looked through for repetitions already. */
    restore(bytes: number, over: Partial<Batch> = {}) {
      const id = `r${batches++}`
      outbox.restore([outbox.entryOf({ id, kind: 'events', mode: 'DEBUG', at: NOW, items: [id], bytes, ...over })])
      return id
    },
    put: () => changes.map((change) => (change?.put ?? []).map(({ id }) => id)),
    times: () => timers.map(({ ms }) => ms),
    /** Runs the one timer that waits. */
    async pass() {
      expect(timers).toHaveLength(1)
      const [timer] = timers.splice(0)
      time.elapsed += timer?.ms ?? 0
      timer?.run()
      await turn()
    },
  }
}

describe('what is written', () => {
  it('is what waits, under the life of the page, with all that belongs to it, and then memory says so', async () => {
    const { writeAhead, outbox, state, changes, add, impression, all } = open()
    add('a')
    impression('flag')
    Object.assign(all()[0] as Entry, { replaces: [{ home: 'older', id: 'replaced' }] })
    outbox.gone.set('gone', { home: 'dead', id: 'gone' })
    outbox.unstored.add('hash')
    const endpoint = { url: '/' }
    state.unsaved = [endpoint]
    await writeAhead.write()
    const [events, impressions] = all() as [Entry, Entry]
    expect(changes).toHaveLength(1)
    expect(changes[0]?.remove).toEqual([
      { home: 'dead', id: 'gone' },
      { home: 'older', id: 'replaced' },
    ])
    expect(changes[0]?.put).toMatchObject([
      { id: events.id, home: 'life' },
      { id: impressions.id, home: 'life' },
    ])
    expect(changes[0]?.seen).toEqual(['hash', expect.any(String)])
    expect(changes[0]?.endpoints).toEqual([endpoint])
    expect([outbox.gone.size, outbox.unstored.size, state.unsaved, state.cleaned]).toEqual([0, 0, [], 1])
    for (const entry of all()) expect(entry).toMatchObject({ disk: 'yes', home: 'life', replaces: [], hashes: [] })
  })

  it.each<[string, (page: ReturnType<typeof open>) => unknown]>([
    ['a deletion', ({ outbox }) => outbox.gone.set('a', { home: 'dead', id: 'a' })],
    ['what others must know of this hour', ({ outbox }) => outbox.unstored.add('hash')],
    ['how an endpoint answered', ({ state }) => state.unsaved.push({ url: '/' })],
    ['a batch', ({ add }) => add()],
  ])('may be %s alone', async (_, act) => {
    const page = open()
    act(page)
    await page.writeAhead.write()
    expect([page.changes.length, page.state.cleaned]).toEqual([1, 1])
  })

  it('may be of an integration that this page does not have', async () => {
    const { writeAhead, outbox, put, all } = open()
    outbox.add('integration of the page before', 'item', 100)
    await writeAhead.write()
    expect(put()).toEqual([all().map(({ id }) => id)])
  })

  it('is nothing where there is nothing, and while it cannot be', async () => {
    const { writeAhead, store, changes, add, life, consent } = open()
    await writeAhead.write()
    expect(writeAhead.usableStore()).toBe(store)
    add()
    for (const state of ['asked', 'alone', 'ended']) {
      life.state = state
      await writeAhead.write()
      expect(writeAhead.usableStore()).toBeUndefined()
    }
    life.state = 'held'
    consent.isGranted = false
    await writeAhead.write()
    expect([writeAhead.usableStore(), changes]).toEqual([undefined, []])
    const without = open({ hasStore: false })
    without.add()
    await without.writeAhead.write()
    expect([without.writeAhead.usableStore(), without.writeAhead.isWell()]).toEqual([undefined, true])
  })

  it('is taken when the transaction begins: repetitions are counted in the same one', async () => {
    const { writeAhead, changes, impression, state } = open()
    impression('flag')
    state.before = async () => impression('flag')
    await writeAhead.write()
    expect(changes).toHaveLength(1)
    expect(changes[0]?.put.map(({ kind, items }) => [kind, items.length])).toEqual([
      ['impressions', 1],
      ['counts', 1],
    ])
  })

  it('is one record of counts, which replaces the one before', async () => {
    const { writeAhead, changes, all, outbox } = open()
    outbox.add('counts', { f: 'flag' }, 10)
    await writeAhead.write()
    const [{ id }] = all() as [Entry]
    outbox.dirty('counts')
    await writeAhead.write()
    expect(changes[1]?.remove).toEqual([{ home: 'life', id }])
    expect(changes[1]?.put).toHaveLength(1)
  })

  it('is not clean before its transaction is complete', async () => {
    const { writeAhead, add, state } = open()
    let end = () => {}
    state.after = () => new Promise<void>((resolve) => (end = resolve))
    add()
    const writing = writeAhead.write()
    await turn()
    expect(state.cleaned).toBe(0)
    end()
    await writing
    expect(state.cleaned).toBe(1)
  })

  it('is one transaction at a time, with what came meanwhile in the next', async () => {
    const { writeAhead, add, state, changes } = open()
    let end = () => {}
    state.after = () => new Promise<void>((resolve) => (end = resolve))
    add('a')
    const writing = writeAhead.write()
    await turn()
    add('b')
    expect(writeAhead.write()).toBe(writing)
    await turn()
    expect(changes).toHaveLength(1)
    state.after = async () => {}
    end()
    await writing
    expect(changes.map((change) => change?.put.flatMap(({ items }) => items))).toEqual([['a'], ['b']])
    add('c')
    await writeAhead.write()
    expect(changes).toHaveLength(3)
  })
})

describe('one transaction', () => {
  it('takes batches as they were recorded until they are more than 192 KiB, and counts besides', async () => {
    const { writeAhead, add, all, put, outbox } = open()
    for (let n = 0; n < 25; n++) add('item', 8 * KIB)
    outbox.add('counts', { f: 'flag' }, 1)
    const ids = all().map(({ id }) => id)
    await writeAhead.writeSome()
    expect(put()).toEqual([[...ids.slice(0, 25), ids[25]]])
    for (let n = 0; n < 26; n++) add('item', 8 * KIB)
    outbox.add('counts', { f: 'flag' }, 1)
    await writeAhead.write()
    expect(put().map(({ length }) => length)).toEqual([26, 26, 1])
  })

  it('takes twice as much of what needs no look, and what is bigger alone', async () => {
    const { writeAhead, restore, put } = open()
    const [a, b, c] = [restore(300 * KIB), restore(84 * KIB), restore(1)]
    await writeAhead.write()
    expect(put()).toEqual([[a, b], [c]])
    const big = open()
    const d = big.restore(900 * KIB)
    const e = big.restore(1)
    await big.writeAhead.write()
    expect(big.put()).toEqual([[d], [e]])
  })

  it('is all that writeSome waits for', async () => {
    const { writeAhead, restore, state, changes } = open()
    restore(384 * KIB)
    restore(1)
    let ends = 0
    let isOver = false
    state.after = () => new Promise<void>((resolve) => (ends++ ? undefined : resolve()))
    await writeAhead.writeSome()
    void writeAhead.write().then(() => (isOver = true))
    await turn()
    expect([changes.length, ends, isOver, state.cleaned]).toEqual([2, 2, false, 0])
  })
})

describe('a transaction whose page', () => {
  it('ended the life meanwhile changes nothing, and nobody is told', async () => {
    const { writeAhead, add, state, life, changes, all } = open()
    add()
    state.before = async () => void Object.assign(life, { number: 1, state: 'ended' })
    await writeAhead.write()
    expect([changes, state.cleaned, all()[0]?.disk]).toEqual([[undefined], 0, 'no'])
  })

  it('may not store any more by then changes nothing', async () => {
    const { writeAhead, add, state, consent, changes, all } = open()
    add()
    state.before = async () => void (consent.isGranted = false)
    await writeAhead.write()
    expect([changes, all()[0]?.disk, state.faults]).toEqual([[undefined], 'no', []])
  })

  it('ends the life as it is completed is complete, and nobody is told', async () => {
    const { writeAhead, add, state, life, all } = open()
    add()
    state.after = async () => void Object.assign(life, { number: 1, state: 'ended' })
    await writeAhead.write()
    expect([all()[0]?.disk, state.cleaned]).toEqual(['yes', 0])
  })
})

describe('a fault of the store', () => {
  it('is told, batches are unsaved again, and it is left alone for 30 s', async () => {
    const { writeAhead, add, state, timers, all, changes, pass } = open()
    const fault = new Error('full')
    add()
    state.after = () => Promise.reject(fault)
    await writeAhead.write()
    expect([state.faults, all()[0]?.disk, state.cleaned]).toEqual([[fault], 'no', 0])
    expect([writeAhead.isWell(), writeAhead.usableStore()]).toEqual([false, undefined])
    expect(timers).toMatchObject([{ ms: 30_000, isBackground: true }])
    await writeAhead.write()
    expect(changes).toHaveLength(1)
    state.after = async () => {}
    await pass()
    expect(writeAhead.isWell()).toBe(true)
    expect([all()[0]?.disk, changes.length]).toEqual(['yes', 2])
  })

  it('is none where a hidden page broke the write off, to put at once what no note took: it is done again', async () => {
    const { writeAhead, add, state, all, changes } = open()
    add()
    state.after = () => {
      state.after = async () => {}
      state.put = Promise.resolve()
      return Promise.reject(new Error('aborted'))
    }
    await writeAhead.write()
    expect([state.faults, changes.length, all()[0]?.disk]).toEqual([[], 2, 'yes'])
  })

  it('as it is read makes one pause as well, and nothing is waited for any more', async () => {
    const { writeAhead, state, times } = open()
    state.learn = () => Promise.reject(new Error('no'))
    await writeAhead.read()
    await writeAhead.read()
    expect([times(), state.faults.length, state.seen]).toEqual([[30_000], 2, 2])
  })

  it.each(['read', 'write'] as const)('is none where the page went meanwhile (%s)', async (what) => {
    const { writeAhead, add, state, life, all } = open()
    add()
    const fail = async () => {
      Object.assign(life, { number: 1, state: 'ended' })
      throw new Error('aborted')
    }
    Object.assign(state, { learn: fail, after: fail })
    await writeAhead[what]()
    expect([writeAhead.isWell(), state.faults, all()[0]?.disk]).toEqual([true, [], 'no'])
  })

  it('has no pause any more once the page stopped', async () => {
    const { writeAhead, add, state, timers, stops } = open()
    add()
    state.after = () => Promise.reject(new Error('full'))
    await writeAhead.write()
    writeAhead.writeLater()
    stops.stop()
    expect(timers).toEqual([])
  })
})

it.each([true, false])('what others know is known once it was read, or there is no store', async (hasStore) => {
  const { writeAhead, state } = open({ hasStore })
  let reads = 0
  state.learn = async () => void reads++
  await writeAhead.read()
  expect([state.seen, reads, state.faults]).toEqual([1, hasStore ? 1 : 0, []])
})

describe('writing begins', () => {
  it('when the page gets its lock, until the end', async () => {
    const { add, hub, stops, changes } = open()
    add()
    hub.emit('usable', undefined)
    await turn()
    expect(changes).toHaveLength(1)
    stops.stop()
    add()
    hub.emit('usable', undefined)
    await turn()
    expect(changes).toHaveLength(1)
  })

  it('at once after a pause, and half a second after the last time otherwise', async () => {
    const { writeAhead, add, timers, times, pass, changes, time } = open()
    add()
    writeAhead.writeSoon()
    writeAhead.writeSoon()
    expect(timers).toMatchObject([{ ms: 0, isBackground: true }])
    await pass()
    expect(changes).toHaveLength(1)
    time.elapsed += 100
    add()
    writeAhead.writeSoon()
    expect(times()).toEqual([400])
    await pass()
    expect(changes).toHaveLength(2)
    time.elapsed += 500
    writeAhead.writeSoon()
    expect(times()).toEqual([0])
  })

  it('5 s after a count, or sooner with what is recorded meanwhile', () => {
    const { writeAhead, times, time } = open()
    writeAhead.writeLater()
    time.elapsed += 1_000
    writeAhead.writeLater()
    expect(times()).toEqual([5_000])
    writeAhead.writeSoon()
    expect(times()).toEqual([0])
    writeAhead.writeLater()
    expect(times()).toEqual([0])
  })

  it('never once the page stopped', () => {
    const { writeAhead, timers, stops } = open()
    writeAhead.writeLater()
    stops.stop()
    expect(timers).toEqual([])
  })

  it('once for all that asked, also where somebody writes before it was time', async () => {
    const { writeAhead, add, times, changes } = open()
    add()
    writeAhead.writeSoon()
    await writeAhead.write()
    expect([times(), changes.length]).toEqual([[], 1])
    writeAhead.writeLater()
    expect(times()).toEqual([5_000])
  })
})
