import 'fake-indexeddb/auto'
import { describe, expect, it, vi } from 'vitest'
import { requestResult } from '../../../../src/browser/requestResult'
import { createDefinitions } from '../../../../src/definitions/definitions'
import { textOf, traitsOf } from '../../../../src/definitions/entry'
import { createCacheWriter } from '../../../../src/late/sync/cacheWriter'
import {
  cacheOf,
  createDatabase,
  createFakeClock,
  flag,
  IMPATIENT,
  inSegment,
  settle,
  splitChanges,
} from '../../definitions/fakes'
import type { Clock } from '../../../../src/browser/clock'
import type { KeyValue } from '../../../../src/browser/keyValue'
import type { Stored } from '../../../../src/definitions/definitionsCache'
import type { CachedDefinitions, Definition, Header, Patch, Texts } from '../../../../src/definitions/types'

type Transactions = Pick<KeyValue, 'transact'>

const NOW = 1_700_000_000_000
const HOUR = 3_600_000
const FORMAT = 2
const NOBODY = { confirmedAt: NOW, answer: { ms: { k: [] }, ls: { k: [] } } }

interface PageOptions {
  scope?: string
  read?: CachedDefinitions
  /** Whether the stored definitions can be used. @default they can */
  isUsable?: boolean
  /** Whether the stored definitions were found to be damaged. */
  isCorrupt?: boolean
  clock?: Pick<Clock, 'elapsed' | 'after'>
}

/** One page: a snapshot in memory, and the writer. */
function openPage(
  keyValue: Transactions,
  { scope = 'scope', read, isUsable = true, isCorrupt = false, clock = IMPATIENT }: PageOptions = {},
) {
  const definitions = createDefinitions({})
  if (read) definitions.load(read)
  const state = { isStopped: false }
  const onFault = vi.fn()
  const onStored = vi.fn()
  const headerKey = ['header', scope]
  const textsKey = [scope, 'texts']
  const patchKey = [scope, 'patch']
  const get = <T>(store: IDBObjectStore, key: IDBValidKey) => requestResult(store.get(key) as IDBRequest<T | undefined>)
  const writer = createCacheWriter(
    {
      keyValue,
      scope,
      now: () => NOW,
      headerKey,
      textsKey,
      patchKey,
      isStopped: () => state.isStopped,
      async stored(store): Promise<Stored | undefined> {
        const [header, patch] = await Promise.all([get<Header>(store, headerKey), get<Patch>(store, patchKey)])
        if (!header || !isUsable) return undefined
        const { changeNumbers, confirmedAt } = patch ?? header
        const changes = JSON.parse(patch?.text ?? '{"changed":[[],[]],"removed":[[],[]]}') as Stored['changes']
        return { header, patch, changes, changeNumbers, confirmedAt }
      },
      read: () => read,
      isCorrupt: () => isCorrupt,
      format: FORMAT,
      textOf,
      traitsOf,
      onFault,
      onStored,
    },
    clock,
  )
  return {
    definitions,
    writer,
    state,
    onFault,
    onStored,
    write: (confirmedAt = NOW) => writer.writeDefinitions(definitions.snapshot, confirmedAt),
    /** The three records, with the text of each definition. */
    async disk() {
      const [header, stored, patch] = await keyValue.transact('readonly', (store) =>
        Promise.all([get<Header>(store, headerKey), get<Texts>(store, textsKey), get<Patch>(store, patchKey)]),
      )
      const bytes = new Uint8Array(stored instanceof Blob ? await stored.arrayBuffer() : (stored ?? new ArrayBuffer()))
      const { starts = new Uint32Array() } = header ?? {}
      const texts = [...starts.slice(1)].map((end, i) => new TextDecoder().decode(bytes.subarray(starts[i], end)))
      return { header, texts, patch, changes: patch && (JSON.parse(patch.text) as unknown) }
    },
  }
}

async function keys(keyValue: Transactions): Promise<IDBValidKey[]> {
  return keyValue.transact('readonly', (store) => requestResult(store.getAllKeys()))
}

