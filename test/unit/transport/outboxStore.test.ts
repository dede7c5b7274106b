// @vitest-environment node
import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import { createKeyValue, type KeyValue } from '../../../src/browser/keyValue'
import { requestResult } from '../../../src/browser/requestResult'
import { createOutboxStore, type Batch, type OutboxStore } from '../../../src/transport/outboxStore'
import { createSeen } from '../../../src/transport/seen'

const HOUR = 3_600_000
let now = 1_700_000_000_000
const seenNow = () => createSeen({ now: () => now } as Parameters<typeof createSeen>[0])

let keyValue: KeyValue
let store: OutboxStore
let databases = 0
beforeEach(() => {
  keyValue = createKeyValue({
    database: `outbox-store-${databases++}`,
    onFault: (why) => expect.unreachable(why),
  }) as KeyValue
  store = createOutboxStore(keyValue, 'mine')
})

const batch = (page: string, number: number, items: unknown[] = [{ f: 'a' }]): Batch => ({
  id: [page, number],
  kind: 'impressions',
  mode: 'DEBUG',
  at: now,
  items,
  bytes: 10,
})
const change = (put: Batch[], remove: Batch['id'][] = [], ids: string[] = []) => ({
  remove,
  put,
  seen: { id: ['page', 99] as const, hour: now - (now % HOUR), ids },
})
const keys = () =>
  keyValue.transact(
    'readonly',
    (all) =>
      new Promise<IDBValidKey[]>(
        (resolve) =>
          (all.getAllKeys().onsuccess = ({ target }) => resolve((target as IDBRequest<IDBValidKey[]>).result)),
      ),
  )

describe('the outbox on disk', () => {
  it('gives back what was put, page by page, until it is removed', async () => {
    await store.writeAtOnce(change([batch('p', 1), batch('p', 2), batch('q', 1)]))
    expect((await store.pages()).sort()).toEqual(['p', 'q'])
    expect(await store.read('p')).toEqual([batch('p', 1), batch('p', 2)])
    await store.writeAtOnce(change([], [['p', 1]]))
    expect(await store.read('p')).toEqual([batch('p', 2)])
  })

  it('is apart for another SDK key or events URL', async () => {
    const other = createOutboxStore(keyValue, 'theirs')
    await store.writeAtOnce(change([batch('p', 1)], [], ['x']))
    expect(await other.pages()).toEqual([])
    await other.clear()
    expect(await store.pages()).toEqual(['p'])
    await store.clear()
    expect(await keys()).toEqual([])
  })

  it('leaves out what it cannot understand: anybody may have written there', async () => {
    await store.writeAtOnce(change([batch('p', 1)]))
    const bad = [undefined, 7, 'text', {}, { kind: 'impressions' }, { ...batch('p', 3), items: 'none' }]
    await keyValue.transact('readwrite', (all) =>
      bad.forEach((value, n) => all.put(value, ['batch', 'mine', 'p', 10 + n])),
    )
    expect(await store.read('p')).toEqual([batch('p', 1)])
  })

  it('learns what others have seen before it decides, each record once, and forgets the hour before', async () => {
    await store.writeAtOnce(change([], [], ['a', 'b']))
    const seen = seenNow()
    let isKnown: boolean | undefined
    await store.write(seen, () => {
      isKnown = !seen.isFirst('a', now)
      return change([])
    })
    expect(isKnown).toBe(true)
    expect(seen.records.size).toBe(1)
    await store.write(seen, () => change([]))
    now += HOUR
    await store.write(seen, () => change([]))
    expect(seen.isFirst('a', now)).toBe(true)
    expect(await keys()).toEqual([])
  })

  it('writes what was seen in small records: a big one does not outlive a page that is closed', async () => {
    const ids = Array.from({ length: 2_000 }, (_, n) => JSON.stringify([`flag-${n}`, 'k'.repeat(250), 'l'.repeat(250)]))
    await store.writeAtOnce(change([], [], ids))
    const sizes = await keyValue.transact('readonly', async (all) =>
      (await requestResult(all.getAll())).map((record) => JSON.stringify(record).length),
    )
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThan(60 * 1024)
    const seen = seenNow()
    await store.write(seen, () => change([]))
    expect(ids.filter((id) => seen.isFirst(id, now))).toEqual([])
  })

  it('gives up for a write at once what is under way', async () => {
    const slow = store.write(seenNow(), () => change([batch('p', 1)])).catch(() => 'given up')
    const reading = store.read('p').catch(() => 'given up')
    await store.writeAtOnce(change([batch('p', 2)]))
    expect(await slow).toBe('given up')
    expect(await reading).toBe('given up')
    expect(await store.read('p')).toEqual([batch('p', 2)])
  })
})
