import 'fake-indexeddb/auto'
import { describe, expect, it, vi } from 'vitest'
import { createDefinitions } from '../../../src/definitions/definitions'
import { createDefinitionsCache } from '../../../src/definitions/definitionsCache'
import { createCacheWriter } from '../../../src/late/sync/cacheWriter'
import { createDatabase, flag, IMPATIENT, inSegment, splitChanges } from './fakes'
import type { KeyValue } from '../../../src/browser/keyValue'

type Transactions = Pick<KeyValue, 'transact'>

const NOW = 1_700_000_000_000
const DAY = 86_400_000

/** One page: its definitions in memory, and its cache. */
function openPage(keyValue: Transactions, { scope = 'scope', now = NOW, maxAgeMs = 10 * DAY } = {}) {
  const definitions = createDefinitions({})
  const onFault = vi.fn()
  const clock = { now }
  const onCorrupt = vi.fn()
  const cache = createDefinitionsCache({
    keyValue,
    scope,
    maxAgeMs,
    now: () => clock.now,
    onFault,
    onCorrupt,
    onStored() {},
  })
  const writer = createCacheWriter(cache.door, IMPATIENT)
  return {
    definitions,
    cache,
    writer,
    clock,
    onFault,
    onCorrupt,
    write: (at = clock.now) => writer.writeDefinitions(definitions.snapshot, at),
    async load() {
      const content = await cache.read([])
      if (content.definitions) definitions.load(content.definitions)
      return content.definitions
    },
    /** All that is known, in a form to compare. */
    content: () => ({
      changeNumbers: definitions.changeNumbers(),
      flags: Object.fromEntries(definitions.names().map((name) => [name, definitions.raw(name)])),
      segments: definitions.snapshot().entries[1].map(({ name }) => name),
    }),
  }
}

async function records(keyValue: Transactions): Promise<[IDBValidKey, unknown][]> {
  return keyValue.transact('readonly', async (store) => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve) => {
        request.onsuccess = () => resolve(request.result)
      })
    const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())])
    return keys.map((key, i) => [key, values[i]] as [IDBValidKey, unknown])
  })
}

/** The first record whose key contains this text. */
async function recordOf(keyValue: Transactions, part: string): Promise<[IDBValidKey, unknown]> {
  const found = (await records(keyValue)).find(([key]) => JSON.stringify(key).includes(part))
  if (!found) throw new Error(`no record of ${part}`)
  return found
}

async function generationOf(keyValue: Transactions): Promise<unknown> {
  const [, header] = await recordOf(keyValue, '"header"')
  return (header as { generation: string }).generation
}

const big = (name: string, changeNumber: number, size: number) =>
  flag(name, changeNumber, { padding: 'x'.repeat(size) })