/** A database that counts transactions, and fails where it is told to. */
function createWatched() {
  const database = createDatabase()
  const modes: IDBTransactionMode[] = []
  const watched = {
    modes,
    settled: database.settled,
    onPut: (_key: IDBValidKey | undefined, _value: unknown): void => undefined,
    transact<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => T | PromiseLike<T>) {
      modes.push(mode)
      return database.transact(mode, (store) => {
        const put = store.put.bind(store)
        vi.spyOn(store, 'put').mockImplementation((value: unknown, key) => {
          watched.onPut(key, value)
          return put(value, key)
        })
        return work(store)
      })
    },
  }
  return watched
}

const many = (count: number, changeNumber: number, padding = 0): Definition[] =>
  Array.from({ length: count }, (_, i) => flag(`flag${i}`, changeNumber, { padding: 'x'.repeat(padding) }))

describe('the layout', () => {
  it('is a header, and the texts one after the other', async () => {
    const database = createDatabase()
    const { definitions, write, disk, onStored } = openPage(database)
    const flags = [
      flag('é😀', 1, { sets: ['s'] }),
      flag('b', 2, { conditions: [inSegment('x')] }),
      flag('c', 3, { sets: ['s'] }),
    ]
    const segment = { name: 'r' }
    definitions.apply(splitChanges(10, flags, 5, [segment]))
    expect(onStored).not.toHaveBeenCalled()
    await write(NOW - 7)
    expect(onStored).toHaveBeenCalledTimes(1)
    expect(await keys(database)).toEqual([
      ['header', 'scope'],
      ['scope', 'texts'],
    ])
    const { header, texts } = await disk()
    expect(texts).toEqual([...flags, segment].map((raw) => JSON.stringify(raw)))
    const { generation, starts, ...rest } = header as Header
    expect(generation).toMatch(/^1700000000000-\d/)
    expect([starts.length, starts[0]]).toEqual([5, 0])
    expect(rest).toEqual({
      format: FORMAT,
      changeNumbers: { flags: 10, ruleBasedSegments: 5 },
      confirmedAt: NOW - 7,
      names: [['é😀', 'b', 'c'], ['r']],
      traits: [
        { usesSegments: false, trafficType: 'user', sets: ['s'] },
        { usesSegments: true, trafficType: 'user', sets: [] },
        { usesSegments: false, trafficType: undefined, sets: [] },
      ],
      trait: Uint32Array.of(0, 1, 0, 2),
    })
  })

  it('is the same where a text is longer than a slice, or fills it to the last letter', async () => {
    const { definitions, write, disk } = openPage(createDatabase())
    const lengths = [100_000, 87_000, 10, 400_000, 262_000, 3, 700_000]
    const flags = lengths.map((length, n) => flag(`flag${n}`, 1, { padding: '€'.repeat(length) }))
    definitions.apply(splitChanges(10, flags))
    await write()
    expect((await disk()).texts).toEqual(flags.map((raw) => JSON.stringify(raw)))
  })

  it('is bytes where the browser stores no files', async () => {
    const watched = createWatched()
    watched.onPut = (_key, value) => {
      if (value instanceof Blob) throw new DOMException('no files', 'DataCloneError')
    }
    const { definitions, write, disk } = openPage(watched)
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    await write()
    expect((await disk()).texts).toEqual([JSON.stringify(flag('a', 10))])
  })

  it('takes the texts of the cache over as they are', async () => {
    const spaced = `{ "name": "flag0", "changeNumber": 1 }`
    const { definitions, write, disk } = openPage(createDatabase(), {
      read: cacheOf([flag('flag0', 1)], { text: spaced }),
    })
    definitions.apply(splitChanges(200, [flag('new', 200)]))
    await write()
    expect((await disk()).texts).toEqual([spaced, JSON.stringify(flag('new', 200))])
  })
})

