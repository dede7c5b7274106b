// @vitest-environment node
import 'fake-indexeddb/auto'
import { beforeEach, expect, it } from 'vitest'
import { databaseNames } from '../../../../src/browser/databaseNames'
import { createKeyValue } from '../../../../src/browser/keyValue'
import { takeOverPredecessor } from '../../../../src/late/delivery/predecessor'
import type { Batch } from '../../../../src/late/delivery/batch'

const OUTBOX = 'pennon-outbox'
const SLOT = 'pennon-outbox-hide-3'
const open = (database: string) => createKeyValue({ database, onFault: (why) => expect.unreachable(why) })
const write = async (database: string, records: [IDBValidKey, unknown][]) => {
  const keyValue = open(database)
  await keyValue?.transact('readwrite', (store) => records.forEach(([key, value]) => store.put(value, key)))
  keyValue?.close()
}
const batch = (flag: string) => ({
  kind: 'impressions',
  mode: 'DEBUG',
  at: 1_700_000_000_000,
  items: [{ f: flag }],
  bytes: 90,
})

let stored: Batch[]
let held: string[]
const takeOver = async () =>
  takeOverPredecessor({
    names: (await names()) ?? [],
    scope: 'mine',
    locks: { take: async () => () => undefined, held: async () => held },
    openDatabase: open,
    deleteDatabase: (name) => void indexedDB.deleteDatabase(name),
    keep: async (_life, batches) => void stored.push(...batches),
  })
const names = async () => (await databaseNames())?.filter((name) => name === OUTBOX || name === SLOT)

beforeEach(async () => {
  stored = []
  held = []
  await Promise.all(
    ((await names()) ?? []).map((name) => new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done))),
  )
  await write(OUTBOX, [
    [['batch', 'mine', 'p', 0], batch('a')],
    [['batch', 'mine', 'p', 1], batch('handed over')],
    [['batch', 'mine', 'p', 2], { items: 'none' }],
    [['seen', 'mine', 1_700_000_000_000, 'p', 3, 0], ['x']],
    ['not a list', 1],
  ])
  await write(SLOT, [
    [['batch', 'mine', 'q', 0], batch('b')],
    [['gone', 'mine', 'q', 1], [['batch', 'mine', 'p', 1]]],
  ])
})

it('takes over what 0.1.0 left, without what it handed over, and deletes its databases', async () => {
  await takeOver()
  expect(stored.map(({ id, items }) => [id, items])).toEqual([
    ['p.0', [{ f: 'a' }]],
    ['q.0', [{ f: 'b' }]],
  ])
  await expect.poll(names).toEqual([])
  await takeOver()
  expect(stored).toHaveLength(2)
})

it('waits while a page of 0.1.0 is open', async () => {
  held = ['pennon:2:mine:x', 'pennon:mine:page:p']
  await takeOver()
  expect(stored).toEqual([])
  expect(await names()).toHaveLength(2)
})

it('leaves alone what is of another environment', async () => {
  await write(OUTBOX, [[['batch', 'theirs', 'r', 0], batch('c')]])
  await takeOver()
  expect(stored).toHaveLength(2)
  await expect.poll(names).toEqual([OUTBOX])
})