describe('write and read', () => {
  it('gives the next page what this one knows', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(
      splitChanges(
        10,
        [
          flag('a', 10, { sets: ['s1'] }),
          flag('ünïcode 😀', 9, { conditions: [inSegment('x')] }),
          flag('__proto__', 1),
        ],
        5,
        [{ name: 'rule-based', trafficTypeName: 'account' }],
      ),
    )
    await first.write()

    const second = openPage(database)
    const cached = await second.load()
    expect(cached?.confirmedAt).toBe(NOW)
    expect(second.definitions.usesSegments()).toBe(true)
    expect(second.definitions.namesInSets(['s1'])).toEqual(['a'])
    expect(second.definitions.hasTrafficType('user')).toBe(true)
    expect(second.content()).toEqual(first.content())
    expect(second.definitions.ruleBasedSegment('rule-based')).toBeDefined()
  })

  it('finds nothing in an empty database, and nothing wrong', async () => {
    const page = openPage(createDatabase())
    expect(await page.load()).toBeUndefined()
    expect(page.cache.door.isCorrupt()).toBe(false)
  })

  it('finds each text again, whatever it is made of', async () => {
    const database = createDatabase()
    const first = openPage(database)
    const flags = [1, 70_000, 131_000, 90_000, 300_000, 5, 262_144].map((size, i) => big(`é😀\ud800${i}`, 1, size))
    first.definitions.apply(splitChanges(10, flags))
    await first.write()
    const second = openPage(database)
    await second.load()
    expect(second.content()).toEqual(first.content())
  })

  it('gives the main thread back at least every 256 KB', async () => {
    const transact = vi.fn()
    const database = createDatabase()
    const page = openPage({
      transact(mode, work) {
        transact(mode)
        return database.transact(mode, work)
      },
    })
    page.definitions.apply(
      splitChanges(
        10,
        Array.from({ length: 20 }, (_, i) => big(`flag${i}`, 1, 60_000)),
      ),
    )
    await page.write()
    expect(transact.mock.calls.filter(([mode]) => mode === 'readonly')).toHaveLength(4)
  })

  it('stores bytes where the browser stores no files', async () => {
    const database = createDatabase()
    const first = openPage({
      transact: (mode, work) =>
        database.transact(mode, (store) => {
          const put = store.put.bind(store)
          vi.spyOn(store, 'put').mockImplementation((value: unknown, key) => {
            if (value instanceof Blob) throw new DOMException('BlobURLs are not yet supported', 'DataCloneError')
            return put(value, key)
          })
          return work(store)
        }),
    })
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    expect(first.onFault).not.toHaveBeenCalled()
    const second = openPage(database)
    await second.load()
    expect(second.content()).toEqual(first.content())
  })

  it('adds small changes as a patch and leaves the texts alone', async () => {
    const database = createDatabase()
    const first = openPage(database)
    const flags = Array.from({ length: 200 }, (_, i) => flag(`flag${i}`, 1))
    first.definitions.apply(splitChanges(10, flags, 3, [{ name: 'r1' }, { name: 'r2' }]))
    await first.write()
    const before = (await records(database)).length
    first.definitions.apply(
      splitChanges(11, [flag('flag3', 11), flag('new', 11), flag('flag4', 11, { status: 'ARCHIVED' })], 4, [
        { name: 'r2', status: 'ARCHIVED' },
        { name: 'r3' },
      ]),
    )
    await first.write()
    first.definitions.apply(splitChanges(12, [flag('flag5', 12)], 4))
    await first.write()
    expect((await records(database)).length).toBe(before + 1)
    const second = openPage(database)
    await second.load()
    expect(second.content()).toEqual(first.content())
    // The page goes on from there.
    second.definitions.apply(splitChanges(13, [flag('flag6', 13), flag('new', 13, { status: 'ARCHIVED' })], 5, []))
    await second.write()
    expect((await records(database)).length).toBe(before + 1)
    const third = openPage(database)
    await third.load()
    expect(third.content()).toEqual(second.content())
  })

  it('compacts when the patch reaches a tenth, and deletes the old texts', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(
      splitChanges(
        10,
        Array.from({ length: 50 }, (_, i) => flag(`flag${i}`, 1)),
      ),
    )
    await first.write()
    const before = await records(database)
    const generation = await generationOf(database)
    first.definitions.apply(
      splitChanges(
        11,
        Array.from({ length: 10 }, (_, i) => flag(`flag${i}`, 11)),
      ),
    )
    await first.write()
    expect((await records(database)).map(([key]) => key)).toEqual(before.map(([key]) => key))
    expect(await generationOf(database)).not.toBe(generation)
    const second = openPage(database)
    await second.load()
    expect(second.content()).toEqual(first.content())
    // A page that writes definitions anew which it has not parsed stores the same texts.
    second.definitions.apply(
      splitChanges(
        12,
        Array.from({ length: 10 }, (_, i) => flag(`flag${i + 20}`, 12)),
      ),
    )
    await second.write()
    const third = openPage(database)
    await third.load()
    expect(third.content()).toEqual(second.content())
  })

  it('writes nothing when nothing is new, but marks a confirmed cache so before it expires', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const before = await records(database)
    await first.write(NOW + 60_000)
    expect(await records(database)).toEqual(before)
    await first.write(NOW + 9 * DAY)
    const second = openPage(database, { now: NOW + 18 * DAY })
    expect((await second.load())?.confirmedAt).toBe(NOW + 9 * DAY)
  })

  it('goes on after a kill, which changes no number, without storing it as the newest truth', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    first.definitions.kill('a', 'stop', 20)
    await first.write()
    const second = openPage(database)
    await second.load()
    expect(second.definitions.changeNumbers().flags).toBe(10)
  })
})