describe('nothing new', () => {
  it('is not written, nor asked about', async () => {
    const watched = createWatched()
    const { definitions, write } = openPage(watched)
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    await write()
    watched.modes.length = 0
    await write()
    await write(NOW + HOUR - 1)
    expect(watched.modes).toEqual([])
  })

  it('is not written after it was read', async () => {
    const watched = createWatched()
    await openPage(watched, { read: cacheOf([flag('a', 10)]) }).write(2)
    expect(watched.modes).toEqual([])
  })

  it.each([
    ['a cache', [flag('a', 10)]],
    ['a cache without definitions', []],
  ])('marks %s as confirmed once an hour, by a patch', async (_what, flags) => {
    const { definitions, write, disk } = openPage(createDatabase())
    definitions.apply(splitChanges(10, flags))
    await write()
    const before = await disk()
    await write(NOW + HOUR)
    const { header, patch, changes } = await disk()
    expect(header).toEqual(before.header)
    expect(patch).toMatchObject({ generation: header?.generation, confirmedAt: NOW + HOUR })
    expect(changes).toEqual({ changed: [[], []], removed: [[], []] })
    // The next hour counts from this confirmation.
    await write(NOW + 2 * HOUR - 1)
    expect((await disk()).patch?.confirmedAt).toBe(NOW + HOUR)
  })

  it('is found stored by a page that did not read it, which adds its changes to that', async () => {
    const watched = createWatched()
    const one = openPage(watched)
    one.definitions.apply(splitChanges(10, many(50, 1)))
    await one.write()
    one.definitions.apply(splitChanges(11, [flag('flag7', 11)]))
    await one.write()
    const before = await one.disk()
    const other = openPage(watched)
    other.definitions.apply(splitChanges(11, [...many(7, 1), flag('flag7', 11), ...many(50, 1).slice(8)]))
    watched.modes.length = 0
    await other.write()
    expect(watched.modes).toEqual(['readwrite'])
    expect(await other.disk()).toEqual(before)
    other.definitions.apply(splitChanges(12, [flag('flag3', 12)]))
    await other.write()
    const { header, changes } = await other.disk()
    expect(header).toEqual(before.header)
    expect(changes).toEqual({ changed: [[flag('flag3', 12), flag('flag7', 11)], []], removed: [[], []] })
  })

  it('is not a kill that came ahead of its definition, where another page stored the version before it', async () => {
    const database = createDatabase()
    const one = openPage(database)
    const other = openPage(database)
    one.definitions.apply(splitChanges(10, many(50, 1)))
    other.definitions.apply(splitChanges(10, many(50, 1)))
    await one.write()
    other.definitions.kill('flag3', 'dead', 11)
    await other.write()
    const killed = flag('flag3', 11, { killed: true, defaultTreatment: 'dead', padding: '' })
    for (const { definitions, write } of [one, other]) {
      definitions.apply(splitChanges(11, [killed]))
      await write()
      expect((await other.disk()).changes).toEqual({ changed: [[killed], []], removed: [[], []] })
    }
  })
})

describe('a patch', () => {
  async function openStored(count: number, padding = 0) {
    const page = openPage(createDatabase())
    page.definitions.apply(splitChanges(10, many(count, 1, padding), 3, [{ name: 'r1' }, { name: 'r2' }]))
    await page.write()
    const { generation } = (await page.disk()).header as Header
    return { ...page, generation }
  }

  it('says what changed and what went, of both kinds, since the texts were stored', async () => {
    const { definitions, write, disk, generation } = await openStored(100)
    definitions.apply(splitChanges(11, [flag('flag3', 11), flag('flag4', 11, { status: 'ARCHIVED' })], 3))
    await write(NOW + 1)
    definitions.apply(splitChanges(12, [flag('new', 12)], 4, [{ name: 'r3' }, { name: 'r1', status: 'ARCHIVED' }]))
    await write(NOW + 2)
    const { header, texts, patch, changes } = await disk()
    expect(header?.generation).toBe(generation)
    expect(texts).toHaveLength(102)
    expect(patch).toMatchObject({
      generation,
      changeNumbers: { flags: 12, ruleBasedSegments: 4 },
      confirmedAt: NOW + 2,
    })
    expect(changes).toEqual({
      changed: [[flag('flag3', 11), flag('new', 12)], [{ name: 'r3' }]],
      removed: [['flag4'], ['r1']],
    })
  })

  it('of more than a tenth becomes texts', async () => {
    const { definitions, write, disk, generation } = await openStored(100)
    definitions.apply(splitChanges(11, many(9, 11), 3))
    await write()
    expect((await disk()).header?.generation).toBe(generation)
    definitions.apply(splitChanges(12, many(12, 12), 3))
    await write()
    const { header, texts, patch } = await disk()
    expect(header?.generation).not.toBe(generation)
    expect(header?.changeNumbers.flags).toBe(12)
    expect(patch).toBeUndefined()
    expect(texts.filter((text) => text.includes('"changeNumber":12'))).toHaveLength(12)
    // The next write is a patch of these texts.
    definitions.apply(splitChanges(13, [flag('flag3', 13)], 3))
    await write()
    expect((await disk()).changes).toEqual({ changed: [[flag('flag3', 13)], []], removed: [[], []] })
  })

  it('of more than 128 Ki letters becomes texts, however many there are', async () => {
    const { definitions, write, disk, generation } = await openStored(30, 100_000)
    definitions.apply(splitChanges(11, many(1, 11, 100_000), 3))
    await write()
    expect((await disk()).header?.generation).toBe(generation)
    definitions.apply(splitChanges(12, many(2, 12, 100_000), 3))
    await write()
    const { header, patch } = await disk()
    expect(header?.generation).not.toBe(generation)
    expect(patch).toBeUndefined()
  })

  it('is not added to texts that are not those that were read', async () => {
    const database = createDatabase()
    const one = openPage(database)
    one.definitions.apply(splitChanges(50, many(20, 50)))
    await one.write()
    const { generation } = (await one.disk()).header as Header
    // This page read the generation `g`.
    const other = openPage(database, { read: cacheOf(many(100, 100)) })
    other.definitions.apply(splitChanges(101, [flag('flag0', 101)]))
    await other.write()
    const { header, texts, patch } = await other.disk()
    expect(header?.generation).not.toBe(generation)
    expect([texts.length, patch]).toEqual([100, undefined])
  })
})

