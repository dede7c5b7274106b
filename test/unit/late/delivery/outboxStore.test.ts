import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createOutboxStore, forgetOutbox, type StoredBatch } from '../../../../src/late/delivery/outboxStore'
import type { KeyValue } from '../../../../src/browser/keyValue'
import type { Batch } from '../../../../src/late/delivery/batch'

const HOUR = 3_600_000
const NOW = 10 * HOUR + 5

let databases = 0
let database: IDBDatabase
beforeEach(async () => {
  const opening = indexedDB.open(`outbox ${databases++}`)
  opening.onupgradeneeded = () => opening.result.createObjectStore('entries')
  database = await promised(opening)
})
afterEach(() => {
  vi.restoreAllMocks()
  database.close()
})

/** Without the deadlines of a page: no test may depend on how fast the machine is. */
const keyValue = {
  async transact(mode, work) {
    const transaction = database.transaction('entries', mode)
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve()
      transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
    })
    const [result] = await Promise.all([work(transaction.objectStore('entries')), done])
    return result
  },
} as KeyValue

/** The store of one page. Pages of one test have one database. */
function open(scope = 'scope') {
  const state = { hour: 10 * HOUR }
  const learned: [hashes: readonly string[], hour: number][] = []
  const endpoints: unknown[] = []
  const store = createOutboxStore(keyValue, scope, {
    dedupe: {
      hour: () => state.hour,
      learn: (hashes: readonly string[], hour: number) => learned.push([hashes, hour]),
    } as never,
    endpoints: { learn: (stored: unknown[]) => endpoints.push(...stored) } as never,
  })
  return {
    store,
    state,
    learned,
    endpoints,
    async found(life: string) {
      let found: Batch[] = []
      await store.transact((read) => {
        found = read
        return undefined
      }, life)
      return found
    },
  }
}
const batch = (id: string, over: Partial<StoredBatch> = {}): StoredBatch => ({
  id,
  home: 'life',
  kind: 'events',
  mode: 'DEBUG',
  at: NOW,
  items: [id],
  bytes: 100,
  ...over,
})
const records = () =>
  keyValue.transact('readonly', async (store) => {
    const keys = await promised(store.getAllKeys())
    return Promise.all(keys.map(async (key) => [key, (await promised(store.get(key))) as unknown]))
  })
const keys = async () => (await records()).map(([key]) => (key as unknown[]).slice(0, 4).join())
const put = (...entries: [key: (string | number)[], value: unknown][]) =>
  keyValue.transact('readwrite', (store) => {
    for (const [key, value] of entries) store.put(value, key)
  })
function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)))
}