describe('what is not used', () => {
  it.each([
    ['too old', NOW + 11 * DAY],
    ['from a clock that was wrong', NOW - 11 * DAY],
  ])('a cache that is %s', async (_, now) => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const second = openPage(database, { now })
    expect(await second.load()).toBeUndefined()
    // The broken cache does not stand in the way of a new one either.
    second.definitions.apply(splitChanges(9, [flag('b', 9)]))
    await second.write()
    const third = openPage(database, { now })
    await third.load()
    expect(third.content()).toEqual(second.content())
  })

  it('the cache of another scope', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const other = openPage(database, { scope: 'scope2' })
    expect(await other.load()).toBeUndefined()
    other.definitions.apply(splitChanges(3, [flag('b', 3)]))
    await other.write()
    const again = openPage(database)
    await again.load()
    expect(again.content()).toEqual(first.content())
  })

  it('scopes beyond a few: all go', async () => {
    const database = createDatabase()
    for (let i = 0; i < 12; i++) {
      const page = openPage(database, { scope: `scope${i}` })
      page.definitions.apply(splitChanges(10, [flag('a', 10)]))
      await page.write()
      expect(await openPage(database, { scope: `scope${i}` }).load()).toBeDefined()
    }
    expect((await records(database)).length).toBeLessThan(20)
  })

  it.each([
    ['missing', undefined],
    ['cut off', new Blob(['{"name":'])],
    ['of another kind', 'text'],
    ['a file that is gone', Object.assign(new Blob(['x']), { arrayBuffer: () => Promise.reject(new Error('gone')) })],
  ])('texts that are %s; the next page has them again', async (_, texts) => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const [key] = await recordOf(database, '"texts"')
    await database.transact('readwrite', (store) => void (texts ? store.put(texts, key) : store.delete(key)))
    const second = openPage(database)
    expect(await second.load()).toBeUndefined()
    expect(second.cache.door.isCorrupt()).toBe(true)
    second.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await second.write()
    const third = openPage(database)
    await third.load()
    expect(third.cache.door.isCorrupt()).toBe(false)
    expect(third.content()).toEqual(first.content())
  })

  it.each([
    ['of another format', { format: 1 }],
    ['damaged', { starts: undefined }],
    ['without names', { names: undefined }],
  ])('a header that is %s', async (_, damage) => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    const [key, header] = await recordOf(database, '"header"')
    await database.transact('readwrite', (store) => void store.put({ ...(header as object), ...damage }, key))
    const second = openPage(database)
    await expect(second.load()).resolves.toBeUndefined()
    expect(second.onFault).not.toHaveBeenCalled()
    expect(second.onCorrupt).toHaveBeenCalledTimes('format' in damage ? 0 : 1)
  })

  it('a cache that was found to be wrong', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    await first.writer.forgetDefinitions()
    expect(await openPage(database).load()).toBeUndefined()
    // The same numbers are written again.
    await first.write()
    expect(await openPage(database).load()).toBeDefined()
  })
})