describe('never backwards', () => {
  it.each([
    ['older', 9, 5],
    ['older in one and newer in the other', 11, 4],
  ])('what is %s is not stored, anew or as a patch', async (_what, flags, segments) => {
    const database = createDatabase()
    const page = openPage(database)
    page.definitions.apply(splitChanges(8, many(100, 1), 3))
    await page.write()
    const behind = openPage(database)
    behind.definitions.apply(splitChanges(8, many(100, 1), 3))
    // It knows the texts, so that its changes would be a patch.
    await behind.write()
    page.definitions.apply(splitChanges(10, [flag('flag1', 10)], 5))
    await page.write()
    const before = await page.disk()
    expect(before.patch?.changeNumbers).toEqual({ flags: 10, ruleBasedSegments: 5 })
    behind.definitions.apply(splitChanges(flags, [flag('flag2', flags)], segments))
    await behind.write()
    const fresh = openPage(database)
    fresh.definitions.apply(splitChanges(flags, many(3, flags), segments))
    await fresh.write()
    expect(await page.disk()).toEqual(before)
  })

  it('not even when another page was faster in the middle of a write', async () => {
    const watched = createWatched()
    const slow = openPage(watched)
    const fast = openPage(watched)
    slow.definitions.apply(splitChanges(10, many(3, 10, 200_000)))
    fast.definitions.apply(splitChanges(20, many(1, 20)))
    const { transact } = watched
    let isFirst = true
    watched.transact = async (mode, work) => {
      // This happens between two slices of the slow write.
      if (mode === 'readonly' && isFirst) {
        isFirst = false
        await fast.write()
      }
      return transact(mode, work)
    }
    await slow.write()
    expect(isFirst).toBe(false)
    expect((await fast.disk()).header?.changeNumbers.flags).toBe(20)
    expect((await fast.disk()).texts).toEqual([JSON.stringify(flag('flag0', 20, { padding: '' }))])
  })

  it('unless the service started anew', async () => {
    const { definitions, write, disk } = openPage(createDatabase())
    definitions.apply(splitChanges(100, many(100, 100)))
    await write()
    definitions.apply(splitChanges(5, [flag('b', 5)]), { flags: -1, ruleBasedSegments: -1 }, true)
    await write()
    const { header, texts, patch } = await disk()
    expect(header?.changeNumbers.flags).toBe(5)
    expect(texts).toEqual([JSON.stringify(flag('b', 5))])
    expect(patch).toBeUndefined()
    // The damaged cache is deleted only once.
    await write()
    expect((await disk()).header).toEqual(header)
  })
})

