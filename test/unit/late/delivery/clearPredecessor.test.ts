// @vitest-environment node
import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { beforeEach, expect, it, vi } from 'vitest'
import { createKeyValue } from '../../../../src/browser/keyValue'
import { clearPredecessor } from '../../../../src/late/delivery/clearPredecessor'
import type { Locks } from '../../../../src/browser/locks'

const OF_PREDECESSOR = ['pennon-outbox', 'pennon-outbox-hide-3']
const OF_OTHERS = ['pennon-outbox-2', 'pennon-outbox-hide-33', 'pennon-outbox-hide-x', 'my-pennon-outbox', undefined]
const free: Locks = { take: async () => () => undefined, held: async () => [] }

// The databases of other files' tests are still there.
beforeEach(() => void vi.stubGlobal('indexedDB', new IDBFactory()))

/** On an origin with these databases. @returns which of them were opened and deleted, and under which lives batches were kept */
const clear = async (names: (string | undefined)[] | undefined, locks: Locks | undefined) => {
  const opened: string[] = []
  const deleted: string[] = []
  const kept: string[] = []
  await clearPredecessor(
    {
      scope: 'mine',
      locks,
      databaseNames: async () => names,
      openDatabase(database) {
        opened.push(database)
        return createKeyValue({ database, onFault: (why) => expect.unreachable(why) })
      },
      deleteDatabase: (name) => deleted.push(name),
    },
    async (life) => void kept.push(life),
  )
  return { opened, deleted, kept }
}

it('takes over the databases of 0.1.0 and deletes them, and no others', async () => {
  const { opened, deleted, kept } = await clear([...OF_PREDECESSOR, ...OF_OTHERS], free)
  expect([opened, deleted, kept]).toEqual([OF_PREDECESSOR, OF_PREDECESSOR, ['0.1.0']])
})

it.each([
  ['there are none', OF_OTHERS],
  ['the browser does not tell', undefined],
])('does nothing where %s', async (_, names) => {
  expect(await clear(names, free)).toEqual({ opened: [], deleted: [], kept: [] })
})

it.each<[string, Locks | undefined]>([
  ['there are no locks: nobody knows whether a page of 0.1.0 is open', undefined],
  ['another page is about to do it', { ...free, take: async () => undefined }],
])('does nothing where %s', async (_, locks) => {
  expect(await clear(OF_PREDECESSOR, locks)).toEqual({ opened: [], deleted: [], kept: [] })
})
