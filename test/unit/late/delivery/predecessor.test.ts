// @vitest-environment node
import 'fake-indexeddb/auto'
import { beforeEach, expect, it } from 'vitest'
import { databaseNames } from '../../../../src/browser/databaseNames'
import { createKeyValue } from '../../../../src/browser/keyValue'
import { takeOverPredecessor } from '../../../../src/late/delivery/predecessor'
import type { KeyValue } from '../../../../src/browser/keyValue'
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
/** The locks that were taken, and released again. */
let taken: string[]
let released: string[]
const takeOver = async (openDatabase: (name: string) => KeyValue | undefined = open) =>
  takeOverPredecessor({
    names: (await names()) ?? [],
    scope: 'mine',
    locks: {
      async take(name) {
        taken.push(name)
        return () => void released.push(name)
      },
      held: async () => held,
    },
    openDatabase,
    deleteDatabase: (name) => void indexedDB.deleteDatabase(name),
    keep: async (_life, batches) => void stored.push(...batches),
  })
const names = async () => (await databaseNames())?.filter((name) => name === OUTBOX || name === SLOT)

beforeEach(async () => {
  stored = []
  taken = []
  released = []
  // Neither pages of this version nor anything else that the site locks is a page of 0.1.0.
  held = ['pennon:2:mine:x', 'of the site']
  await Promise.all(
    ((await names()) ?? []).map((name) => new Promise((done) => (indexedDB.deleteDatabase(name).onsuccess = done))),
  )
  await write(OUTBOX, [
    [['batch', 'mine', 'p', 0], batch('a')],
    [['batch', 'mine', 'p', 1], batch('handed over')],
    // None of these is a batch.
    [['batch', 'mine', 'p', 2], { ...batch('c'), items: 'none' }],
    [['batch', 'mine', 'p', 3], { ...batch('c'), kind: 7 }],
    [['batch', 'mine', 'p', 4], { ...batch('c'), mode: undefined }],
    [['batch', 'mine', 'p', 5], { ...batch('c'), at: '1700000000000' }],
    [['batch', 'mine', 'p', 6], null],
    [['seen', 'mine', 'p', 7], batch('c')],
    [['seen', 'theirs', 1_700_000_000_000, 'p', 3, 0], ['x']],
    [8, 'not a list'],
  ])
  await write(SLOT, [
    [['batch', 'mine', 'q', 0], { ...batch('b'), bytes: undefined }],
    [['gone', 'mine', 'q', 1], [['batch', 'mine', 'p', 1]]],
  ])
})

it('takes over what 0.1.0 left, without what it handed over, and deletes its databases', async () => {
  await takeOver()
  expect(stored).toEqual([
    { id: 'p.0', ...batch('a') },
    { id: 'q.0', ...batch('b'), bytes: 10_240 },
  ])
  expect([taken, released]).toEqual([['pennon:2:mine:0.1.0'], ['pennon:2:mine:0.1.0']])
  await expect.poll(names).toEqual([])
  await takeOver()
  expect(stored).toHaveLength(2)
})

it('waits while a page of 0.1.0 is open', async () => {
  held.push('pennon:mine:page:p')
  await takeOver()
  expect([stored, taken]).toEqual([[], []])
  expect(await names()).toHaveLength(2)
})

it('deletes nothing where the databases cannot be opened', async () => {
  await takeOver(() => undefined)
  expect(stored).toEqual([])
  expect([await names(), released]).toEqual([[OUTBOX, SLOT], taken])
})

it('leaves alone what is of another environment', async () => {
  await write(OUTBOX, [[['batch', 'theirs', 'r', 0], batch('c')]])
  await takeOver()
  expect(stored).toHaveLength(2)
  await expect.poll(names).toEqual([OUTBOX])
})