describe('all or nothing', () => {
  it('a failure leaves what was there, is told, and the next write makes up for it', async () => {
    const watched = createWatched()
    const page = openPage(watched)
    page.definitions.apply(splitChanges(10, many(5, 10)))
    await page.write()
    page.definitions.apply(splitChanges(11, [flag('flag0', 11)]))
    await page.write()
    const before = await page.disk()
    page.definitions.apply(splitChanges(20, many(5, 20)))
    watched.onPut = (key) => {
      if (JSON.stringify(key).includes('texts')) throw new Error('disk full')
    }
    await page.write()
    expect(page.onFault.mock.calls).toEqual([[new Error('disk full')]])
    expect(await page.disk()).toEqual(before)
    watched.onPut = () => undefined
    await page.write()
    expect((await page.disk()).texts).toEqual(many(5, 20).map((raw) => JSON.stringify(raw)))
  })

  it('a reset that failed is a reset still', async () => {
    const watched = createWatched()
    const { definitions, write, disk, onFault } = openPage(watched)
    definitions.apply(splitChanges(100, [flag('a', 100)]))
    await write()
    definitions.apply(splitChanges(5, [flag('b', 5)]), { flags: -1, ruleBasedSegments: -1 }, true)
    watched.onPut = () => {
      throw new Error('disk full')
    }
    await write()
    expect(onFault.mock.calls).toEqual([[new Error('disk full')]])
    watched.onPut = () => undefined
    await write()
    expect((await disk()).header?.changeNumbers.flags).toBe(5)
  })

  it('a write that the browser interrupts is told as such, though its texts cannot be read then', async () => {
    const watched = createWatched()
    const { definitions, write, onFault } = openPage(watched)
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    watched.onPut = () => {
      throw new Error('the page went')
    }
    const read = vi.spyOn(Blob.prototype, 'arrayBuffer').mockRejectedValueOnce(new Error('not readable'))
    await write()
    read.mockRestore()
    expect(onFault.mock.calls).toEqual([[new Error('the page went')]])
  })

  it('a stop between two slices leaves what was there', async () => {
    const watched = createWatched()
    const { definitions, write, state } = openPage(watched)
    definitions.apply(splitChanges(10, many(3, 10, 300_000)))
    const { transact } = watched
    watched.transact = (mode, work) => {
      state.isStopped = mode === 'readonly'
      return transact(mode, work)
    }
    await write()
    expect(watched.modes).toEqual(['readwrite', 'readonly'])
    expect(await keys(watched)).toEqual([])
  })

  it('what was found not to be whole is written anew, although its numbers are the same', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const [{ header }, page] = [await first.disk(), openPage(database, { isCorrupt: true })]
    page.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await page.writer.writeMemberships('user', NOBODY)
    expect((await page.disk()).header).toBeUndefined()
    await page.write()
    expect((await page.disk()).header).toEqual({ ...header, generation: expect.any(String) })
    expect((await page.disk()).header?.generation).not.toBe(header?.generation)
  })

  it('cleared definitions are written again, although nothing changed', async () => {
    const { definitions, writer, write, disk } = openPage(createDatabase())
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    await write()
    await writer.forgetDefinitions()
    expect((await disk()).header).toBeUndefined()
    await write()
    expect((await disk()).texts).toHaveLength(1)
  })
})