describe('a batch on disk', () => {
  it('lies under its life, without what only memory knows, and is read as it was', async () => {
    const { store, found } = open()
    await store.transact(() => ({ put: [{ ...batch('a'), hashes: ['x'] } as StoredBatch, batch('b', { doubt: 7 })] }))
    const { kind, mode, bytes } = batch('a')
    expect(await records()).toEqual([
      [['batch', 'scope', 'life', 'a', NOW], { kind, mode, items: ['a'], bytes }],
      [['batch', 'scope', 'life', 'b', NOW], { kind, mode, items: ['b'], bytes, doubt: 7 }],
    ])
    const a = { id: 'a', at: NOW, kind, mode, items: ['a'], bytes }
    expect(await found('life')).toEqual([a, { ...a, id: 'b', items: ['b'], doubt: 7 }])
  })

  it('is found with its own life and environment alone, and not where nobody asks', async () => {
    const { store, found } = open()
    await store.transact(() => ({ put: [batch('a'), batch('b', { home: 'life 2' })] }))
    await open('scope 2').store.transact(() => ({ put: [batch('c')] }))
    expect((await found('life')).map(({ id }) => id)).toEqual(['a'])
    const asked = vi.fn(() => undefined)
    await store.transact(asked)
    expect(asked).toHaveBeenCalledWith([])
  })

  it('is deleted with its id, whenever it was recorded, and no other one', async () => {
    const { store } = open()
    await store.transact(() => ({ put: [batch('a'), batch('ab'), batch('a', { home: 'other' })] }))
    await store.transact(() => ({ remove: [{ home: 'life', id: 'a' }], put: [] }))
    expect(await keys()).toEqual(['batch,scope,life,ab', 'batch,scope,other,a'])
  })

  it.each<[string, (string | number)[], unknown]>([
    ['nothing', ['a', NOW], undefined],
    ['null', ['a', NOW], null],
    ['no kind', ['a', NOW], { ...batch('a'), kind: 7 }],
    ['no mode', ['a', NOW], { ...batch('a'), mode: undefined }],
    ['no list', ['a', NOW], { ...batch('a'), items: 'items' }],
    ['an id that is no text', [1, NOW], batch('a')],
    ['a time that is no number', ['a', 'now'], batch('a')],
    ['a time before 1970', ['a', -1], batch('a')],
    ['a time that no date has', ['a', Infinity], batch('a')],
  ])('is nothing with %s in it: another version, or anything, may have written it', async (_, rest, value) => {
    await put([['batch', 'scope', 'life', ...rest], value], [['batch', 'scope', 'life', 'b', NOW], batch('b')])
    expect((await open().found('life')).map(({ id }) => id)).toEqual(['b'])
  })

  it.each([undefined, null, '100', 0, -1, NaN, Infinity, 1e9, 5n, {}])(
    'is of the largest size that pages make where it is said to have %s bytes',
    async (bytes) => {
      await put([['batch', 'scope', 'life', 'a', NOW], { ...batch('a'), bytes }])
      expect(await open().found('life')).toMatchObject([{ id: 'a', bytes: 10_240 }])
    },
  )

  it.each([null, `${NOW}`, -1, NaN, Infinity, 5n, {}])('is in no doubt since %s', async (doubt) => {
    await put([['batch', 'scope', 'life', 'a', NOW], { ...batch('a'), doubt }])
    expect((await open().found('life')).map((found) => found.doubt)).toEqual([undefined])
  })
})

describe('what was recorded this hour', () => {
  it('is told to the pages that read it later, once, and not to the one that wrote it', async () => {
    const [one, other] = [open(), open()]
    await one.store.transact(() => ({ put: [], seen: ['x', 'y'] }))
    expect((await records()).map(([key, value]) => [(key as unknown[]).slice(0, 3), value])).toEqual([
      [['seen', 'scope', 10 * HOUR], 'x y'],
    ])
    await one.store.learn()
    expect(one.learned).toEqual([])
    await other.store.learn()
    await other.store.learn()
    expect(other.learned).toEqual([[['x', 'y'], 10 * HOUR]])
    await one.store.transact(() => ({ put: [], seen: ['z'] }))
    await other.store.transact(() => undefined)
    expect(other.learned.slice(1)).toEqual([[['z'], 10 * HOUR]])
  })

  it('is no record where it is nothing', async () => {
    await open().store.transact(() => ({ put: [], seen: [] }))
    expect(await records()).toEqual([])
  })

  it('is not of another hour or environment, nor anything but a text', async () => {
    const page = open()
    await open('scope 2').store.transact(() => ({ put: [], seen: ['of another environment'] }))
    await put([['seen', 'scope', 9 * HOUR, 'a'], 'before'], [['seen', 'scope', 10 * HOUR, 'b'], 7])
    await page.store.learn()
    expect(page.learned).toEqual([])
    page.state.hour = 9 * HOUR
    await page.store.learn()
    expect(page.learned).toEqual([[['before'], 9 * HOUR]])
  })
})

it('how endpoints answered is told to other pages of this environment, with their address', async () => {
  const page = open()
  const stored = { url: '/events', outcomes: [[NOW, 1]], pausedUntil: 7 }
  await page.store.transact(() => ({ put: [], endpoints: [stored as never] }))
  expect(await records()).toEqual([[['endpoint', 'scope', '/events'], { outcomes: [[NOW, 1]], pausedUntil: 7 }]])
  await put([['endpoint', 'scope 2', '/counts'], {}], [['batch', 'scope', 'life', 'a', NOW], batch('a')])
  const other = open()
  await other.store.learn()
  expect(other.endpoints).toEqual([stored])
})