describe('several pages', () => {
  it('a page that is behind changes nothing, by patch or anew', async () => {
    const database = createDatabase()
    const flags = Array.from({ length: 100 }, (_, i) => flag(`flag${i}`, 1))
    const ahead = openPage(database)
    ahead.definitions.apply(splitChanges(10, flags))
    await ahead.write()
    const late = openPage(database)
    await late.load()
    ahead.definitions.apply(splitChanges(20, [flag('flag1', 20)]))
    await ahead.write()
    late.definitions.apply(splitChanges(15, [flag('flag2', 15)]))
    await late.write()
    const fresh = openPage(database)
    fresh.definitions.apply(splitChanges(12, flags))
    await fresh.write()
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(ahead.content())
    // Once the page has caught up it stores again.
    late.definitions.apply(splitChanges(30, [flag('flag1', 20), flag('flag3', 30)]))
    await late.write()
    const next = openPage(database)
    await next.load()
    expect(next.content().changeNumbers.flags).toBe(30)
    expect(next.content().flags).toEqual({
      ...ahead.content().flags,
      flag2: flag('flag2', 15),
      flag3: flag('flag3', 30),
    })
  })

  it('numbers that are ahead in one and behind in the other are left alone', async () => {
    const database = createDatabase()
    const one = openPage(database)
    one.definitions.apply(splitChanges(10, [], 5))
    await one.write()
    const other = openPage(database)
    other.definitions.apply(splitChanges(11, [], 4))
    await other.write()
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(one.content())
  })

  it('a page that finds its own knowledge stored adds its changes to that', async () => {
    const database = createDatabase()
    const flags = Array.from({ length: 100 }, (_, i) => flag(`flag${i}`, 1))
    const one = openPage(database)
    one.definitions.apply(splitChanges(10, flags))
    await one.write()
    one.definitions.apply(splitChanges(11, [flag('flag7', 11)]))
    await one.write()
    const other = openPage(database)
    other.definitions.apply(splitChanges(11, [...flags.slice(0, 7), flag('flag7', 11), ...flags.slice(8)]))
    await other.write()
    const generation = await generationOf(database)
    other.definitions.apply(splitChanges(12, [flag('flag8', 12)]))
    await other.write()
    expect(await generationOf(database)).toBe(generation)
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(other.content())
  })

  it('changes are never added to texts that another page stored anew', async () => {
    const database = createDatabase()
    const flags = Array.from({ length: 100 }, (_, i) => flag(`flag${i}`, 1))
    const one = openPage(database)
    one.definitions.apply(splitChanges(10, flags))
    await one.write()
    const other = openPage(database)
    await other.load()
    other.definitions.apply(
      splitChanges(20, [...flags.slice(0, 30).map(({ name }) => flag(name, 20)), flag('temporary', 20)]),
    )
    await other.write()
    // This page never heard of the flag that came and went.
    one.definitions.apply(
      splitChanges(
        30,
        flags.slice(0, 2).map(({ name }) => flag(name, 30)),
      ),
    )
    await one.write()
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(one.content())
  })

  it('two pages that write at once leave one whole cache', async () => {
    const database = createDatabase()
    const pages = [10, 11, 10].map((changeNumber) => {
      const page = openPage(database)
      page.definitions.apply(
        splitChanges(
          changeNumber,
          Array.from({ length: 4 }, (_, i) => big(`flag${i}`, changeNumber, 100_000)),
        ),
      )
      return page
    })
    await Promise.all(pages.map((page) => page.write()))
    await Promise.all(pages.map((page) => page.write()))
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(pages[1]?.content())
    expect((await records(database)).length).toBe(2)
  })

  it('a page that went away in the middle of a write leaves the old cache and no remains', async () => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    let left = 2
    const gone = openPage({
      transact: (mode, work) => (left-- > 0 ? database.transact(mode, work) : new Promise(() => {})),
    })
    gone.definitions.apply(splitChanges(20, [big('a', 20, 500_000)]))
    void gone.write()
    await expect.poll(() => left).toBe(-1)
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(first.content())
    reader.definitions.apply(splitChanges(30, [flag('b', 30)]))
    await reader.write()
    expect((await records(database)).length).toBe(2)
  })

  it('stops between two slices', async () => {
    const database = createDatabase()
    let left = 3
    const page = openPage({
      transact(mode, work) {
        if (!--left) page.cache.stop()
        return database.transact(mode, work)
      },
    })
    page.definitions.apply(splitChanges(10, [big('a', 10, 300_000), big('b', 10, 300_000), big('c', 10, 300_000)]))
    await page.write()
    expect(left).toBe(0)
    expect(await records(database)).toEqual([])
    expect(await openPage(database).load()).toBeUndefined()
    await page.write()
    expect(await openPage(database).load()).toBeUndefined()
  })

  it('a service that started anew is stored although its numbers are lower', async () => {
    const database = createDatabase()
    const page = openPage(database)
    page.definitions.apply(splitChanges(100, [flag('a', 100)], 50))
    await page.write()
    page.definitions.apply(splitChanges(5, [flag('b', 5)], 1), { flags: -1, ruleBasedSegments: -1 }, true)
    await page.write()
    const reader = openPage(database)
    await reader.load()
    expect(reader.content()).toEqual(page.content())
    expect(reader.content().changeNumbers.flags).toBe(5)
  })
})