describe('a storm of updates', () => {
  it('is stored together: one write under way, one that waits, 300 ms between them', async () => {
    const watched = createWatched()
    const clock = createFakeClock(0, watched.settled)
    const begun: number[] = []
    const page = openPage(watched, { clock })
    watched.onPut = () => void begun.push(clock.now())
    page.definitions.apply(splitChanges(1, many(200, 1)))
    const writes = [page.write()]
    for (let i = 2; i <= 5000; i++) {
      page.definitions.apply(splitChanges(i, [flag(`flag${i % 200}`, i)]), { flags: i - 1 })
      writes.push(page.write(NOW + i))
      if (i % 100 === 0) await clock.advance(100)
    }
    await clock.advance(1000)
    await Promise.all(writes)
    const beginnings = [...new Set(begun)]
    expect(beginnings.length).toBeGreaterThan(10)
    expect(beginnings.length).toBeLessThanOrEqual(20)
    // The first write also looks at what is stored.
    expect(watched.modes.filter((mode) => mode === 'readwrite')).toHaveLength(beginnings.length + 1)
    beginnings.slice(1).forEach((at, i) => expect(at - (beginnings[i] as number)).toBeGreaterThanOrEqual(300))
    const { header, patch } = await page.disk()
    expect(patch ?? header).toMatchObject({ changeNumbers: { flags: 5000 }, confirmedAt: NOW + 5000 })
    expect(clock.pending()).toBe(0)
  })

  it.each([
    ['timers fire a millisecond early', 1, 0],
    ['what a write makes ready takes its time', 0, 20],
  ])('is written at least every 300 ms, and no sooner, although %s', async (_what, earlyMs, readyMs) => {
    const database = createDatabase()
    const clock = createFakeClock(0, database.settled)
    const begun: number[] = []
    let isFirst = true
    const page = openPage(
      {
        async transact(mode, work) {
          if (isFirst) await new Promise<void>((resolve) => void clock.after(readyMs, resolve))
          isFirst = false
          if (mode === 'readwrite') begun.push(clock.elapsed())
          return database.transact(mode, work)
        },
      },
      { clock: { elapsed: clock.elapsed, after: (ms, run) => clock.after(ms > 1 ? ms - earlyMs : ms, run) } },
    )
    page.definitions.apply(splitChanges(1, many(200, 1)))
    void page.write()
    await clock.advance(readyMs)
    const first = begun.splice(0).at(-1) as number
    page.definitions.apply(splitChanges(2, [flag('flag1', 2)]), { flags: 1 })
    void page.write()
    await clock.advance(310)
    expect(begun).toEqual([first + 300])
  })

  it('leaves no timer when it is stopped, and resolves who waits', async () => {
    const clock = createFakeClock(0)
    const { definitions, writer, write, state } = openPage(createDatabase(), { clock })
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    await write()
    definitions.apply(splitChanges(11, [flag('a', 11)]))
    const waiting = write()
    expect(clock.pending()).toBe(1)
    state.isStopped = true
    await writer.stop()
    expect(clock.pending()).toBe(0)
    await waiting
  })

  it('stores what waits when it is stopped, and leaves no other write', async () => {
    const clock = createFakeClock(0)
    const database = createDatabase()
    const { definitions, writer, write, state, disk } = openPage(database, { clock })
    definitions.apply(splitChanges(10, [flag('a', 10)]))
    void write()
    void writer.writeMemberships('user', NOBODY)
    await settle()
    definitions.apply(splitChanges(11, [flag('a', 11)]))
    void write()
    void writer.writeMemberships('another', NOBODY)
    state.isStopped = true
    await writer.stop()
    const { header, patch } = await disk()
    expect((patch ?? header)?.changeNumbers.flags).toBe(11)
    expect(await keys(database)).toEqual(
      expect.arrayContaining([
        ['scope', 'memberships', 'another'],
        ['scope', 'memberships', 'user'],
      ]),
    )
    expect(clock.pending()).toBe(0)
  })

  it('is stored after a write that could not begin', async () => {
    const watched = createWatched()
    const { transact } = watched
    let isBroken = true
    watched.transact = (mode, work) => (isBroken ? Promise.reject(new Error('broken')) : transact(mode, work))
    const page = openPage(watched, { isCorrupt: true })
    page.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await page.write()
    isBroken = false
    await page.write()
    expect((await page.disk()).texts).toHaveLength(1)
  })
})