it('the transaction that decides has learnt what the others know', async () => {
  await open().store.transact(() => ({ put: [], seen: ['x'], endpoints: [{ url: '/' } as never] }))
  const { store, learned, endpoints } = open()
  let known: unknown
  await store.transact(() => {
    known = [learned.length, endpoints.length]
    return undefined
  })
  expect(known).toEqual([1, 1])
})

describe('lives', () => {
  it('are those of this environment that have batches, each once', async () => {
    const { store } = open()
    await store.transact(() => ({ put: [batch('a'), batch('b'), batch('c', { home: 'other' })], seen: ['x'] }))
    await open('scope 2').store.transact(() => ({ put: [batch('d', { home: 'elsewhere' })] }))
    await put([['endpoint', 'scope', '/'], {}], [['another', 'scope', 'kind', 'e', NOW], {}])
    expect(await store.lives(() => true)).toEqual(['life', 'other'])
    expect(await keys()).toHaveLength(7)
  })

  it('lose what is too old, of any environment, with what was recorded in hours that are over', async () => {
    const { store, state } = open()
    await store.transact(() => ({ put: [batch('a', { home: 'gone', at: 99 }), batch('b', { at: 100 })], seen: ['x'] }))
    await open('scope 2').store.transact(() => ({
      put: [batch('c', { at: 99 }), batch('d', { at: 100 })],
      seen: ['y'],
    }))
    await put([['batch', 'scope', 'broken'], {}], [['seen', 'scope'], 'broken'], [['endpoint', 'scope', '/'], {}])
    await put([['seen', 'scope', 20 * HOUR, 'of the future'], 'x'])
    const isRecent = (time: number) => time >= 100 && time < 20 * HOUR
    expect(await store.lives(isRecent)).toEqual(['life'])
    const left = ['batch,scope 2,life,d', 'batch,scope,life,b', 'endpoint,scope,/']
    expect((await keys()).filter((key) => !key.startsWith('seen')).sort()).toEqual(left)
    expect((await keys()).filter((key) => key.startsWith('seen'))).toHaveLength(2)
    state.hour = 11 * HOUR
    await store.lives(isRecent)
    expect((await keys()).sort()).toEqual(left)
  })
})

it('forget leaves nothing of this environment, and others alone', async () => {
  const all = { put: [batch('a')], seen: ['x'], endpoints: [{ url: '/' } as never] }
  const { store } = open()
  await store.transact(() => all)
  await open('scope 2').store.transact(() => all)
  await forgetOutbox(keyValue, 'scope')
  expect((await keys()).map((key) => key.split(',').slice(0, 2).join())).toEqual([
    'batch,scope 2',
    'endpoint,scope 2',
    'seen,scope 2',
  ])
})

describe('what is put at once', () => {
  it('is committed without waiting for the end of the task', async () => {
    const commit = vi.spyOn(IDBTransaction.prototype, 'commit')
    const { store, found } = open()
    await store.putAtOnce([batch('a'), batch('b')])
    expect(commit).toHaveBeenCalledOnce()
    expect(await found('life')).toHaveLength(2)
    expect(commit).toHaveBeenCalledOnce()
  })

  it('is there also where a browser has no commit', async () => {
    const { commit } = IDBTransaction.prototype
    onTestFinished(() => void Object.assign(IDBTransaction.prototype, { commit }))
    Object.assign(IDBTransaction.prototype, { commit: undefined })
    const { store, found } = open()
    await store.putAtOnce([batch('a')])
    expect(await found('life')).toHaveLength(1)
  })

  it('does not wait for a transaction that is under way: that one changes nothing', async () => {
    const { store, found } = open()
    let putting: Promise<void> | undefined
    const writing = store.transact(() => {
      putting = store.putAtOnce([batch('at once')])
      return { put: [batch('slow')] }
    })
    await expect(writing).rejects.toThrow()
    await putting
    expect((await found('life')).map(({ id }) => id)).toEqual(['at once'])
  })
})