describe('a database that fails', () => {
  const fault = (): Promise<never> => Promise.reject(new Error('no database'))

  it('costs the cache and nothing else', async () => {
    const page = openPage({ transact: fault })
    page.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await expect(page.write()).resolves.toBeUndefined()
    await expect(page.cache.read(['user'])).resolves.toEqual({ definitions: undefined, memberships: new Map() })
    await expect(page.writer.writeMemberships('user', { confirmedAt: NOW, answer: {} })).resolves.toBeUndefined()
    await expect(page.writer.forgetMemberships()).resolves.toBeUndefined()
    await expect(page.writer.forgetDefinitions()).resolves.toBeUndefined()
  })

  it.each([1, 2, 3, 4, 5, 6])(
    'fails at transaction %i: all or nothing, and the next write makes up for it',
    async (nth) => {
      const database = createDatabase()
      let n = 0
      const page = openPage({ transact: (mode, work) => (++n === nth ? fault() : database.transact(mode, work)) })
      page.definitions.apply(splitChanges(10, [big('a', 10, 300_000)]))
      await page.write()
      const reader = openPage(database)
      const cached = await reader.load()
      if (cached) expect(reader.content()).toEqual(page.content())
      await page.write()
      const again = openPage(database)
      await again.load()
      expect(again.content()).toEqual(page.content())
    },
  )

  it('is left alone after three faults', async () => {
    const transact = vi.fn(fault)
    const page = openPage({ transact })
    for (let i = 1; i < 6; i++) {
      page.definitions.apply(splitChanges(i, [flag('a', i)]))
      await page.write()
    }
    expect(transact).toHaveBeenCalledTimes(3)
    expect(page.onFault).toHaveBeenCalledTimes(3)
  })

  it('does not run a transaction inside another write', async () => {
    const database = createDatabase()
    let open = 0
    const most = vi.fn()
    const page = openPage({
      async transact(mode, work) {
        most(++open)
        try {
          return await database.transact(mode, work)
        } finally {
          open--
        }
      },
    })
    page.definitions.apply(splitChanges(10, [big('a', 10, 300_000)]))
    const writes = [page.write()]
    page.definitions.apply(splitChanges(11, [flag('b', 11)]))
    writes.push(page.write(), page.writer.writeMemberships('user', { confirmedAt: NOW, answer: {} }))
    await Promise.all(writes)
    expect(Math.max(...most.mock.calls.map(([n]) => n as number))).toBe(1)
  })
})

describe('memberships', () => {
  const ANSWER = { confirmedAt: NOW, answer: { ms: { k: [{ n: 'a' }], cn: 3 }, ls: { k: [] } } }

  it('are kept per key and scope', async () => {
    const database = createDatabase()
    const { writer } = openPage(database)
    await writer.writeMemberships('user/1', ANSWER)
    const { memberships } = await openPage(database).cache.read(['user/1', 'other'])
    expect([...memberships]).toEqual([['user/1', ANSWER]])
    const other = await openPage(database, { scope: 'scope2' }).cache.read(['user/1'], false)
    expect([...other.memberships]).toEqual([])
  })

  it.each([
    ['too old', 11 * DAY],
    ['from a clock that was wrong', -11 * DAY],
  ])('are not used when they are %s, although the definitions are fresh', async (_, ageMs) => {
    const database = createDatabase()
    const first = openPage(database)
    first.definitions.apply(splitChanges(10, [flag('a', 10)]))
    await first.write()
    await first.writer.writeMemberships('user', { ...ANSWER, confirmedAt: NOW - ageMs })
    await first.writer.writeMemberships('fresh', ANSWER)
    const { definitions, memberships } = await openPage(database).cache.read(['user', 'fresh'])
    expect(definitions).toBeDefined()
    expect([...memberships.keys()]).toEqual(['fresh'])
  })

  it('as 0.1.0 stored them, without an age, are not used', async () => {
    const database = createDatabase()
    const { writer, onFault, cache } = openPage(database)
    await writer.writeMemberships('user', ANSWER.answer as never)
    expect([...(await cache.read(['user'])).memberships]).toEqual([])
    expect(onFault).not.toHaveBeenCalled()
  })

  it('are forgotten on demand, and when there are too many', async () => {
    const database = createDatabase()
    const { writer } = openPage(database)
    for (let i = 0; i < 100; i++) await writer.writeMemberships(`user${i}`, ANSWER)
    expect((await records(database)).length).toBe(100)
    await writer.writeMemberships('one more', ANSWER)
    expect((await records(database)).length).toBe(1)
    await writer.forgetMemberships()
    expect((await records(database)).length).toBe(0)
  })
})