describe('the limits', () => {
  async function store(database: Transactions, scope: string, isUsable = true): Promise<void> {
    const page = openPage(database, { scope, isUsable })
    page.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await page.write()
  }
  const scopes = async (database: Transactions) =>
    (await keys(database)).filter((key) => (key as string[])[0] === 'header').map((key) => (key as string[])[1])
  const eight = Array.from({ length: 8 }, (_, i) => `scope${i}`)

  it('eight scopes are kept; with one more, all others go, with what is stored about users', async () => {
    const database = createDatabase()
    await openPage(database, { scope: 'scope0' }).writer.writeMemberships('user', NOBODY)
    for (const scope of eight) await store(database, scope)
    expect(await scopes(database)).toEqual(eight)
    await store(database, 'one more')
    expect(await keys(database)).toEqual([
      ['header', 'one more'],
      ['one more', 'texts'],
    ])
  })

  it('what was stored of a user before the definitions of that one more stays', async () => {
    const database = createDatabase()
    for (const scope of eight) await store(database, scope)
    await openPage(database, { scope: 'one more' }).writer.writeMemberships('user', NOBODY)
    await store(database, 'one more')
    expect(await keys(database)).toEqual([
      ['header', 'one more'],
      ['one more', 'memberships', 'user'],
      ['one more', 'texts'],
    ])
  })

  it('a scope that is stored anew is no further one', async () => {
    const database = createDatabase()
    for (const scope of eight) await store(database, scope)
    await store(database, 'scope3', false)
    expect(await scopes(database)).toEqual(eight)
  })

  it('a hundred keys are kept; with one more, the others of the scope go', async () => {
    const database = createDatabase()
    const { writer } = openPage(database)
    const other = openPage(database, { scope: 'other' })
    await other.writer.writeMemberships('user', NOBODY)
    for (let i = 0; i < 100; i++) await writer.writeMemberships(`user${i}`, NOBODY)
    // A scope that is stored already is not one more.
    await writer.writeMemberships('user5', NOBODY)
    expect(await keys(database)).toHaveLength(101)
    await writer.writeMemberships('one more', NOBODY)
    expect(await keys(database)).toEqual([
      ['other', 'memberships', 'user'],
      ['scope', 'memberships', 'one more'],
    ])
  })

  it('of memberships that come together the last hundred are kept, by one write under way and one that waits', async () => {
    const watched = createWatched()
    const { writer } = openPage(watched)
    const writes = Array.from({ length: 400 }, (_, i) => writer.writeMemberships(`user${i}`, NOBODY))
    await writes[0]
    await Promise.all([...writes, writer.writeMemberships('user350', NOBODY)])
    expect(watched.modes).toEqual(['readwrite', 'readwrite'])
    expect((await keys(watched)).map((key) => (key as string[])[2])).toEqual(
      Array.from({ length: 100 }, (_, i) => `user${300 + i}`),
    )
  })

  it('memberships that come one by one are stored together, at most every 300 ms', async () => {
    const watched = createWatched()
    const clock = createFakeClock(0, watched.settled)
    const begun: number[] = []
    watched.onPut = () => void begun.push(clock.elapsed())
    const { writer } = openPage(watched, { clock })
    const writes: Promise<void>[] = []
    for (let i = 0; i < 90; i++) {
      writes.push(writer.writeMemberships(`user${i}`, NOBODY))
      await clock.advance(10)
    }
    await clock.advance(1000)
    await Promise.all(writes)
    expect([...new Set(begun)]).toEqual([0, 300, 600, 900])
    expect(await keys(watched)).toHaveLength(90)
    expect(clock.pending()).toBe(0)
  })

  it('what waits is forgotten too', async () => {
    const clock = createFakeClock(0)
    const database = createDatabase()
    const { writer, state } = openPage(database, { clock })
    await writer.writeMemberships('user1', NOBODY)
    void writer.writeMemberships('user2', NOBODY)
    void writer.forgetMemberships()
    state.isStopped = true
    await writer.stop()
    expect(await keys(database)).toEqual([])
  })

  it('what comes after the forgetting is stored, and the next write too where one could not begin', async () => {
    const watched = createWatched()
    const { transact } = watched
    let isBroken = true
    watched.transact = (mode, work) => (isBroken ? Promise.reject(new Error('broken')) : transact(mode, work))
    const { writer } = openPage(watched, { isCorrupt: true })
    await writer.writeMemberships('user1', NOBODY)
    isBroken = false
    void writer.writeMemberships('user2', NOBODY)
    void writer.forgetMemberships()
    await writer.writeMemberships('user3', NOBODY)
    expect(await keys(watched)).toEqual([['scope', 'memberships', 'user3']])
  })

  it('what is stored about users is forgotten on demand, and nothing else', async () => {
    const database = createDatabase()
    const page = openPage(database)
    page.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await page.write()
    await page.writer.writeMemberships('user', NOBODY)
    await page.writer.forgetMemberships()
    expect(await keys(database)).toEqual([
      ['header', 'scope'],
      ['scope', 'texts'],
    ])
  })
})
